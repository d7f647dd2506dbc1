"""What a run would do: how each case stands and why, how long it takes and what it costs."""

from collections.abc import Sequence
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.analysis.ahead import Ahead, look_ahead
from capstone_report.analysis.remaining import Basis
from capstone_report.analysis.standing import CaseStanding, Failure, State
from capstone_report.plan import plan_for
from capstone_report.results.journal import Journal
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy, Project, load_project
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    START_UP_S,
    TIMES,
    Changes,
    case_id,
    load,
    machine_folder,
    pool,
    record,
    records,
    write_workspace,
)

FAILED = {"outcome": Outcome.FAILED, "message": "exited with status 1"}


def ahead_of(project: Project, made: Sequence[RunRecord] = (), *, finished: bool = False) -> Ahead:
    """Return what a run on the invented machine would do, with some records there."""
    (loaded,) = project.studies
    folder = machine_folder(loaded)
    journal = Journal(folder=folder, records=tuple(made), head="", size=0, torn=b"")
    return look_ahead(loaded, project.workspace, journal, ENVIRONMENT, finished=finished)


def ahead(
    root: Path, made: Sequence[RunRecord] = (), *, finished: bool = False, **changes: object
) -> Ahead:
    """Return the same for the simulated study, changed."""
    project = load_project(write_workspace(root, **Changes(changes)))
    return ahead_of(project, made, finished=finished)


def measured(root: Path, **changes: object) -> list[RunRecord]:
    """Return the complete records of the simulated study, changed."""
    return records(load(write_workspace(root, **Changes(changes))), TIMES)


def standing(found: Ahead, case: str, phase: Phase = Phase.MEASUREMENT) -> CaseStanding:
    """Return how one case stands."""
    (one,) = [item for item in found.standing.cases if (item.case.id, item.phase) == (case, phase)]
    return one


def test_a_complete_study_is_done_and_takes_no_more_time(tmp_path: Path) -> None:
    found = ahead(tmp_path, measured(tmp_path))

    assert {case.state for case in found.standing.cases} == {State.DONE}
    assert {case.done for case in found.standing.cases} == {6}
    assert (found.total.runs, found.total.seconds, found.total.at_most_s) == (0, 0, 0)
    assert not found.begins_anew


def test_without_records_everything_is_missing_and_only_the_limits_are_known(
    tmp_path: Path,
) -> None:
    found = ahead(tmp_path, benchmarks__0__timeout_s=10, benchmarks__1__timeout_s=20)

    assert {case.state for case in found.standing.cases} == {State.MISSING}
    assert {case.reason for case in found.standing.cases} == {""}
    assert found.total.unknown == found.total.runs == 24
    assert found.total.at_most_s == 6 * 10 + 18 * 20
    assert {part.basis for part in found.by_case.values()} == {Basis.NOTHING}


def test_a_missing_run_takes_the_median_wall_time_of_its_cases_own_runs(tmp_path: Path) -> None:
    made = [run for run in measured(tmp_path) if run.case_id != pool(4) or run.repeat < 3]

    found = ahead(tmp_path, made)

    part = found.by_case[pool(4), Phase.MEASUREMENT]
    assert part.basis is Basis.OWN
    assert isclose(part.seconds, 3 * (TIMES[pool(4)][1] + START_UP_S))
    # 0.36 USD per core and hour: four cores for the three runs.
    assert part.usd is not None
    assert isclose(part.usd, part.seconds * 4 * 0.36 / 3600)
    assert part.at_most_usd == pytest.approx(3 * 600 * 4 * 0.36 / 3600)


def test_a_stale_case_takes_as_long_as_before_and_says_what_changed(tmp_path: Path) -> None:
    made = measured(tmp_path)

    found = ahead(tmp_path, made, benchmarks__1__env={"X": "on"})

    case = standing(found, pool(2))
    assert (case.state, case.done, len(case.stale), case.missing) == (State.STALE, 0, 6, 6)
    assert case.reason == "X was unset, is on"
    part = found.by_case[pool(2), Phase.MEASUREMENT]
    assert part.basis is Basis.EARLIER
    assert isclose(part.seconds, 6 * (4.5 * 1.025 + START_UP_S))


