"""Why runs no longer count: each change in words that the person who made it recognises."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.analysis.staleness import (
    StaleRun,
    changes,
    measured_engine_variables,
    measured_programs,
    shown,
    stale_runs,
    tally,
    worded,
)
from capstone_report.plan import Plan, plan_for
from capstone_report.results.records import Environment, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy
from simulated import (
    ENVIRONMENT,
    SERIAL,
    TIMES,
    Changes,
    around,
    case_id,
    load,
    pool,
    records,
    write_workspace,
)

TRIAL: Changes = {
    "baseline__tune": {"factor": "threads", "repeats": 3},
    "benchmarks__0__levels": {"threads": [1, 2]},
}


def stale_of(
    loaded: LoadedStudy, made: list[RunRecord], environment: Environment = ENVIRONMENT
) -> tuple[StaleRun, ...]:
    """Return the stale ones of some records."""
    plan = plan_for(loaded, environment, made)
    return stale_runs(plan, made, plan.current(made))


def reasons(
    root: Path,
    before: Changes,
    after: Changes,
    *,
    case: str = pool(2),
    environment: Environment = ENVIRONMENT,
    edit: Callable[[LoadedStudy], LoadedStudy] = lambda loaded: loaded,
) -> tuple[str, ...]:
    """Return why a run of one case is stale after the study was changed; nothing when it is not."""
    old = records(load(write_workspace(root, **before)), {case: [1.0]})
    now = edit(load(write_workspace(root, **after)))
    stale = stale_of(now, old, environment)
    return stale[0].reasons if stale else ()


def test_runs_that_still_count_have_no_reason(tmp_path: Path) -> None:
    assert reasons(tmp_path, {}, {"problem__title": "Another title"}) == ()


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (["--steps", "40"], ["--steps", "80"], "--steps 40 -> --steps 80"),
        (["--steps=40"], ["--steps=80"], "--steps=40 -> --steps=80"),
        (["a"], ["b"], "a -> b"),
        ([], ["--fast"], "--fast is new"),
        (["--fast"], [], "--fast is gone"),
        (["--a", "1", "--b"], ["--a", "2"], "--a 1 --b -> --a 2"),
    ],
    ids=["value", "joined", "argument", "added", "removed", "several"],
)
def test_a_changed_command_names_the_option_and_both_values(
    tmp_path: Path, before: list[str], after: list[str], reason: str
) -> None:
    program = ["python", "pool.py"]

    said = reasons(
        tmp_path,
        {"benchmarks__1__command": [*program, *before]},
        {"benchmarks__1__command": [*program, *after]},
    )

    assert said == (f"the command changed: {reason}",)


def test_a_changed_program_is_named(tmp_path: Path) -> None:
    def mended(loaded: LoadedStudy) -> LoadedStudy:
        (loaded.folder / "pool.py").write_text("print('mended')\n")
        (loaded.folder / "extra.py").write_text("")
        (loaded.folder / "serial.py").unlink()
        return load(tmp_path)

    said = reasons(tmp_path, {}, {}, edit=mended)

    assert said == ("extra.py is new", "pool.py changed", "serial.py is gone")


def test_another_seed_is_said_once_though_the_command_holds_it_too(tmp_path: Path) -> None:
    said = reasons(tmp_path, {"reproducibility__seed": 41}, {"reproducibility__seed": 42})

    assert said == ("seed 41 -> 42",)


def test_another_seed_hides_no_other_change_of_the_command(tmp_path: Path) -> None:
    command = ["python", "pool.py", "--seed", "{seed}"]

    said = reasons(
        tmp_path,
        {"benchmarks__1__command": [*command, "--fast"], "reproducibility__seed": 41},
        {"benchmarks__1__command": command, "reproducibility__seed": 42},
    )

    assert said == ("seed 41 -> 42", "the command changed: --seed 41 --fast -> --seed 42")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({}, {"benchmarks__1__env": {"X": "on"}}, "X was unset, is on"),
        ({"benchmarks__1__env": {"X": "on"}}, {"benchmarks__1__env": {"X": ""}}, "X was on, is ''"),
        ({"benchmarks__1__env": {"X": "on"}}, {}, "X was on, is unset"),
        ({}, {"benchmarks__1__launcher": "torchrun"}, "launcher local -> torchrun"),
    ],
    ids=["set", "changed", "unset", "launcher"],
)
def test_variables_and_launchers_are_named_with_both_values(
    tmp_path: Path, before: Changes, after: Changes, reason: str
) -> None:
    assert reasons(tmp_path, before, after) == (reason,)


def test_a_fault_is_named_with_both_times(tmp_path: Path) -> None:
    def killed(at_s: float) -> Changes:
        inject = {"kill_worker": 1, "at_s": at_s}
        command = ["python", "pool.py", "{workers}"]
        levels = {"workers": [2]}
        benchmark = {"name": "k", "command": command, "levels": levels, "inject": inject}
        return {"benchmarks__2": benchmark}

    case = case_id("k", workers=2)

    assert reasons(tmp_path, killed(5.0), killed(5.0), case=case) == ()
    said = reasons(tmp_path, killed(5.0), killed(6.0), case=case)
    assert said == ("inject's at_s 5.0 -> 6.0",)


def test_an_engine_variable_is_named_with_both_values(tmp_path: Path) -> None:
    def ring(loaded: LoadedStudy) -> LoadedStudy:
        return replace(loaded, engine_variables={**loaded.engine_variables, "NCCL_ALGO": "Ring"})

    assert reasons(tmp_path, {}, {}, edit=ring) == ("NCCL_ALGO was unset, is Ring",)


def test_gpus_that_came_change_the_device_and_the_machine(tmp_path: Path) -> None:
    accelerated = {"benchmarks__0__accelerated": True, "benchmarks__1__accelerated": True}

    said = reasons(
        tmp_path,
        accelerated,
        accelerated,
        environment=ENVIRONMENT.model_copy(update={"gpus": ("H200", "H200")}),
    )

    assert said == ("device cpu -> cuda", "GPUs none -> 2 x H200")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"packages": {"torch": "2.13.0"}}, "torch 2.6.0 -> 2.13.0"),
        ({"packages": {}}, "torch 2.6.0 -> not installed"),
        ({"packages": {"torch": "2.6.0", "numpy": "2.4.0"}}, "numpy not installed -> 2.4.0"),
        ({"python": "3.12.0"}, "Python 3.11.7 -> 3.12.0"),
        ({"physical_cores": None}, "physical cores 4 -> none"),
    ],
    ids=["version", "removed", "added", "python", "unknown"],
)
def test_another_machine_or_software_is_named_by_its_fact(
    tmp_path: Path, change: Changes, reason: str
) -> None:
    now = ENVIRONMENT.model_copy(update=change)

    assert reasons(tmp_path, {}, {}, environment=now) == (reason,)


def test_a_case_that_is_gone_or_cannot_be_measured_here_says_so(tmp_path: Path) -> None:
    gone = reasons(tmp_path / "a", {}, {"benchmarks__1__levels": {"workers": [1, 4]}})
    small = ENVIRONMENT.model_copy(update={"cores": 2})
    too_large = reasons(tmp_path / "b", {}, {}, case=pool(4), environment=small)

    assert gone == ("the case is no longer declared",)
    assert too_large == ("needs 4 cores; this machine has 2", "cores 4 -> 2")


def trial_study(root: Path) -> tuple[LoadedStudy, list[RunRecord]]:
    """Return a study whose trial chooses two threads, with its trial and the baseline's runs."""
    loaded = load(write_workspace(root, **TRIAL))
    two = SERIAL.replace("threads=1", "threads=2")
    trial = {SERIAL: around(8, runs=3), two: around(5, runs=3)}
    return loaded, records(loaded, {two: around(5)}, trial=trial)


