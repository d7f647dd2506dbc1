"""The plan: which cases, in which order, and what makes a run still count."""

import hashlib
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.cases import fingerprint
from capstone_report.plan import Plan, completed, make_plan, plan_for
from capstone_report.results.records import Outcome, Phase
from capstone_report.spec.load import LoadedStudy
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    STUDY_ID,
    TIMES,
    Changes,
    around,
    case_id,
    load,
    pool,
    record,
    records,
    tables,
    write_workspace,
)

TUNED: Changes = {
    "baseline__tune": {"factor": "threads", "repeats": 3},
    "benchmarks__0__levels": {"workers": [1], "threads": [1, 2, 4]},
}
EVERY_CASE = [SERIAL, pool(1), pool(2), pool(4)]


def serial(threads: int) -> str:
    """Return the id of the baseline's case with that many threads."""
    return case_id("serial", threads=threads)


def study(root: Path, **changes: object) -> LoadedStudy:
    """Return the simulated study, changed."""
    return load(write_workspace(root, **Changes(changes)))


def order(plan: Plan) -> list[tuple[str, Phase, int]]:
    """Return a plan's runs as case, phase and repeat."""
    return [(run.case.id, run.phase, run.repeat) for run in plan.runs]


@pytest.fixture(scope="module")
def simulated_study(tmp_path_factory: pytest.TempPathFactory) -> LoadedStudy:
    """The simulated study, unchanged."""
    return study(tmp_path_factory.mktemp("plan"))


def test_every_declared_case_gets_its_repeats(simulated_study: LoadedStudy) -> None:
    plan = make_plan(simulated_study, cores=4)

    wanted = sorted((case, Phase.MEASUREMENT, repeat) for case in EVERY_CASE for repeat in range(6))
    assert sorted(order(plan)) == wanted
    assert [run.order for run in plan.runs] == list(range(24))
    assert plan.skipped == ()
    assert plan.tuned == {}


def test_cases_are_every_combination_of_levels(tmp_path: Path) -> None:
    levels = {"variant": ["x", "y"], "batch": [64, 128]}
    plan = make_plan(study(tmp_path, benchmarks__0__levels=levels), cores=4)

    ids = {run.case.id for run in plan.runs if run.case.benchmark.name == "serial"}
    assert ids == {
        f"serial/batch={batch},threads=1,variant={variant},workers=1"
        for batch in (64, 128)
        for variant in ("x", "y")
    }


def test_workers_and_threads_are_one_where_nothing_is_declared(
    simulated_study: LoadedStudy,
) -> None:
    plan = make_plan(simulated_study, cores=4)

    case = next(run.case for run in plan.runs if run.case.id == SERIAL)
    assert (case.allocation.workers, case.allocation.threads, case.cores) == (1, 1, 1)
    assert case.levels == {"threads": 1, "workers": 1}


def test_the_same_seed_gives_the_same_order(tmp_path: Path) -> None:
    first = make_plan(study(tmp_path / "a"), cores=4)
    second = make_plan(study(tmp_path / "b"), cores=4)

    assert order(first) == order(second)


def test_another_seed_gives_another_order(tmp_path: Path) -> None:
    first = make_plan(study(tmp_path / "a"), cores=4)
    second = make_plan(study(tmp_path / "b", reproducibility__seed=8), cores=4)

    assert order(first) != order(second)
    assert sorted(order(first)) == sorted(order(second))


@pytest.mark.parametrize("seed", range(20))
def test_every_block_holds_each_case_exactly_once(tmp_path: Path, seed: int) -> None:
    plan = make_plan(study(tmp_path, reproducibility__seed=seed), cores=4)

    for block in range(6):
        runs = plan.runs[4 * block : 4 * block + 4]
        assert sorted(run.case.id for run in runs) == sorted(EVERY_CASE)
        assert {run.repeat for run in runs} == {block}


@pytest.mark.parametrize("seed", range(20))
def test_no_case_is_measured_in_one_go(tmp_path: Path, seed: int) -> None:
    plan = make_plan(study(tmp_path, reproducibility__seed=seed), cores=4)

    for case in EVERY_CASE:
        places = [run.order for run in plan.runs if run.case.id == case]
        assert places[-1] - places[0] >= 4 * 4
        assert max(later - earlier for earlier, later in pairwise(places)) < 8