def test_a_baseline_of_another_machine_is_to_be_measured_here_with_its_hours_and_price(
    tmp_path: Path,
) -> None:
    elsewhere = ENVIRONMENT.model_copy(update={"cpu": "Another Processor"})
    made = [
        run.model_copy(update={"environment": elsewhere}) if run.benchmark == "serial" else run
        for run in measured(tmp_path)
    ]

    found = ahead(tmp_path, made)

    assert {run.case.id for run in found.to_make} == {SERIAL}
    assert found.total.runs == 6
    assert found.total.seconds == pytest.approx(6 * (8.2 + START_UP_S), rel=0.02)
    assert found.total.usd == pytest.approx(found.total.seconds * 0.36 / 3600)


def test_a_case_without_runs_takes_as_long_as_the_others_of_its_benchmark(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    made = records(loaded, {pool(1): [9.0] * 6, pool(2): [4.5] * 6})

    found = ahead(tmp_path, made)

    part = found.by_case[pool(4), Phase.MEASUREMENT]
    assert part.basis is Basis.OTHERS
    assert isclose(part.seconds, 6 * (6.75 + START_UP_S))
    assert found.total.unknown == 6  # the baseline's, of which nothing is known


def test_no_run_is_expected_to_last_longer_than_its_limit(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    made = records(loaded, {pool(4): [9.0]})

    part = ahead(tmp_path, made, benchmarks__1__timeout_s=2).by_case[pool(4), Phase.MEASUREMENT]

    assert part.seconds == part.at_most_s == 5 * 2


def test_failed_attempts_are_no_measure_of_time(tmp_path: Path) -> None:
    made = [run.model_copy(update=FAILED) for run in measured(tmp_path)]

    assert ahead(tmp_path, made).total.unknown == 24


def test_the_last_failure_of_a_case_is_told_with_its_log(tmp_path: Path) -> None:
    raw = {"raw/x/stdout.txt": "0" * 64, "raw/x/stderr.txt": "0" * 64, "raw/x/other": "0" * 64}
    made = measured(tmp_path)
    made[-1] = made[-1].model_copy(update=FAILED | {"raw": raw})

    case = standing(ahead(tmp_path, made), made[-1].case_id)

    assert (case.state, case.done, case.failed, case.missing) == (State.FAILED, 5, 1, 1)
    assert case.reason == "exited with status 1"
    assert case.last_failure == Failure(
        run_id=made[-1].run_id,
        message="exited with status 1",
        log="raw/x/stderr.txt",
        of_the_machine=False,
    )


@pytest.mark.parametrize("outcome", [Outcome.INTERRUPTED, Outcome.SUSPENDED])
def test_an_interrupted_run_is_missing_and_has_not_failed(tmp_path: Path, outcome: Outcome) -> None:
    made = measured(tmp_path)
    made[-1] = made[-1].model_copy(update={"outcome": outcome, "message": "stopped by signal 2"})

    case = standing(ahead(tmp_path, made), made[-1].case_id)

    assert (case.state, case.failed, case.missing) == (State.INTERRUPTED, 0, 1)
    assert case.reason == "stopped by signal 2"


def test_a_failure_that_was_followed_by_a_good_run_is_counted_and_not_told(tmp_path: Path) -> None:
    made = measured(tmp_path)
    first = made[0].model_copy(update=FAILED)

    case = standing(ahead(tmp_path, [first, *made]), first.case_id)

    assert (case.state, case.failed, case.last_failure) == (State.DONE, 1, None)


def test_a_failure_without_words_or_logs_is_named_by_its_outcome(tmp_path: Path) -> None:
    made = measured(tmp_path)
    made[-1] = made[-1].model_copy(update={"outcome": Outcome.TIMEOUT})

    failure = standing(ahead(tmp_path, made), made[-1].case_id).last_failure

    assert failure is not None
    assert (failure.message, failure.log) == ("timeout", None)


def test_records_of_cases_that_are_not_planned_stand_beside(tmp_path: Path) -> None:
    made = measured(tmp_path)

    found = ahead(tmp_path, made, benchmarks__1__levels={"workers": [1, 2]})

    assert {run.record.case_id for run in found.standing.beside} == {pool(4)}
    assert {run.reasons for run in found.standing.beside} == {("the case is no longer declared",)}
    assert len(found.standing.beside) == 6


def test_trials_stand_before_the_measurements(tmp_path: Path) -> None:
    found = ahead(
        tmp_path,
        baseline__tune={"factor": "threads", "repeats": 3},
        benchmarks__0__levels={"threads": [1, 2]},
    )

    assert [(case.case.id, case.phase.value) for case in found.standing.cases] == [
        (SERIAL, "trial"),
        (case_id("serial", threads=2), "trial"),
        *((pool(workers), "measurement") for workers in (1, 2, 4)),
    ]


def test_finished_records_that_miss_a_run_are_measured_again_from_the_beginning(
    tmp_path: Path,
) -> None:
    made = measured(tmp_path)

    partly = ahead(tmp_path, made[:-1], finished=True)
    complete = ahead(tmp_path, made, finished=True)

    assert partly.begins_anew
    assert (len(partly.missing), partly.total.runs, partly.total.unknown) == (1, 24, 0)
    assert not complete.begins_anew
    assert complete.total.runs == 0


def test_without_a_declared_price_nothing_is_said_about_money(tmp_path: Path) -> None:
    found = ahead(tmp_path, cost=GONE)

    assert found.paid is None
    assert (found.total.usd, found.total.at_most_usd) == (None, None)


@pytest.mark.parametrize(("billed_per", "units"), [("core", 4), ("worker", 4), ("machine", 1)])
def test_the_price_is_paid_per_what_the_study_says(
    tmp_path: Path, billed_per: str, units: int
) -> None:
    found = ahead(tmp_path, cost__billed_per=billed_per)

    assert found.by_case[pool(4), Phase.MEASUREMENT].at_most_usd == pytest.approx(
        6 * 600 * units * 0.36 / 3600
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The workspace of the simulated study."""
    return load_project(write_workspace(tmp_path_factory.mktemp("ahead")))


def attempts(loaded: LoadedStudy, ends: Sequence[tuple[int, bool, bool]]) -> list[RunRecord]:
    """Return attempts at planned runs, by number, that ended well or not, current or stale."""
    runs = plan_for(loaded, ENVIRONMENT, ()).runs
    made = []
    for number, (index, good, current) in enumerate(ends):
        one = record(loaded, runs[index], 1.0, number=number)
        changes = ({} if good else FAILED) | ({} if current else {"fingerprint": "0" * 16})
        made.append(one.model_copy(update=changes))
    return made


@settings(max_examples=40, deadline=None)
@given(
    ends=st.lists(
        st.tuples(st.integers(min_value=0, max_value=23), st.booleans(), st.booleans()),
        max_size=40,
    )
)
def test_every_record_is_done_failed_or_stale_and_every_wanted_run_done_or_missing(
    project: Project, ends: list[tuple[int, bool, bool]]
) -> None:
    made = attempts(project.studies[0], ends)

    found = ahead_of(project, made)

    cases = found.standing.cases
    seen = sum(case.done + case.failed + len(case.stale) for case in cases)
    assert seen + len(found.standing.beside) == len(made)
    assert all(case.missing == max(0, case.wanted - case.done) for case in cases)
    assert found.total.runs == sum(case.missing for case in cases)
    assert found.total.seconds <= found.total.at_most_s
