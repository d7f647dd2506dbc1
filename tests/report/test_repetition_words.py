"""How repetition reads on the pages and in `status`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis, PrecisionFact
from capstone_report.report.pages import render_report
from capstone_report.report.repetition import reached_by, rule_of
from capstone_report.results.records import RunRecord
from capstone_report.terminal.repetition import noise_words, repetition_rows
from simulated import (
    SERIAL,
    TIMES,
    analyse,
    around,
    load,
    machine_folder,
    noise_runs,
    pool,
    stepping,
    write_journal,
    write_workspace,
)
from simulated import records as made

STEPS = [0.0200, 0.0201, 0.0202, 0.0203] * 25
PRECISE: dict[str, object] = {"benchmarks__1__precision": {"relative": 0.02, "at_most": 8}}


def stepwise(run: RunRecord) -> RunRecord:
    """Return a run with steps, a little slower with each repeat."""
    return stepping(run, [seconds * (1 + run.repeat / 100) for seconds in STEPS])


def page(analysis: Analysis, name: str) -> str:
    """Return one page of a report."""
    (found,) = [p for p in render_report(analysis).pages if p.path.endswith(f"/{name}.md")]
    return found.markdown


def fact(**changes: object) -> PrecisionFact:
    """Return a case with a fixed number of runs, changed."""
    standard: dict[str, object] = {
        "case_id": SERIAL,
        "runs": 8,
        "at_least": 8,
        "target": None,
        "at_most": None,
        "half_width": 0.0123,
        "decided_half_width": None,
        "reached": None,
    }
    return PrecisionFact(**(standard | changes))  # type: ignore[arg-type] # every field is there


def test_a_rule_is_a_fixed_number_or_a_target_with_its_bounds() -> None:
    assert rule_of(fact()) == "8 runs, fixed before measuring"
    target = fact(at_least=3, target=0.02, at_most=30)
    assert rule_of(target) == "until precise to 2 % of the median, 8 to 30 runs"


def test_a_half_width_is_a_share_of_the_median_or_missing() -> None:
    assert str(reached_by(fact())) == "&plusmn;&nbsp;1.23&nbsp;%"
    assert str(reached_by(fact(reached=True))).endswith("%, stopped because precise enough")
    missed = "%, stopped after the most runs, the target was missed"
    assert str(reached_by(fact(reached=False))).endswith(missed)
    assert str(reached_by(fact(half_width=None))) == "no interval"


def test_the_reproducibility_page_says_how_often_by_which_rule_and_at_which_price(
    tmp_path: Path,
) -> None:
    times = TIMES | {pool(1): around(9, runs=8), pool(2): around(4.5, runs=8)}
    text = page(analyse(tmp_path / "a", times, **PRECISE), "reproducibility")  # type: ignore[arg-type] # changes
    fixed = page(analyse(tmp_path / "b", TIMES), "reproducibility")

    rule = "until precise to 2 % of the median, 8 to 8 runs"
    missed = "stopped after the most runs, the target was missed"
    assert f"| 8 | {rule} | &plusmn;&nbsp;3.38&nbsp;%, {missed} |" in text
    assert f"| 6 | {rule} | &plusmn;&nbsp;2.44&nbsp;% |" in text
    assert "| 6 | 6 runs, fixed before measuring | &plusmn;&nbsp;2.44&nbsp;% |" in fixed
    assert "intervals that are narrow by chance (Starr 1966)" in text
    assert "Starr" not in fixed


def test_the_performance_page_shows_launches_and_steps_and_the_noise_floor(tmp_path: Path) -> None:
    noise = (around(8), around(8))

    text = page(analyse(tmp_path, TIMES, edit=stepwise_only, noise=noise), "performance")

    row = "| serial/threads=1,workers=1 | work&#95;time | 6 | 100 | "
    assert row in text
    assert "launches of 2 steps, for 2.00&nbsp;% |" in text
    assert "Hodges-Lehmann interval" in text.split("## The noise floor")[1]
    assert "Equal things may differ by a factor of 1.0" in text
    assert "n = 6 + 6" in text


def stepwise_only(run: RunRecord) -> RunRecord:
    """Return a measurement with steps; a run of the noise floor as it is."""
    return stepwise(run) if run.phase == "measurement" else run


def test_one_launch_is_said_to_be_too_few(tmp_path: Path) -> None:
    times = {SERIAL: [8.0], pool(4): [2.0, 2.1]}

    text = page(analyse(tmp_path, times, edit=stepwise), "performance")

    assert "one launch alone does not show how much launches differ" in text


def test_a_noise_floor_of_three_pairs_says_that_it_has_no_interval(tmp_path: Path) -> None:
    few = analyse(tmp_path, TIMES, noise=([8.0, 8.1, 8.2], [8.0, 8.1, 8.3]))

    assert "no interval below 4 + 4 runs" in page(few, "performance")
    assert noise_words(few.noise_floor).endswith("n = 3 + 3")
    assert "So few pairs refuse no speedup." in page(few, "performance")


def test_status_gives_variances_and_advice_as_numbers(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES, edit=stepwise, **PRECISE)  # type: ignore[arg-type] # changes

    row = json.loads(json.dumps(repetition_rows(analysis)))

    assert row["noise_floor"] is None
    assert noise_words(None) == ""
    level = row["levels"][0]
    assert (level["case"], level["launches"], level["steps"]) == (SERIAL, 6, 100)
    assert level["variance_between_launches"] == pytest.approx(3.5 * 0.0002015**2, rel=1e-2)
    assert level["next_steps"] == 2
    assert level["advice"] == f"{level['next_launches']} launches of 2 steps"
    assert row["precision"][1]["target"] == 0.02


def test_status_without_steps_says_so_in_words(tmp_path: Path) -> None:
    row = repetition_rows(analyse(tmp_path, TIMES))

    assert {level["variance_between_steps"] for level in row["levels"]} == {None}
    assert {level["advice"] for level in row["levels"]} == {
        "no time is reported step by step in every run, so only launches can be repeated"
    }


def test_the_command_shows_the_noise_floor(
    tmp_path: Path, capstone_in: Callable[..., object]
) -> None:
    loaded = load(write_workspace(tmp_path))
    runs = [*made(loaded, TIMES), *noise_runs(loaded, around(8), around(8))]
    write_journal(machine_folder(loaded), runs)

    text = capstone_in(tmp_path, "status")
    answer = json.loads(capstone_in(tmp_path, "status", "--json").stdout)  # type: ignore[attr-defined] # a process

    assert "; the baseline over itself: 0.9" in text.stdout  # type: ignore[attr-defined] # as above
    (study,) = answer["studies"]
    assert study["noise_floor"]["n"] == "6 + 6"
    assert study["noise_floor"]["low"] < 1 < study["noise_floor"]["high"]