def test_blocks_are_shuffled_each_for_itself(simulated_study: LoadedStudy) -> None:
    plan = make_plan(simulated_study, cores=4)

    blocks = {
        tuple(run.case.id for run in plan.runs[4 * block : 4 * block + 4]) for block in range(6)
    }
    assert len(blocks) > 1


def test_cases_with_fewer_repeats_leave_the_later_blocks(tmp_path: Path) -> None:
    plan = make_plan(study(tmp_path, benchmarks__0__repeats=2), cores=4)

    assert [run.repeat for run in plan.runs if run.case.id == SERIAL] == [0, 1]
    assert len(plan.runs) == 2 + 3 * 6


def test_cases_come_in_their_declared_order(tmp_path: Path) -> None:
    levels = {"workers": [1, 2, 4, 8, 16]}
    plan = make_plan(study(tmp_path, benchmarks__1__levels=levels), cores=16)

    cases = plan.cases(Phase.MEASUREMENT)

    assert [case.id for case in cases] == [SERIAL, *(pool(workers) for workers in (1, 2, 4, 8, 16))]


def test_cases_beyond_the_cores_are_skipped_with_a_reason(simulated_study: LoadedStudy) -> None:
    plan = make_plan(simulated_study, cores=2)

    (skipped,) = plan.skipped
    assert skipped.case_id == pool(4)
    assert skipped.workers == 4
    assert skipped.reason == "needs 4 cores; this machine has 2"
    assert pool(4) not in {run.case.id for run in plan.runs}


def test_threads_take_cores_as_workers_do(tmp_path: Path) -> None:
    levels = {"workers": [1, 2], "threads": [3]}
    plan = make_plan(study(tmp_path, benchmarks__1__levels=levels), cores=4)

    assert [skipped.reason for skipped in plan.skipped] == ["needs 6 cores; this machine has 4"]


def test_an_oversubscribed_benchmark_is_measured_beyond_the_cores(tmp_path: Path) -> None:
    plan = make_plan(study(tmp_path, benchmarks__1__oversubscribe=True), cores=1)

    assert plan.skipped == ()
    assert pool(4) in {run.case.id for run in plan.runs}


def test_the_trial_runs_first_and_alone_holds_the_baseline_until_it_is_complete(
    tmp_path: Path,
) -> None:
    plan = make_plan(study(tmp_path, **TUNED), cores=4)

    assert [run.phase for run in plan.runs[:9]] == [Phase.TRIAL] * 9
    assert {run.case.id for run in plan.runs[:9]} == {serial(1), serial(2), serial(4)}
    assert {run.case.id for run in plan.runs[9:]} == {pool(1), pool(2), pool(4)}
    assert [run.order for run in plan.runs] == list(range(len(plan.runs)))
    assert plan.tuned is None


