"""Facts stand once per campaign, and whoever reads gets them with every run."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.results.fact_lines import completed, latest_facts, shortened
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.records import (
    AnyRecord,
    CampaignRecord,
    DecisionRecord,
    Environment,
    RunRecord,
)

MakeRecord = Callable[..., RunRecord]
FACTS = {"cpu.governor": "performance", "cpu.quota": "none", "os.libc": "glibc 2.36"}

facts_of_some_machine = st.dictionaries(
    st.sampled_from(["cpu.governor", "cpu.quota", "os.libc", "gpu.power"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8),
)


def knowing(environment: Environment, facts: Mapping[str, str]) -> Environment:
    """Return an environment with these facts."""
    return environment.model_copy(update={"facts": dict(facts)})


def opening(environment: Environment, facts: Mapping[str, str]) -> CampaignRecord:
    """Return the start of a campaign that knew these facts."""
    return CampaignRecord(
        seed=1, planned_runs=1, started_at="now", environment=knowing(environment, facts)
    )


@settings(max_examples=60, deadline=None)
@given(campaign=facts_of_some_machine, run=facts_of_some_machine)
def test_a_shortened_run_has_all_its_facts_again_when_it_is_read(
    campaign: dict[str, str],
    run: dict[str, str],
    environment: Environment,
    make_record: MakeRecord,
) -> None:
    begun = opening(environment, campaign)
    made = make_record(environment=knowing(environment, run))

    lines = [begun, shortened(made, campaign)]

    assert list(completed(lines)) == [begun, made]


def test_a_run_under_the_facts_of_its_campaign_holds_none_of_them(
    environment: Environment, make_record: MakeRecord
) -> None:
    made = make_record(environment=knowing(environment, FACTS))

    short = shortened(made, FACTS)

    assert isinstance(short, RunRecord)
    assert short.environment.facts == {}


def test_only_runs_are_shortened(environment: Environment) -> None:
    begun = opening(environment, FACTS)

    assert shortened(begun, FACTS) is begun


def test_a_run_is_completed_with_the_facts_of_its_own_campaign(
    tmp_path: Path, environment: Environment, make_record: MakeRecord
) -> None:
    changed = FACTS | {"cpu.governor": "powersave"}
    fewer = {"cpu.governor": "powersave"}
    records: list[AnyRecord] = [
        opening(environment, FACTS),
        make_record(run_id="a", environment=knowing(environment, FACTS)),
        make_record(run_id="b", environment=knowing(environment, changed)),
        opening(environment, changed),
        make_record(run_id="c", environment=knowing(environment, fewer)),
    ]
    folder = tmp_path / "study" / "results" / "machine"
    for part in (records[:2], records[2:]):  # the second campaign continues the file
        with open_journal(folder) as (_, writer):
            for record in part:
                writer.append(record)

    journal = read_journal(folder)

    assert journal.records == tuple(records)
    text = (folder / JOURNAL).read_text()
    assert text.count("glibc 2.36") == 2
    assert '"facts":{"cpu.governor":"powersave"}' in text.splitlines()[2]


def test_a_record_from_before_there_were_facts_has_none(
    environment: Environment, make_record: MakeRecord
) -> None:
    records: list[AnyRecord] = [opening(environment, {}), make_record()]

    assert list(completed(records)) == records


@pytest.mark.parametrize("campaigns", [0, 2])
def test_the_newest_campaign_is_what_the_next_run_is_compared_with(
    campaigns: int, environment: Environment
) -> None:
    records = [opening(environment, FACTS | {"cpu.quota": f"{n} cores"}) for n in range(campaigns)]

    assert latest_facts(records).get("cpu.quota") == (f"{campaigns - 1} cores" if records else None)


def test_facts_are_recorded_and_make_no_run_stale(environment: Environment) -> None:
    assert environment.differences(knowing(environment, FACTS)) == []


def test_a_decision_has_no_facts() -> None:
    decision = DecisionRecord(
        case_id="a",
        fingerprint="b",
        metric="m",
        runs=6,
        median=1.0,
        low=0.9,
        high=1.1,
        level=0.95,
        target=0.1,
        at_most=9,
        reached=True,
        decided_at="now",
    )

    assert list(completed([decision])) == [decision]
