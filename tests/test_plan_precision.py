"""How many runs a case gets where a precision is declared, in which order, and what is decided."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.decisions import due_decisions
from capstone_report.plan import Plan, PlannedRun, make_plan
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy
from simulated import SERIAL, Changes, load, pool, record, reporting, write_workspace

PRECISE: Changes = {
    "benchmarks__0__precision": {"relative": 0.02, "at_most": 12},
    "benchmarks__1__precision": {"relative": 0.02, "at_most": 10},
    "benchmarks__0__repeats": 3,
}
NOISY = [1.0, 1.3] * 20
STILL = [1.0] * 40
few = settings(max_examples=25, deadline=None)
choices = st.lists(st.sampled_from([0.9, 1.0, 1.01, 1.2]), min_size=48, max_size=48)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> LoadedStudy:
    """The simulated study, with a precision for each benchmark."""
    return load(write_workspace(tmp_path_factory.mktemp("precise"), **PRECISE))


def planned(study: LoadedStudy, records: list[RunRecord]) -> Plan:
    """Return the plan that records lead to."""
    return make_plan(study, cores=4, records=records)


def campaign(study: LoadedStudy, times: dict[str, list[float]]) -> list[RunRecord]:
    """Measure until nothing is missing, planning anew after each run as a campaign does."""
    made: list[RunRecord] = []
    while missing := planned(study, made).missing(made):
        run = missing[0]
        made.append(record(study, run, times[run.case.id][run.repeat], number=len(made)))
    return made


def runs_of(study: LoadedStudy, **times: list[float]) -> Counter[str]:
    """Return how many runs the baseline and two workers got; other cases are still."""
    every = {SERIAL: STILL, pool(1): STILL, pool(2): STILL, pool(4): STILL}
    every |= {SERIAL: times.get("serial", STILL), pool(2): times.get("pool", STILL)}
    return Counter(run.case_id for run in campaign(study, every))


def test_still_cases_end_after_eight_runs_and_noisy_ones_after_the_most(
    study: LoadedStudy,
) -> None:
    assert runs_of(study) == {SERIAL: 8, pool(1): 8, pool(2): 8, pool(4): 8}
    assert runs_of(study, pool=NOISY) == {SERIAL: 8, pool(1): 8, pool(2): 10, pool(4): 8}
    assert runs_of(study, serial=NOISY)[SERIAL] == 12


def test_repeats_above_eight_are_the_least_number(tmp_path: Path) -> None:
    changes = PRECISE | {"benchmarks__0__repeats": 9}
    loaded = load(write_workspace(tmp_path, **changes))

    assert runs_of(loaded)[SERIAL] == 9


def test_a_case_that_settles_later_ends_later(study: LoadedStudy) -> None:
    # 99 % need the range of eight to eleven runs; of twelve, the second and the eleventh do
    late = [1.3, 1.0, *STILL]

    assert runs_of(study, serial=late)[SERIAL] == 12


def test_without_a_precision_the_declared_number_stands_whatever_is_measured(
    tmp_path: Path,
) -> None:
    loaded = load(write_workspace(tmp_path))

    assert runs_of(loaded, serial=NOISY) == {SERIAL: 6, pool(1): 6, pool(2): 6, pool(4): 6}


def test_a_run_without_a_value_is_replaced_by_further_ones_up_to_the_most(
    study: LoadedStudy,
) -> None:
    made = campaign(study, dict.fromkeys((SERIAL, pool(1), pool(2), pool(4)), STILL))
    silent = [
        run.model_copy(update={"samples": ()}) if run.case_id == pool(4) else run for run in made
    ]
    one = [reporting(silent[0]), *silent[1:]]

    wanted = Counter(run.case.id for run in planned(study, one).runs)

    assert wanted[pool(4)] == 9
    twice = [run for run in silent if run.case_id == pool(4)] * 2
    assert Counter(run.case.id for run in planned(study, twice).runs)[pool(4)] == 10


@few
@given(choices, st.integers(0, 48))
def test_a_resumed_campaign_measures_the_same_runs_in_the_same_order(
    study: LoadedStudy, values: list[float], stopped: int
) -> None:
    names = (SERIAL, pool(1), pool(2), pool(4))
    times = {name: values[12 * i : 12 * i + 12] for i, name in enumerate(names)}
    whole = campaign(study, times)
    again = whole[:stopped]

    while missing := planned(study, again).missing(again):
        run = missing[0]
        again.append(record(study, run, times[run.case.id][run.repeat], number=len(again)))

    assert again == whole
    assert [r.order for r in whole] == sorted(r.order for r in whole)


@few
@given(choices)
def test_how_often_one_case_runs_moves_no_other_run(
    study: LoadedStudy, values: list[float]
) -> None:
    every = dict.fromkeys((SERIAL, pool(1), pool(2), pool(4)), STILL)
    calm = {(r.case_id, r.repeat): r.order for r in campaign(study, every)}

    noisy = {(r.case_id, r.repeat): r.order for r in campaign(study, every | {SERIAL: values})}

    assert {slot: noisy[slot] for slot in calm if slot in noisy} == {
        slot: order for slot, order in calm.items() if slot in noisy
    }


def test_a_failed_run_is_no_run_of_the_decision(study: LoadedStudy) -> None:
    every = dict.fromkeys((SERIAL, pool(1), pool(2), pool(4)), STILL)
    made = campaign(study, every)
    failed = [made[0].model_copy(update={"outcome": Outcome.FAILED}), *made[1:]]

    assert [run.case.id for run in planned(study, failed).missing(failed)] == [made[0].case_id]


def test_a_decision_is_due_once_and_says_what_the_runs_say(study: LoadedStudy) -> None:
    every = {SERIAL: NOISY, pool(1): STILL, pool(2): STILL, pool(4): STILL}
    made = campaign(study, every)
    plan = planned(study, made)

    due = due_decisions(study, plan, made, [], decided_at="2026-11-21T10:00:00+00:00")

    assert [(d.case_id, d.runs, d.reached) for d in due] == [
        (SERIAL, 12, False),
        (pool(1), 8, True),
        (pool(2), 8, True),
        (pool(4), 8, True),
    ]
    assert (due[0].metric, due[0].median, due[0].low, due[0].high) == ("work_time", 1.15, 1.0, 1.3)
    assert (due[0].level, due[0].target, due[0].at_most) == (0.95, 0.02, 12)
    assert due_decisions(study, plan, made, due[:3], decided_at="later") == [
        due[3].model_copy(update={"decided_at": "later"})
    ]


def test_nothing_is_decided_before_a_case_ends_or_without_a_precision(
    study: LoadedStudy, tmp_path: Path
) -> None:
    plan = planned(study, [])
    made = [record(study, run, 1.0) for run in plan.runs if run.case.id != SERIAL]
    five = [record(study, run, 1.0) for run in plan.runs if run.case.id == SERIAL][:5]

    due = due_decisions(study, plan, [*made, *five], [], decided_at="now")
    plain = load(write_workspace(tmp_path))
    runs = make_plan(plain, cores=4).runs
    every = [record(plain, run, 1.0) for run in runs]

    assert {decision.case_id for decision in due} == {pool(1), pool(2), pool(4)}
    assert due_decisions(plain, make_plan(plain, cores=4), every, [], decided_at="now") == []


def test_another_target_is_another_decision(study: LoadedStudy, tmp_path: Path) -> None:
    made = campaign(study, dict.fromkeys((SERIAL, pool(1), pool(2), pool(4)), STILL))
    known = due_decisions(study, planned(study, made), made, [], decided_at="now")
    changes = PRECISE | {"benchmarks__0__precision": {"relative": 0.01, "at_most": 12}}
    stricter = load(write_workspace(tmp_path, **changes))

    due = due_decisions(stricter, planned(stricter, made), made, known, decided_at="now")

    assert [(decision.case_id, decision.target) for decision in due] == [(SERIAL, 0.01)]


def paired(plan: Plan) -> list[PlannedRun]:
    """Return the runs of the noise floor."""
    return [run for run in plan.runs if run.phase is Phase.NOISE_FLOOR]


def test_a_noise_floor_is_the_baselines_case_in_pairs(study: LoadedStudy) -> None:
    plan = make_plan(study, cores=4, noise_floor=5)

    pairs = paired(plan)

    assert [run.case.id for run in pairs] == [SERIAL] * 10
    assert [{run.repeat for run in pairs[i : i + 2]} for i in range(0, 10, 2)] == [
        {2 * pair, 2 * pair + 1} for pair in range(5)
    ]
    assert {run.repeat - 2 * i for i, run in enumerate(pairs[::2])} == {0, 1}
    assert len({run.order for run in plan.runs}) == len(plan.runs)
    assert paired(make_plan(study, cores=4)) == []


def blocks(plan: Plan) -> list[int]:
    """Return the block that each run of a plan belongs to, in the plan's order."""
    return [run.repeat // 2 if run.phase is Phase.NOISE_FLOOR else run.repeat for run in plan.runs]


def test_each_pair_stands_beside_the_block_of_its_number(tmp_path: Path) -> None:
    plan = make_plan(load(write_workspace(tmp_path)), cores=4, noise_floor=8)

    # six blocks of four runs, each with its pair; two more pairs behind them
    assert blocks(plan) == [block for block in range(6) for _ in range(6)] + [6, 6, 7, 7]
    assert [run.phase for run in plan.runs[4:6]] == [Phase.NOISE_FLOOR] * 2
    assert [run.order for run in plan.runs] == sorted(run.order for run in plan.runs)


def test_pairs_move_no_run_of_a_block(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    without = make_plan(loaded, cores=4).runs
    beside = make_plan(loaded, cores=4, noise_floor=3).runs

    kept = [run for run in beside if run.phase is not Phase.NOISE_FLOOR]

    assert [(r.case.id, r.repeat) for r in kept] == [(r.case.id, r.repeat) for r in without]


@few
@given(choices, st.integers(0, 60))
def test_a_resumed_campaign_with_pairs_measures_the_same_runs_in_the_same_order(
    study: LoadedStudy, values: list[float], stopped: int
) -> None:
    names = (SERIAL, pool(1), pool(2), pool(4))
    times = {name: values[12 * i : 12 * i + 12] for i, name in enumerate(names)}

    def measured(made: list[RunRecord]) -> list[RunRecord]:
        while missing := make_plan(study, cores=4, records=made, noise_floor=7).missing(made):
            run = missing[0]
            seconds = times[run.case.id][run.repeat % 12]
            made.append(record(study, run, seconds, number=len(made)))
        return made

    whole = measured([])

    assert measured(whole[:stopped]) == whole
    assert sum(run.phase is Phase.NOISE_FLOOR for run in whole) == 14
    assert [r.order for r in whole] == sorted(r.order for r in whole)


def test_a_noise_floor_asked_for_later_runs_by_itself(study: LoadedStudy) -> None:
    made = campaign(study, dict.fromkeys((SERIAL, pool(1), pool(2), pool(4)), STILL))

    plan = make_plan(study, cores=4, records=made, noise_floor=3)

    assert plan.missing(made) == paired(plan)
    assert len(paired(plan)) == 6


def test_the_order_within_the_pairs_comes_from_the_seed(tmp_path: Path) -> None:
    def order(root: Path, seed: int) -> list[int]:
        loaded = load(write_workspace(root, reproducibility__seed=seed))
        return [run.repeat for run in paired(make_plan(loaded, cores=4, noise_floor=16))]

    assert order(tmp_path / "a", 7) == order(tmp_path / "b", 7)
    assert order(tmp_path / "a", 7) != order(tmp_path / "c", 8)


@few
@given(st.integers(0, 8))
def test_an_interrupted_noise_floor_goes_on_where_it_stopped(study: LoadedStudy, done: int) -> None:
    pairs = paired(make_plan(study, cores=4, noise_floor=4))
    made = [record(study, run, 1.0) for run in pairs[:done]]

    plan = make_plan(study, cores=4, records=made, noise_floor=4)
    missing = [run for run in plan.missing(made) if run.phase is Phase.NOISE_FLOOR]

    assert [run.repeat for run in missing] == [run.repeat for run in pairs[done:]]


def test_without_being_asked_for_only_a_pair_that_was_begun_is_finished(
    study: LoadedStudy,
) -> None:
    pairs = paired(make_plan(study, cores=4, noise_floor=4))
    made = [record(study, run, 1.0) for run in pairs[:3]]

    plan = make_plan(study, cores=4, records=made)

    assert {run.repeat for run in paired(plan)} == {0, 1, 2, 3}
    missing = [run for run in plan.missing(made) if run.phase is Phase.NOISE_FLOOR]
    assert [run.repeat for run in missing] == [pairs[3].repeat]


def test_a_trial_that_is_not_complete_leaves_no_baseline_to_pair(tmp_path: Path) -> None:
    tuned: Changes = {
        "baseline__tune": {"factor": "threads", "repeats": 3},
        "benchmarks__0__levels": {"workers": [1], "threads": [1, 2]},
    }
    loaded = load(write_workspace(tmp_path, **tuned))

    assert paired(make_plan(loaded, cores=4, noise_floor=3)) == []


def test_of_several_baselines_that_no_trial_chose_from_the_fastest_is_paired(
    tmp_path: Path,
) -> None:
    levels: Changes = {"benchmarks__0__levels": {"workers": [1], "threads": [1, 2]}}
    loaded = load(write_workspace(tmp_path, **levels))
    runs = make_plan(loaded, cores=4).runs
    made = [record(loaded, run, 9.0 / run.case.allocation.threads) for run in runs]

    plan = make_plan(loaded, cores=4, records=made, noise_floor=1)

    assert {run.case.allocation.threads for run in paired(plan)} == {2}
    assert plan.runs[-2:] == tuple(paired(plan))


def test_one_worker_of_the_scaling_benchmark_is_paired_where_it_is_the_baseline(
    tmp_path: Path,
) -> None:
    changes: Changes = {"baseline__kind": "one-worker", "baseline__benchmark": "pool"}
    loaded = load(write_workspace(tmp_path, **changes))

    assert {r.case.id for r in paired(make_plan(loaded, cores=4, noise_floor=2))} == {pool(1)}
