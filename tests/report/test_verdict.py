"""The verdict's paragraph: it follows the values, and never says what they do not."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_report.analysis.facts import Analysis, TargetVerdict
from capstone_report.analysis.spending_facts import Advice
from capstone_report.report.conclusion_words import without_time
from capstone_report.report.pages import render_report
from capstone_report.report.verdict import claim_sentence, verdict_paragraph
from capstone_report.report.words import unmarked, value_of
from capstone_report.results.records import Outcome, RunRecord
from simulated import GONE, MACHINE, SERIAL, STUDY_ID, TIMES, Changes, analyse, around, pool

P0: Changes = {
    "baseline__kind": "smallest-feasible",
    "baseline__benchmark": "pool",
    "baseline__smallest_workers": 2,
    "baseline__out_of_memory": "out-of-memory.log",
    "benchmarks__1__levels": {"workers": [2, 4]},
}
POWER: Changes = {
    f"machines__{MACHINE}": {
        "note": "invented",
        "tdp_w": 100.0,
        "carbon": {"kg_per_kwh": 0.4, "date": date(2025, 12, 31), "source": "a grid"},
    }
}


def with_p0(root: Path, four: float, **changes: object) -> Analysis:
    """Return the study whose smallest feasible baseline has two workers."""
    folder = root / "specs" / STUDY_ID
    folder.mkdir(parents=True)
    (folder / "out-of-memory.log").write_text("the process was killed: out of memory\n")
    times = {pool(2): around(4.5), pool(4): around(four)}
    return analyse(root, times, **P0, **changes)  # type: ignore[arg-type] # named ones are analyse's own


def said(analysis: Analysis) -> str:
    """Return the paragraph as a reader sees it."""
    return unmarked(verdict_paragraph(analysis)).replace("\N{NO-BREAK SPACE}", " ")


def test_the_paragraph_says_what_was_claimed_measured_paid_and_advised(tmp_path: Path) -> None:
    text = said(analyse(tmp_path, TIMES))

    assert text.startswith(
        "Claimed was a speedup of at least 1.50 with the most workers that the machine carries. "
        "Measured was a speedup of 3.20 (95 % Hodges-Lehmann interval 3.11 to 3.29, n = 6 + 6), in "
        "time to the same work: 4 workers are faster than the best single process."
    )
    assert "The target of a speedup of 1.50 is met." in text
    assert "More workers still help from 2 to 4 workers: 1.80" in text
    assert "Nowhere is efficiency shown to be below 80 %." in text
    assert "A result at 4 workers takes $0.00102" in text
    assert "(quoted price of 2026-11-21)" in text
    assert text.endswith(
        "Distribute, over 2 workers: the cheapest measured size that is shown to meet the deadline of 8.00 s."
    )


def test_more_workers_stop_helping_only_where_no_later_step_helps(tmp_path: Path) -> None:
    times = TIMES | {pool(2): around(4.5), pool(3): around(4.5), pool(4): around(2.5)}

    text = said(analyse(tmp_path, times, benchmarks__1__levels={"workers": [1, 2, 3, 4]}))

    assert "More workers still help from 3 to 4 workers" in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2.5, "4 workers are faster than"),
        (20.0, "4 workers are slower than"),
        (8.01, "no difference between 4 workers and the best single process is shown"),
        (5.0, "More workers stop helping from 2 to 4 workers: it gets slower"),
        (4.51, "More workers stop helping from 2 to 4 workers: nothing is shown to be gained"),
        (4.0, "More workers still help from 2 to 4 workers"),
        (2.9, "below 80 % at 4 workers"),
        (4.2, "below 50 % at 4 workers"),
        (6.0, "The target of a speedup of 1.50 is missed"),
    ],
)
def test_one_changed_time_changes_what_is_said(tmp_path: Path, seconds: float, words: str) -> None:
    assert words in said(analyse(tmp_path, TIMES | {pool(4): around(seconds)}))


def test_a_refused_claim_says_why_and_leaves_numbers_and_advice_out(tmp_path: Path) -> None:
    text = said(analyse(tmp_path, {case: times[:3] for case, times in TIMES.items()}))

    assert text.endswith("Nothing is claimed now: too few runs for a speedup interval (CAP401).")
    assert "Distribute" not in text


def test_what_was_not_measured_is_only_claimed(tmp_path: Path) -> None:
    assert said(analyse(tmp_path, {})).endswith("It has not been measured.")


def test_a_named_worker_count_is_part_of_what_was_claimed(tmp_path: Path) -> None:
    named = {"speedup": 1.5, "workers": 2}

    text = said(analyse(tmp_path, TIMES, problem__target=named))

    assert "a speedup of at least 1.50 with 2 workers." in text


def test_without_price_and_power_no_cost_is_made_up(tmp_path: Path) -> None:
    text = said(analyse(tmp_path, TIMES, cost=GONE))

    page = documents(analyse(tmp_path, TIMES, cost=GONE))["simulated/performance.md"]
    assert "| The lowest price | nothing is priced |" in page
    assert "charts/sizes" not in "".join(render_report(analyse(tmp_path, TIMES, cost=GONE)).files)
    assert "What a result costs is not declared." in text
    assert "over 2 workers: the smallest measured size that is shown to meet the deadline" in text


def test_energy_and_carbon_stand_beside_the_price(tmp_path: Path) -> None:
    text = said(analyse(tmp_path, TIMES, workspace=POWER))

    assert re.search(r"takes \$0\.00102 .* and 281 J .* and 3\.13 . 10\^-5 kgCO2e", text)


def test_an_estimated_price_is_called_one(tmp_path: Path) -> None:
    estimate: Changes = {"prices__core-hour__estimate": True}

    assert "(estimated price of" in said(analyse(tmp_path, TIMES, workspace=estimate))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            {SERIAL: around(7)},
            "Do not distribute: the cheapest measured size that is shown to meet the deadline of 8.00 s is the",
        ),
        ({pool(4): around(3.99), pool(2): around(4)}, "Distribute, over 2 workers: the cheapest"),
    ],
)
def test_the_advice_names_the_size_and_its_reason(
    tmp_path: Path, times: dict[str, list[float]], words: str
) -> None:
    assert words in said(analyse(tmp_path, TIMES | times))


LATE: Changes = {"problem__demand__within_s": 0.01}


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (TIMES, "over 4 workers: the quickest measured size, though none is shown to meet"),
        (
            TIMES | {pool(4): around(3.99), pool(2): around(4)},
            "over 2 workers: the fewest that cannot be told from the quickest, 4 workers, though",
        ),
        (
            {SERIAL: around(8), pool(2): around(9), pool(4): around(10)},
            "Do not distribute: every other measured size takes longer than the best single process,",
        ),
        (
            {SERIAL: around(8), pool(2): around(8.01), pool(4): around(10)},
            "Whether to distribute, these runs do not decide.",
        ),
    ],
)
def test_where_no_size_is_in_time_the_quickest_is_advised(
    tmp_path: Path, times: dict[str, list[float]], words: str
) -> None:
    assert words in said(analyse(tmp_path, times, **LATE))


seconds = st.integers(20, 1600).map(lambda n: n / 100)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seconds, seconds, seconds, st.integers(3, 7))
def test_the_paragraph_never_contradicts_the_values(
    tmp_path: Path, serial: float, two: float, four: float, runs: int
) -> None:
    times = {SERIAL: around(serial, runs), pool(2): around(two, runs), pool(4): around(four, runs)}
    analysis = analyse(tmp_path, times)
    text, claim = said(analysis), analysis.claim
    point = claim.point
    assert point is not None
    interval = point.speedup.interval
    low, high = (interval.low, interval.high) if interval and not claim.refusals else (0, 99)

    assert ("workers are faster than" in text) == (low > 1)
    assert ("workers are slower than" in text) == (high < 1)
    assert (" is met." in text) == (claim.target is TargetVerdict.MET)
    assert (" is missed." in text) == (claim.target is TargetVerdict.MISSED)
    spent = analysis.concluded.spending
    assert ("Distribute, over" in text) == (spent.advice is Advice.DISTRIBUTE)
    assert ("Do not distribute" in text) == (spent.advice is Advice.STAY)
    assert ("More workers still help" in text) <= any(added.helps for added in spent.added[-1:])
    assert ("it gets slower" in text) <= any(added.harms for added in spent.added)
    if claim.refusals:
        assert "Nothing is claimed now" in text
        assert unmarked(value_of(point.speedup)) not in text
    else:
        assert f"Measured was a speedup of {unmarked(value_of(point.speedup))} (" in text


def documents(analysis: Analysis) -> dict[str, str]:
    """Return every page and the slides, without drawings, by path."""
    report = render_report(analysis)
    texts = {page.path: page.markdown for page in report.pages}
    texts |= {path: data.decode() for path, data in report.files.items() if path.endswith("html")}
    return {
        path: re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL) for path, text in texts.items()
    }


QUOTED = re.compile(
    r"[Ss]peedup of|an efficiency of|[Ss]peedup</t|[Ss]peedup over the baseline|Speedup \d"
    r"|Speedup against|Efficiency (?:at|is)|Nowhere is efficiency|times the baseline's"
    r"|the speedup is \d|relative to the baseline"
)
"""Where a number over the baseline stands, or the head of a column of such."""


def test_a_baseline_of_several_workers_is_named_wherever_a_number_is_relative_to_it(
    tmp_path: Path,
) -> None:
    prose = {"argument": "It is {speedup:workers=4} at {efficiency:workers=4}; {claim_speedup}."}

    analysis = with_p0(tmp_path, 2.5, prose=prose)

    for path, text in documents(analysis).items():
        for line in text.splitlines():
            assert not QUOTED.search(line) or "p0 = 2" in line, f"{path}: {line}"
    assert documents(analysis)["simulated/argument.md"].count("relative to p0 = 2") >= 8
    titles = b"".join(
        data for path, data in render_report(analysis).files.items() if path.endswith(".json")
    ).decode()
    assert '"speedup, relative to p0 = 2"' in titles
    assert '"efficiency, relative to p0 = 2"' in titles
    assert "Speedup, relative to p0 = 2 against workers" in titles


def test_a_baseline_of_several_workers_is_not_advised_to_distribute_but_to_use_more(
    tmp_path: Path,
) -> None:
    faster = said(with_p0(tmp_path / "a", 2.5, **LATE))
    slower = said(with_p0(tmp_path / "b", 6.0, **LATE))

    assert "Use more workers than that, over 4 workers: the quickest" in faster
    assert (
        "Do not use more workers: every other measured size takes longer than the 2 workers"
        in slower
    )


def test_one_worker_as_the_baseline_is_never_called_p0(tmp_path: Path) -> None:
    for text in documents(analyse(tmp_path, TIMES)).values():
        assert "p0 = " not in text


def test_energy_without_a_price_is_no_ratio_of_prices(tmp_path: Path) -> None:
    text = said(analyse(tmp_path, TIMES, cost=GONE, workspace=POWER))

    assert "A result at 4 workers takes 281 J" in text
    assert "times the baseline's price" not in text


def lost(run: RunRecord) -> RunRecord:
    """Return a run of four workers that was stopped, if it is the first."""
    if run.case_id == pool(4) and run.repeat == 0:
        return run.model_copy(update={"outcome": Outcome.TIMEOUT, "samples": ()})
    return run


def test_the_page_of_metrics_shows_an_open_interval_as_one(tmp_path: Path) -> None:
    page = documents(analyse(tmp_path, TIMES, edit=lost))["simulated/metrics.md"]

    assert "| 5 of 6 |" in page
    assert "&infin;" in page


def test_the_page_of_metrics_says_where_no_median_is_left(tmp_path: Path) -> None:
    def half(run: RunRecord) -> RunRecord:
        return lost(run.model_copy(update={"repeat": 0})) if run.repeat < 3 else run

    page = documents(analyse(tmp_path, TIMES, edit=half))["simulated/metrics.md"]

    assert "| 3 of 6 | no median: half of the runs or more never reached it | none |" in page


def test_few_runs_show_times_without_an_interval(tmp_path: Path) -> None:
    few = {case: times[:5] for case, times in TIMES.items()}

    page = documents(analyse(tmp_path, few))["simulated/metrics.md"]

    assert "<small>no interval</small>" in page


STEPS: Changes = {
    "metrics__steps": {
        "description": "steps to the target",
        "unit": "1",
        "kind": "count",
        "direction": "lower",
        "scope": "total",
        "role": "steps-to-target",
    }
}


def test_both_factors_of_a_speedup_to_the_target_stand_beside_it(tmp_path: Path) -> None:
    page = documents(analyse(tmp_path, TIMES, **STEPS))["simulated/metrics.md"]

    assert "The speedup compares **time to the target**." in page
    assert "| | steps to the target | speed of the work | speedup to the target |" in page


@pytest.mark.parametrize(
    ("shift", "words"),
    [(0.0, "| equivalent |"), (-0.03, "| different: worse |"), (0.02, "| different: better |")],
)
def test_a_quality_is_equivalent_different_or_not_shown(
    tmp_path: Path, shift: float, words: str
) -> None:
    def edit(run: RunRecord) -> RunRecord:
        value = 0.97 + run.repeat / 1e4 + (shift if run.case_id == pool(4) else 0)
        samples = tuple(
            sample.model_copy(update={"value": value}) if sample.metric == "accuracy" else sample
            for sample in run.samples
        )
        return run.model_copy(update={"samples": samples})

    analysis = analyse(tmp_path, TIMES, edit=edit, metrics__accuracy__equivalent_within=0.01)

    assert words in documents(analysis)["simulated/metrics.md"]


def test_carbon_has_its_source_and_unlike_spreads_their_table(tmp_path: Path) -> None:
    unlike = TIMES | {
        SERIAL: [8 + run / 1000 for run in range(12)],
        pool(4): [2.5 + 0.08 * run for run in range(12)],
    }

    page = documents(analyse(tmp_path, unlike, workspace=POWER))["simulated/performance.md"]

    assert (
        "0.400 kg of CO2 equivalents per kWh, times a PUE of 1.00 (a grid, 2025-12-31)"
        in page.replace("&#40;", "(")
    )
    assert "## Runs that spread unlike the baseline's" in page
    assert "kgCO2e" in page


def test_three_runs_of_a_step_show_its_price_without_an_interval(tmp_path: Path) -> None:
    few = {case: times[:3] for case, times in TIMES.items()}

    page = documents(analyse(tmp_path, few))["simulated/performance.md"]

    assert "| from 2 to 4 workers |" in page
    assert re.search(
        r"from 2 to 4 workers .*\| \+\$5\.05[^|]*10<sup>-5</sup> \|$", page, re.MULTILINE
    )


def test_the_price_beside_a_cost_ratio_is_of_the_same_work_where_the_work_grows(
    tmp_path: Path,
) -> None:
    weak: Changes = {
        "benchmarks__1__scaling": "weak",
        "benchmarks__1__scaling_function": "120 items for each worker",
    }
    times = {SERIAL: [8.0] * 6, pool(1): [8.0] * 6, pool(4): [10.0] * 6}

    analysis = analyse(tmp_path, times, **weak)

    # Four cores for 10 s at 0.36 USD an hour are four results.
    assert "a cost of $0.00100 per result, 1.25 (" in unmarked(claim_sentence(analysis))
    assert "A result at 4 workers takes $0.00100" in said(analysis)
    assert "$0.00400" not in documents(analysis)["simulated/performance.md"]


def test_the_deadline_of_the_whole_is_not_held_against_a_step_of_it(tmp_path: Path) -> None:
    step: Changes = {"problem__demand": {"data_bytes": 8e13, "within_s": 3600.0}}

    analysis = analyse(tmp_path, TIMES, **step)

    assert "Distribute, over 4 workers: the quickest measured size." in said(analysis)
    why = without_time(analysis.concluded.spending)
    assert why.startswith("not compared: what is needed takes one machine 80,000")


def test_without_a_declared_deadline_none_is_missed(tmp_path: Path) -> None:
    full: Changes = {
        "problem__machine__storage_bytes": 1e9,
        "problem__demand__within_s": GONE,
    }

    late, none = analyse(tmp_path / "late", TIMES, **LATE), analyse(tmp_path, TIMES, **full)

    assert without_time(late.concluded.spending) == "none is shown to meet it"
    assert without_time(none.concluded.spending).startswith("no deadline that a time can meet")


def test_beside_a_refused_claim_no_other_row_is_taken_for_one(tmp_path: Path) -> None:
    warning = "no row claims a speedup, and what refuses it may hold for other rows, too."
    few = TIMES | {SERIAL: around(8, runs=3)}

    refused = render_report(analyse(tmp_path / "few", few)).pages[0].markdown
    sound = render_report(analyse(tmp_path / "enough", TIMES)).pages[0].markdown

    assert warning in refused
    assert warning not in sound
