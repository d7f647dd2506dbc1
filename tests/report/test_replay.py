"""The replay on the slides: recorded runs, on one clock, and none where nothing is claimed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis, Replay, Verdict
from capstone_report.report.pages import render_report
from capstone_report.report.replay import MOST_LANES, SHOWN_S, replay_note, replay_slide
from capstone_report.results.records import RunRecord, Sample
from flaws.parents import WEAK, published
from simulated import SERIAL, analyse, around, pool

TIMES = {SERIAL: around(8.0), pool(1): around(9.0), pool(2): around(4.5), pool(4): around(2.0)}

STEP_TIME = {
    "description": "one step of a worker",
    "unit": "s",
    "kind": "cost",
    "direction": "lower",
    "scope": "per-worker",
}


def stepped(run: RunRecord) -> RunRecord:
    """Let every worker of a run report ten steps: the last one takes as long as all others together."""
    total = next(sample.value for sample in run.samples if sample.unit == "s")
    shares = [total / 18] * 9 + [total / 2]
    steps = [
        Sample(metric="step_time", value=share, unit="s", rank=rank, step=step)
        for rank in range(run.workers)
        for step, share in enumerate(shares)
    ]
    others = [sample for sample in run.samples if sample.metric != "step_time"]
    return run.model_copy(update={"samples": (*others, *steps)})


@pytest.fixture
def replayed(tmp_path: Path) -> Callable[..., Analysis]:
    """Return a function that analyses simulated runs whose workers report their steps."""
    return lambda **changes: analyse(
        tmp_path, TIMES, edit=stepped, metrics__step_time=STEP_TIME, **changes
    )


def test_the_runs_nearest_to_the_medians_are_shown(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)

    baseline, claimed = analysis.replays

    assert (baseline.case.case_id, claimed.case.case_id) == (SERIAL, pool(4))
    for replay in (baseline, claimed):
        middle = replay.case.time.value
        assert abs(replay.time - middle) == min(abs(time - middle) for time in replay.case.times)
    assert [lane.rank for lane in claimed.lanes] == [0, 1, 2, 3]


def test_a_run_that_reported_another_unit_is_not_shown(tmp_path: Path) -> None:
    def in_milliseconds(run: RunRecord) -> RunRecord:
        first, *others = run.samples
        other = first.model_copy(update={"unit": "ms"})
        return run.model_copy(update={"samples": (other, *others)}) if run.repeat == 2 else run

    analysis = analyse(
        tmp_path, {SERIAL: around(8, 5), pool(4): around(2, 5)}, edit=in_milliseconds
    )

    # Of the four runs that count, both of the middle are as near; the one in milliseconds is the median of all.
    assert [replay.run_id.endswith("-2-0") for replay in analysis.replays] == [False, False]


def bars(replays: tuple[Replay, ...]) -> list[tuple[float, list[float], list[float]]]:
    """Return each bar's duration, moments and widths."""
    picture = replay_slide(replays, "one process")
    found = re.findall(
        r'attributeName="width" dur="([\d.]+)s" values="([^"]+)" keyTimes="([^"]+)"', picture
    )
    return [
        (float(dur), [float(t) for t in times.split(";")], [float(v) for v in values.split(";")])
        for dur, values, times in found
    ]


def test_a_bar_lasts_as_long_as_its_run_and_the_slowest_as_long_as_the_slide(
    tmp_path: Path,
) -> None:
    analysis = analyse(tmp_path, TIMES)
    baseline, claimed = analysis.replays

    (alone, *workers) = bars(analysis.replays)

    assert alone[0] == pytest.approx(SHOWN_S)
    assert len(workers) == 4
    for dur, times, widths in workers:
        assert dur == pytest.approx(SHOWN_S * claimed.time / baseline.time, abs=1e-3)
        assert (times[0], times[-1]) == (0, 1)
        assert widths[0] == 0
        assert times == sorted(times)
        assert widths == sorted(widths)


def test_a_bar_grows_with_the_recorded_steps(replayed: Callable[..., Analysis]) -> None:
    analysis = replayed()
    claimed = analysis.replays[1]

    assert [len(lane.step_ends) for lane in claimed.lanes] == [10] * 4
    _, times, widths = bars(analysis.replays)[1]

    # Nine of ten steps take half of the time.
    assert times[9] == pytest.approx(0.5, abs=1e-3)
    assert widths[9] / widths[-1] == pytest.approx(0.9, abs=1e-3)


def test_a_study_without_a_measured_case_has_no_replay(tmp_path: Path) -> None:
    assert analyse(tmp_path, {}).replays == ()


def test_more_workers_than_a_slide_holds_are_told(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, TIMES)
    baseline, claimed = analysis.replays
    many = Replay(
        case=claimed.case,
        run_id="many",
        time=claimed.time,
        lanes=tuple(claimed.lanes[0] for _ in range(MOST_LANES + 3)),
    )

    assert len(bars((baseline, many))) == 1 + MOST_LANES
    assert "3 further workers not drawn" in replay_note((baseline, many))
    assert "further" not in replay_note(analysis.replays)


def test_a_claim_about_rates_stands_on_the_slide_though_nothing_is_replayed(tmp_path: Path) -> None:
    analysis = published(tmp_path, WEAK)
    assert analysis.claim.verdict is Verdict.FASTER

    files = render_report(analysis).files
    slides = next(text.decode() for path, text in files.items() if path.endswith("slides.html"))

    assert "A rate has no beginning and no end" in slides
    assert "Nothing is claimed" not in slides