def test_runs_of_a_level_that_the_trial_no_longer_chooses_say_so(tmp_path: Path) -> None:
    loaded, made = trial_study(tmp_path)
    slower = [
        run.model_copy(update={"samples": tuple(s.model_copy(update={"value": 9.0}) for s in run.samples)})
        if run.phase is Phase.TRIAL and run.levels["threads"] == 2
        else run
        for run in made
    ]  # fmt: skip

    rechosen = stale_of(loaded, slower)
    measured = made[6:]
    undecided = stale_of(loaded, measured)

    assert tally(rechosen) == (("the trial chose another level", 6),)
    assert tally(undecided) == (("the trial is not complete", 6),)


def test_the_trial_of_a_study_that_has_none_any_more_is_stale(tmp_path: Path) -> None:
    _, made = trial_study(tmp_path)
    now = load(write_workspace(tmp_path, benchmarks__0__levels=TRIAL["benchmarks__0__levels"]))

    stale = stale_of(now, made)

    assert tally(stale) == (("no trial is planned any more", 6),)


def test_records_of_format_1_say_what_is_known_of_them(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))
    old = {"identity": {}, "fingerprint": "0" * 16}
    made = [run.model_copy(update=old) for run in records(loaded, {pool(2): [1.0]})]

    (stale,) = stale_of(loaded, made)

    assert stale.reasons == ("the program, its inputs or its command changed",)