def test_the_trial_decides_the_baselines_level_by_its_median(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    trial = {serial(1): [3.0, 3.0, 3.0], serial(2): [2.0, 2.0, 9.0], serial(4): [2.5, 2.5, 0.1]}

    plan = make_plan(loaded, cores=4, records=records(loaded, {}, trial=trial))

    assert plan.tuned == {"threads": 2, "workers": 1}
    measured = {run.case.id for run in plan.runs if run.phase is Phase.MEASUREMENT}
    assert measured == {serial(2), pool(1), pool(2), pool(4)}


@pytest.mark.parametrize("lacking", [serial(1), serial(2), serial(4)])
def test_a_trial_that_misses_one_run_decides_nothing(tmp_path: Path, lacking: str) -> None:
    loaded = study(tmp_path, **TUNED)
    trial = {serial(threads): [1.0, 1.0, 1.0] for threads in (1, 2, 4)}
    trial[lacking] = [0.1, 0.1]

    plan = make_plan(loaded, cores=4, records=records(loaded, {}, trial=trial))

    assert plan.tuned is None


def test_a_failed_or_stale_trial_run_decides_nothing(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    made = records(loaded, {}, trial={serial(threads): [1.0] * 3 for threads in (1, 2, 4)})

    for change in ({"outcome": Outcome.FAILED}, {"fingerprint": "0" * 16}):
        spoilt = [made[0].model_copy(update=change), *made[1:]]
        assert make_plan(loaded, cores=4, records=spoilt).tuned is None


def test_the_trial_tries_only_levels_that_the_cores_carry(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    two_cores = ENVIRONMENT.model_copy(update={"cores": 2})
    trial = {serial(1): [2.0] * 3, serial(2): [1.0] * 3}

    plan = plan_for(loaded, two_cores, records(loaded, {}, trial=trial, environment=two_cores))

    assert plan.tuned == {"threads": 2, "workers": 1}


def test_trial_runs_never_stand_for_measurements(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    made = records(loaded, {}, trial={serial(threads): [1.0] * 3 for threads in (1, 2, 4)})

    plan = make_plan(loaded, cores=4, records=made)

    missing = plan.missing(made)
    assert {run.phase for run in missing} == {Phase.MEASUREMENT}
    assert len(missing) == 4 * 6


@given(st.integers(0, 24))
def test_a_resumed_campaign_continues_where_it_stopped(
    simulated_study: LoadedStudy, done: int
) -> None:
    plan = make_plan(simulated_study, cores=4)
    made = [record(simulated_study, run, 1.0) for run in plan.runs[:done]]

    again = make_plan(simulated_study, cores=4, records=made)

    assert order(again) == order(plan)
    assert again.missing(made) == list(plan.runs[done:])


def test_a_resumed_trial_continues_into_the_measurements(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    trial = make_plan(loaded, cores=4).runs[:9]
    made = [record(loaded, run, float(run.case.cores)) for run in trial]

    for done in range(9):
        missing = make_plan(loaded, cores=4, records=made[:done]).missing(made[:done])
        assert missing[: 9 - done] == list(trial[done:])

    assert make_plan(loaded, cores=4, records=made).missing(made)[0].phase is Phase.MEASUREMENT


def test_a_failed_run_is_missing_still(simulated_study: LoadedStudy) -> None:
    made = records(simulated_study, TIMES)
    failed = [made[0].model_copy(update={"outcome": Outcome.FAILED}), *made[1:]]
    plan = make_plan(simulated_study, cores=4, records=failed)

    missing = plan.missing(failed)

    assert [run.case.id for run in missing] == [made[0].case_id]
    assert len(completed(failed)) == 4


def test_a_complete_study_misses_nothing(simulated_study: LoadedStudy) -> None:
    made = records(simulated_study, TIMES)

    assert make_plan(simulated_study, cores=4).missing(made) == []


def test_raising_the_repeats_asks_only_for_the_new_runs(tmp_path: Path) -> None:
    made = records(study(tmp_path), TIMES)
    changed = study(tmp_path, benchmarks__1__repeats=8)

    missing = make_plan(changed, cores=4).missing(made)

    assert len(missing) == 3 * 2
    assert {run.repeat for run in missing} == {6, 7}


def fingerprints(root: Path, **changes: object) -> dict[str, str]:
    """Return the fingerprint of every case of the simulated study, changed."""
    return {
        run.case.id: run.case.fingerprint
        for run in make_plan(study(root, **Changes(changes)), cores=4).runs
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"problem__title": "Another title"},
        {"problem__question": "Another question?"},
        {"problem__target": {"speedup": 3.0, "workers": 2}},
        {"cost": GONE},
        {"cost__billed_per": "worker"},
        {"benchmarks__1__held_fixed": ["something else"]},
        {"benchmarks__1__repeats": 30},
        {"benchmarks__1__timeout_s": 5},
        {"benchmarks__0__work": 7, "benchmarks__1__work": 7},
        {"metrics__accuracy__gate": {"at_least": 0.5}},
        {"report__date": date(2027, 1, 1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_no_run_depends_on_leaves_its_fingerprint(tmp_path: Path, changes: Changes) -> None:
    before = fingerprints(tmp_path / "before")

    assert fingerprints(tmp_path / "after", **changes) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"benchmarks__1__command": ["python", "pool.py", "--workers", "{workers}"]},
        {"benchmarks__1__launcher": "torchrun"},
        {"benchmarks__1__env": {"OMP_PROC_BIND": "true"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_a_run_depends_on_changes_the_fingerprint_of_its_benchmark_only(
    tmp_path: Path, changes: Changes
) -> None:
    before = fingerprints(tmp_path / "before")

    after = fingerprints(tmp_path / "after", **changes)

    assert {case for case in before if before[case] != after[case]} == {pool(1), pool(2), pool(4)}


def test_an_option_that_is_not_used_leaves_the_fingerprint_as_it_was(tmp_path: Path) -> None:
    plain = fingerprints(tmp_path / "plain", benchmarks__1__launcher="torchrun")
    never = {"kind": "torchrun", "max_restarts": 0}
    often = {"kind": "torchrun", "max_restarts": 3}

    assert fingerprints(tmp_path / "never", benchmarks__1__launcher=never) == plain
    assert fingerprints(tmp_path / "often", benchmarks__1__launcher=often) != plain


def test_an_injected_fault_is_part_of_the_identity_where_it_is_declared_only(
    tmp_path: Path,
) -> None:
    command = ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"]
    killed = {"name": "killed", "command": command, "levels": {"workers": [2]}}
    inject = {"kill_worker": 1, "at_s": 5.0}

    loaded = study(tmp_path, benchmarks__2=killed | {"inject": inject})

    cases = {run.case.id: run.case for run in make_plan(loaded, cores=4).runs}
    with_fault = cases["killed/threads=1,workers=2"].identity
    assert with_fault == cases[pool(2)].identity | {"inject": inject}


def test_the_programs_text_changes_the_fingerprint_and_its_line_ends_do_not(
    tmp_path: Path,
) -> None:
    program = tmp_path / "specs" / STUDY_ID / "pool.py"
    texts = {"lf": b"a = 1\nb = 2\n", "crlf": b"a = 1\r\nb = 2\r\n", "other": b"a = 1\nb = 3\n"}
    seen = {}
    study(tmp_path)
    for name, text in texts.items():
        program.write_bytes(text)
        plan = make_plan(load(tmp_path), cores=4)
        seen[name] = {run.case.id: run.case.fingerprint for run in plan.runs}

    assert seen["lf"] == seen["crlf"]
    assert {c for c in EVERY_CASE if seen["lf"][c] != seen["other"][c]} == set(EVERY_CASE)


def test_the_input_files_text_changes_the_fingerprint(tmp_path: Path) -> None:
    root = write_workspace(tmp_path, benchmarks__1__inputs=["sizes.txt"])
    folder = root / "specs" / STUDY_ID
    (folder / "sizes.txt").write_text("10")
    before = make_plan(load(tmp_path), cores=4).runs
    (folder / "sizes.txt").write_text("20")
    after = make_plan(load(tmp_path), cores=4).runs

    changed = {
        old.case.id
        for old, new in zip(before, after, strict=True)
        if old.case.fingerprint != new.case.fingerprint
    }
    assert changed == {pool(1), pool(2), pool(4)}


def test_runs_of_an_older_program_are_missing_again(tmp_path: Path) -> None:
    loaded = study(tmp_path)
    made = records(loaded, {name: around(1) for name in EVERY_CASE})
    (loaded.folder / "pool.py").write_text("print('changed')\n")

    missing = make_plan(load(tmp_path), cores=4, records=made).missing(made)

    assert {run.case.id for run in missing} == set(EVERY_CASE)
    assert len(missing) == 24


def test_several_gpus_are_given_to_accelerated_benchmarks_and_too_few_skip_a_case(
    tmp_path: Path,
) -> None:
    loaded = study(tmp_path, benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)

    plan = make_plan(loaded, cores=8, gpus=2)

    assert {run.case.device for run in plan.runs if run.case.benchmark.name == "pool"} == {"cuda"}
    assert {run.case.device for run in plan.runs if run.case.benchmark.name == "serial"} == {"cuda"}
    assert [skipped.reason for skipped in plan.skipped] == ["needs 4 GPUs; this machine has 2"]


@pytest.mark.parametrize("gpus", [0, 1])
def test_one_gpu_alone_is_left_aside(tmp_path: Path, gpus: int) -> None:
    loaded = study(tmp_path, benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)

    plan = make_plan(loaded, cores=8, gpus=gpus)

    assert {run.case.device for run in plan.runs} == {"cpu"}
    assert plan.skipped == ()


def test_the_simulated_benchmarks_are_those_that_this_file_names() -> None:
    assert [benchmark["name"] for benchmark in tables()["benchmarks"]] == ["serial", "pool"]


def test_the_seed_and_the_device_are_part_of_every_fingerprint(tmp_path: Path) -> None:
    loaded = study(tmp_path / "a", benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)
    before = {run.case.id: run.case.fingerprint for run in make_plan(loaded, cores=4).runs}
    on_gpus = make_plan(loaded, cores=4, gpus=4).runs

    reseeded = fingerprints(tmp_path / "b", reproducibility__seed=8)

    assert all(reseeded[case] != fingerprints(tmp_path / "c")[case] for case in reseeded)
    assert all(run.case.fingerprint != before[run.case.id] for run in on_gpus)


def test_a_cases_identity_is_in_the_open_and_its_fingerprint_is_the_hash_of_that(
    tmp_path: Path,
) -> None:
    loaded = study(tmp_path)
    case = next(run.case for run in make_plan(loaded, cores=4).runs if run.case.id == pool(2))

    identity = case.identity

    program = hashlib.sha256(b"print('simulated')\n").hexdigest()
    assert identity == {
        "command": ["python", "pool.py", "--workers", "2", "--seed", "7"],
        "seed": 7,
        "device": "cpu",
        "launcher": ["local", {}],
        "parser": "jsonl",
        "env": {},
        "files": {"pool.py": program, "serial.py": program},
    }
    text = json.dumps(identity, sort_keys=True).encode()
    assert case.fingerprint == fingerprint(identity) == hashlib.sha256(text).hexdigest()[:16]


def test_the_options_of_a_parser_are_part_of_the_identity_and_a_name_without_any_is_a_name(
    tmp_path: Path,
) -> None:
    def parser_of(folder: str, parser: object) -> object:
        loaded = load(write_workspace(tmp_path / folder, benchmarks__0__parser=parser))
        cases = {run.case.id: run.case for run in make_plan(loaded, cores=4).runs}
        return cases[SERIAL].identity["parser"]

    assert parser_of("a", "jsonl") == parser_of("b", {"kind": "jsonl"}) == "jsonl"
    units = {"work_time": "s", "accuracy": "1", "checksum": "1"}
    columns = [{"column": m, "metric": m, "unit": unit} for m, unit in units.items()]
    assert parser_of("c", {"kind": "csv", "columns": columns, "step": "n"}) == [
        "csv",
        {
            "columns": columns,
            "file": "stdout",
            "delimiter": ",",
            "rank": None,
            "step": "n",
            "phase": None,
        },
    ]


def test_an_engine_variable_of_the_surroundings_is_part_of_every_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_workspace(tmp_path)
    monkeypatch.delenv("NCCL_ALGO", raising=False)
    plain = {run.case.id: run.case for run in make_plan(load(tmp_path), cores=4).runs}
    monkeypatch.setenv("NCCL_ALGO", "Ring")
    ring = {run.case.id: run.case for run in make_plan(load(tmp_path), cores=4).runs}

    assert all(case.fingerprint != ring[case.id].fingerprint for case in plain.values())
    variables = ring[SERIAL].identity["engine_variables"]
    assert isinstance(variables, dict)
    assert variables["NCCL_ALGO"] == "Ring"


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": "Another Processor"},
        {"cores": 8},
        {"physical_cores": 2},
        {"gpus": ("H200",)},
        {"python": "3.12.0"},
        {"packages": {"torch": "2.13.0"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_runs_of_another_machine_or_software_are_missing_again(
    simulated_study: LoadedStudy, change: dict[str, object]
) -> None:
    made = records(simulated_study, TIMES)
    now = ENVIRONMENT.model_copy(update=change)

    plan = plan_for(simulated_study, now, made)

    assert len(plan.missing(made)) == len(plan.runs)
    assert plan.current(made) == []


@pytest.mark.parametrize(
    "change",
    [
        {"system": "Linux 6.2 x86_64"},
        {"capstone": "0.2.0"},
        {"memory_bytes": 8 * 2**30},
        {"git_commit": "f" * 40, "git_dirty": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_recorded_only_leaves_the_runs_valid(
    simulated_study: LoadedStudy, change: dict[str, object]
) -> None:
    made = records(simulated_study, TIMES)

    plan = plan_for(simulated_study, ENVIRONMENT.model_copy(update=change), made)

    assert plan.missing(made) == []
    assert plan.current(made) == made


def test_a_trial_of_other_software_does_not_decide_the_baseline(tmp_path: Path) -> None:
    loaded = study(tmp_path, **TUNED)
    trial = {serial(threads): around(8 / threads, runs=3) for threads in (1, 2, 4)}
    made = records(loaded, {}, trial=trial)
    newer = ENVIRONMENT.model_copy(update={"packages": {"torch": "2.13.0"}})

    assert plan_for(loaded, ENVIRONMENT, made).tuned is not None
    assert plan_for(loaded, newer, made).tuned is None
