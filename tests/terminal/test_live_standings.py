"""Where cases stand while they are measured, and about how long it still takes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.measure.campaign import Progress
from capstone_report.plan import make_plan
from capstone_report.results.records import Outcome, Phase, RunRecord, Sample
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.terminal.case_table import around
from capstone_report.terminal.figures import (
    BLOCKS,
    duration,
    figure,
    interval_text,
    printable,
    sparkline,
    with_unit,
)
from capstone_report.terminal.standings import Board, Standing, time_left

MakeRecord = Callable[..., RunRecord]


@pytest.fixture
def loaded(workspace: Path, write_study: Callable[..., Path]) -> LoadedStudy:
    """A study of three cases, two of one benchmark, with three runs each."""
    write_study(serial_extra="levels = { threads = [1, 2] }", repeats="3")
    (study,) = load_project(workspace).studies
    return study


@pytest.fixture
def make_progress(loaded: LoadedStudy, make_record: MakeRecord) -> Callable[..., Progress]:
    """Return the progress before the next run, after runs of named cases with wall times."""

    def make(*ended: tuple[str, float], **fields: object) -> Progress:
        plan = make_plan(loaded, cores=2)
        cases = {run.case.id: run.case for run in plan.runs}
        records = tuple(
            make_record(
                run_id=f"run-{index}",
                case_id=case_id,
                wall_time_s=wall_time_s,
                samples=(Sample(metric="work_time", value=wall_time_s / 10, unit="s"),),
                **{"fingerprint": cases[case_id].fingerprint, **fields},
            )
            for index, (case_id, wall_time_s) in enumerate(ended)
        )
        left = tuple(plan.missing(records))
        return Progress(
            done=len(plan.runs) - len(left),
            total=len(plan.runs),
            run=left[0],
            command="python",
            folder=Path(),
            plan=plan,
            records=records,
            left=left,
        )

    return make


SERIAL_1, SERIAL_2 = "serial/threads=1,workers=1", "serial/threads=2,workers=1"
POOL = "pool/threads=1,workers=2"


def standing(*values: float, failures: Sequence[str] = ()) -> Standing:
    """Return a case with these values."""
    return Standing(
        case_id="serial",
        phase=Phase.MEASUREMENT,
        wanted=9,
        runs=len(values),
        values=values,
        failures=tuple(failures),
    )


def test_nothing_is_said_about_the_time_left_before_every_benchmark_has_run(
    make_progress: Callable[..., Progress],
) -> None:
    assert time_left(make_progress()) is None
    assert time_left(make_progress((SERIAL_1, 2.0))) is None


def test_the_time_left_is_the_sum_of_the_medians_of_each_case_or_of_its_benchmarks_others(
    make_progress: Callable[..., Progress],
) -> None:
    # Left: one run of SERIAL_1 (median 4 s), three of SERIAL_2 (as its sibling), two of POOL (7 s).
    left = time_left(make_progress((SERIAL_1, 3.0), (SERIAL_1, 5.0), (POOL, 7.0)))

    assert left is not None
    assert left.after(0) == pytest.approx(1 * 4 + 3 * 4 + 2 * 7)
    assert left.after(1) == pytest.approx(left.after(0) - 1)
    assert left.after(1e6) == pytest.approx(left.later_s)


def test_failed_runs_say_nothing_about_how_long_a_run_takes(
    make_progress: Callable[..., Progress],
) -> None:
    failed = make_progress((SERIAL_1, 1.0), (POOL, 1.0), outcome=Outcome.FAILED)

    assert time_left(failed) is None


def test_runs_of_another_program_say_nothing_about_how_long_a_run_takes(
    make_progress: Callable[..., Progress],
) -> None:
    stale = make_progress((SERIAL_1, 1.0), (POOL, 1.0), fingerprint="of another program")

    assert time_left(stale) is None


def test_the_standings_hold_each_cases_runs_and_values_in_the_declared_order(
    loaded: LoadedStudy, make_progress: Callable[..., Progress]
) -> None:
    board = Board(loaded.study)

    first, second, pool = board.standings(make_progress((SERIAL_1, 3.0), (POOL, 1.0)))

    assert [first.case_id, second.case_id, pool.case_id] == [SERIAL_1, SERIAL_2, POOL]
    assert (first.runs, first.wanted, first.values) == (1, 3, (0.3,))
    assert (second.runs, second.last, second.median, second.interval) == (0, None, None, None)
    assert (pool.last, pool.median, board.unit) == (0.1, 0.1, "s")


def test_failures_of_this_campaign_are_told_and_those_before_are_not(
    loaded: LoadedStudy, make_progress: Callable[..., Progress]
) -> None:
    board = Board(loaded.study)
    failed = {"outcome": Outcome.FAILED, "message": "exited with status 3"}
    board.standings(make_progress((SERIAL_1, 1.0), **failed))

    first, *_ = board.standings(make_progress((SERIAL_1, 1.0), (SERIAL_1, 1.0), **failed))

    assert first.failures == ("exited with status 3",)


def test_six_runs_are_the_fewest_that_carry_an_interval_and_it_is_their_range() -> None:
    five, six = standing(5, 1, 4, 2, 3), standing(5, 1, 4, 2, 3, 6)

    # 1 - 2^(1-n): 93.75 % for five, 96.875 % for six.
    assert interval_text(five) == "6 runs needed"
    assert (six.median, six.interval) == (3.5, (1, 6))
    assert interval_text(six) == "1 to 6 (n = 6)"


def test_nine_runs_leave_one_out_on_either_side() -> None:
    assert standing(*range(1, 10)).interval == (2, 8)  # 1 - 2 (1 + 9) / 2^9 = 96.1 %


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.00123456, "0.001235"), (123456.0, "123,500"), (2.0, "2"), (0.0, "0")],
)
def test_figures_have_four_significant_digits(value: float | None, shown: str) -> None:
    assert figure(value) == shown


def test_plain_numbers_have_no_unit() -> None:
    assert [with_unit("2", "s"), with_unit("2", "1")] == ["2 s", "2"]


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0 s"), (59.6, "60 s"), (7200, "2 h")])
def test_durations_are_whole_seconds_while_they_are_short(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_nothing_that_a_terminal_obeys_is_printed() -> None:
    assert printable("a\x1b[2Jb\n") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"


@settings(max_examples=50)
@given(st.lists(st.floats(-1e300, 1e300), max_size=30))
def test_the_picture_has_a_block_for_each_of_the_latest_values(values: list[float]) -> None:
    picture = sparkline(values, width=10)

    assert len(picture) == min(len(values), 10)
    assert set(picture) <= set(BLOCKS)
    if len(set(values[-10:])) > 1:
        latest = values[-10:]
        assert picture[latest.index(min(latest))] == BLOCKS[0]
        assert picture[latest.index(max(latest))] == BLOCKS[-1]


@settings(max_examples=100)
@given(st.lists(st.integers(1, 2), min_size=1, max_size=40), st.data())
def test_the_window_holds_the_current_row_and_as_many_around_it_as_fit(
    heights: list[int], data: st.DataObject
) -> None:
    current = data.draw(st.integers(0, len(heights) - 1))
    room = data.draw(st.integers(-2, 90))

    shown = around(heights, current, room=room)

    used = sum(heights[i] for i in shown)
    if not shown:
        assert heights[current] > room
        return
    neighbours = [i for i in (shown.start - 1, shown.stop) if 0 <= i < len(heights)]
    assert current in shown
    assert used <= room
    assert all(used + heights[i] > room for i in neighbours)