@pytest.mark.parametrize(
    ("key", "then", "reason"),
    [
        ("parser", "regex", "parser regex -> jsonl"),
        ("parser", ["csv", {"file": "stdout"}], "parser csv -> jsonl"),
        ("parser", ["jsonl", {"file": "stdout"}], "parser's file stdout -> none"),
        ("parser", None, "parser none -> jsonl"),
        ("launcher", ["local", {"level": 1}], "launcher's level 1 -> none"),
        ("launcher", [], "launcher none -> local"),
        ("launcher", ["local", {"level": 1, "same": None}], "launcher's level 1 -> none"),
    ],
    ids=[
        "parser",
        "parser with options",
        "parser option",
        "no parser",
        "option",
        "nothing",
        "one of two options",
    ],
)
def test_another_parser_or_option_is_named_with_both_values(
    simulated_plan: tuple[Plan, RunRecord], key: str, then: object, reason: str
) -> None:
    plan, record = simulated_plan
    case = next(run.case for run in plan.runs if run.case.id == record.case_id)
    old = {"identity": {**record.identity, key: then}, "fingerprint": "0" * 16}

    assert changes(record.model_copy(update=old), case, plan.environment) == (reason,)


def test_an_identity_that_was_hashed_otherwise_says_what_is_known_of_it(
    simulated_plan: tuple[Plan, RunRecord],
) -> None:
    plan, record = simulated_plan
    case = next(run.case for run in plan.runs if run.case.id == record.case_id)
    odd = record.model_copy(update={"fingerprint": "0" * 16})

    assert changes(odd, case, None) == ("the program, its inputs or its command changed",)


@settings(max_examples=40, deadline=None)
@given(
    identity=st.dictionaries(
        st.sampled_from(
            [
                *("command", "seed", "device", "launcher", "parser", "env", "files"),
                *("engine_variables", "programs"),
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.text(max_size=3), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)
def test_any_identity_that_json_can_hold_is_compared_without_an_error(
    identity: dict[str, object], simulated_plan: tuple[Plan, RunRecord]
) -> None:
    plan, record = simulated_plan
    odd = record.model_copy(update={"identity": identity, "fingerprint": "0" * 16})
    case = next(run.case for run in plan.runs if run.case.id == record.case_id)

    said = changes(odd, case, plan.environment)

    assert said
    assert all(reason.isprintable() for reason in said)
    assert isinstance(measured_engine_variables(odd), dict)
    assert measured_programs([odd]).keys() == {odd.benchmark}


@pytest.fixture(scope="module")
def simulated_plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, RunRecord]:
    """The plan of the simulated study, and one of its records."""
    loaded = load(write_workspace(tmp_path_factory.mktemp("staleness")))
    made = records(loaded, TIMES)
    return plan_for(loaded, ENVIRONMENT, made), made[-1]


@pytest.mark.parametrize(
    ("value", "text"),
    [("", "''"), ("\x1b[2J", r"'\x1b[2J'"), (None, "none"), (3, "3"), ("x" * 99, "x" * 60 + "...")],
)
def test_values_are_shown_without_controls_and_never_long(value: str | None, text: str) -> None:
    assert shown(value) == text


def test_many_reasons_are_counted_and_the_rarest_left_out(
    simulated_plan: tuple[Plan, RunRecord],
) -> None:
    runs = [
        StaleRun(record=simulated_plan[1], reasons=(f"{name}.py changed",)) for name in "aabcdefg"
    ]

    assert worded(tally(runs)) == (
        "a.py changed (2), b.py changed (1), c.py changed (1), d.py changed (1), and 3 more"
    )
    assert worded(tally(runs[:2])) == "a.py changed (2)"
