"""Studies with known times: a small valid study, and records of runs that nobody had to make.

    root = write_workspace(tmp_path, problem__title="Other", cost=GONE)
    loaded = load(root)
    journal = write_journal(machine_folder(loaded), records(loaded, TIMES))

or all of it, and what it says, at once:

    analysis = analyse(tmp_path, {SERIAL: around(8), pool(2): around(4)}, problem__title="Other")

A change names its key path with `__` between the parts, and an item of a list by its number:
`benchmarks__1__repeats=3`. `GONE` takes the key away; tables on the way are made where they miss.
The study's benchmarks are 0, the baseline "serial", and 1, the scaling "pool" at 1, 2 and 4 workers.
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.errors import Problem, SpecError
from capstone_report.plan import PlannedRun, plan_for
from capstone_report.results.journal import JOURNAL, Journal, open_journal, read_journal
from capstone_report.results.records import (
    CampaignRecord,
    Environment,
    Outcome,
    Phase,
    RecordedTarget,
    RunRecord,
    Sample,
)
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.units import UNITS
from capstone_report.warmup import warmup_steps

Tables: TypeAlias = dict[str, Any]
Changes: TypeAlias = dict[str, Any]
Times: TypeAlias = Mapping[str, Sequence[float]]
Edit: TypeAlias = Callable[[RunRecord], RunRecord]

GONE = object()
STUDY_ID = "simulated"
MACHINE = "invented-x1-000000"
STARTED = datetime(2026, 11, 21, 10, tzinfo=UTC)
START_UP_S = 0.25

STUDY = """\
format = 1

[problem]
title = "A simulated study"
question = "Do several workers take less time than one process?"
ceiling = "data-io"
one_machine = "One process needs 8 s for 120 items."
headline_metric = "work_time"
target = { speedup = 1.5 }
tolerates = "synchronous"
demand = { data_bytes = 24e9, within_s = 8.0 }
machine = { name = "one server", read_bytes_per_s = 1e9, source = "invented" }

[axis]
name = "data"
why = "The items are independent."

[baseline]
kind = "best-serial"
benchmark = "serial"
tuned = ["vectorised"]
correctness = { metrics = ["checksum"], rtol = 1e-6 }

[design]
partitioning = { choice = "data", why = "Each worker takes a share of the items.", unit = "an item" }
consistency = { choice = "synchronous", why = "The sum needs every share." }
fault_tolerance = { choice = "replicate-reexecute", why = "A run is short." }
load_balancing = { choice = "even-sharding", why = "The items are equal." }

[design.communication]
choice = "scatter-gather"
why = "Only the sums come back."
primitive = "a pipe"
message_bytes = 8

[design.coordination]
choice = "central"
why = "One parent starts and collects."
when_it_dies = "Its workers end, and the run is made again."

[cost]
price = "core-hour"
billed_per = "core"

[metrics.work_time]
description = "from the first item to the last"
unit = "s"
kind = "cost"
direction = "lower"
scope = "total"

[metrics.accuracy]
description = "share of the items that are classified correctly"
unit = "1"
kind = "quality"
direction = "higher"
scope = "total"
gate = { at_least = 0.9 }

[metrics.checksum]
description = "sum over all items"
unit = "1"
kind = "count"
direction = "higher"
scope = "total"

[[benchmarks]]
name = "serial"
command = ["python", "serial.py", "--threads", "{threads}"]
launcher = "local"
repeats = 6
work = 120
work_unit = "items"

[[benchmarks]]
name = "pool"
command = ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"]
launcher = "local"
levels = { workers = [1, 2, 4] }
scaling = "strong"
held_fixed = ["the 120 items"]
repeats = 6
work = 120
work_unit = "items"

[reproducibility]
seed = 7
licence = "MIT"
data = { name = "items", source = "generated", licence = "none needed", split = "even" }

[report]
date = 2026-11-21
"""

WORKSPACE = """\
format = 1

[site]
title = "Simulated studies"

[prices.core-hour]
usd_per_hour = 0.36
unit = "core"
date = 2026-11-21
source = "invented"
"""

ENVIRONMENT = Environment(
    cpu="Invented Processor X1",
    cores=4,
    physical_cores=4,
    memory_bytes=16 * 2**30,
    system="Linux 6.1 x86_64",
    python="3.11.7",
    packages={"torch": "2.6.0"},
    capstone="0.1.0",
    git_commit="0123456789abcdef0123456789abcdef01234567",
    git_dirty=False,
)

VALUES = {"accuracy": 0.97, "checksum": 41.0}
"""What every simulated run reports beside its time; other metrics report 1."""


def spot(problem: Problem) -> str:
    """Return the file and the key path of a problem, which do not move when a study gets longer."""
    place = problem.place
    return f"{place.file}: {place.key}" if place and place.key else problem.where


def case_id(benchmark: str, *, workers: int = 1, threads: int = 1) -> str:
    """Return the id of a case that has no other factors."""
    return f"{benchmark}/threads={threads},workers={workers}"


def pool(workers: int) -> str:
    """Return the id of the scaling benchmark's case with that many workers."""
    return case_id("pool", workers=workers)


def around(seconds: float, runs: int = 6) -> list[float]:
    """Return that many different times, from `seconds` upwards in steps of one percent."""
    return [seconds * (1 + run / 100) for run in range(runs)]


SERIAL = case_id("serial")
TIMES = {SERIAL: around(8), pool(1): around(9), pool(2): around(4.5), pool(4): around(2.5)}
"""A complete study, in which four workers are about 3.2 times as fast as the baseline."""


def tables(text: str = STUDY, **changes: object) -> Tables:
    """Return the tables of a TOML text with changes made."""
    found = tomllib.loads(text)
    for path, value in changes.items():
        _change(found, path.split("__"), value)
    return found


def _change(here: Any, path: Sequence[str], value: object) -> None:  # noqa: ANN401 - TOML
    """Make one change in a table or a list."""
    part: Any = int(path[0]) if isinstance(here, list) else path[0]
    if len(path) > 1:
        inner = here[part] if isinstance(here, list) else here.setdefault(part, {})
        _change(inner, path[1:], value)
    elif value is GONE:
        del here[part]
    elif isinstance(here, list):
        here[part : part + 1] = [value]
    else:
        here[part] = value


def toml(found: Mapping[str, object]) -> str:
    """Return tables as TOML, one line per key."""
    return "".join(f"{_text(key)} = {_toml(value)}\n" for key, value in found.items())


def _toml(value: object) -> str:
    """Return one value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _text(value: str) -> str:
    """Return text as a basic string, which escapes what JSON escapes, and DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def setting(path: str, value: object) -> Changes:
    """Return one change whose key path is not written out: `study_text(**setting(path, 3))`."""
    return {path: value}


def said(problem: Problem) -> str:
    """Return a problem in one line, with its file and key path instead of line and column."""
    return f"{spot(problem)}: [{problem.code}] {problem.what}; {problem.remedy}"


def study_text(**changes: object) -> str:
    """Return the valid study's TOML with changes made."""
    return toml(tables(STUDY, **changes))


def workspace_text(**changes: object) -> str:
    """Return the workspace file's TOML with changes made, such as `prices__core-hour__estimate`."""
    return toml(tables(WORKSPACE, **changes))


def write_workspace(
    root: Path,
    *,
    study_id: str = STUDY_ID,
    prose: Mapping[str, str] | None = None,
    workspace: Mapping[str, object] | None = None,
    **changes: object,
) -> Path:
    """Write a workspace with one study, changed, and return its root; call again for a second one.

    `prose` is the author's Markdown by page, `workspace` are changes of capstone.toml.
    """
    folder = root / "specs" / study_id
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"report__{page}": f"{page}.md" for page in prose or {}}
    for page, text in (prose or {}).items():
        (folder / f"{page}.md").write_text(text, encoding="utf-8")
    for program in ("serial.py", "pool.py"):
        (folder / program).write_text("print('simulated')\n")
    (folder / "study.toml").write_text(study_text(**files, **changes), encoding="utf-8")
    (root / "capstone.toml").write_text(workspace_text(**(workspace or {})), encoding="utf-8")
    return root


def load(root: Path, study_id: str = STUDY_ID) -> LoadedStudy:
    """Return one study of a workspace."""
    return load_project(root, (study_id,)).studies[0]


def spec_problems(root: Path) -> tuple[Problem, ...]:
    """Return what loading a workspace complains about, in order; nothing when it is valid."""
    try:
        load_project(root)
    except SpecError as error:
        return error.problems
    return ()


def record(
    loaded: LoadedStudy,
    run: PlannedRun,
    seconds: float,
    *,
    environment: Environment = ENVIRONMENT,
    number: int = 0,
) -> RunRecord:
    """Return the record of a planned run that took that many seconds, the `number`th of all."""
    study, case = loaded.study, run.case
    headline = study.problem.headline_metric
    factor = UNITS[study.metrics[headline].unit][1]
    values = {name: VALUES.get(name, 1.0) for name in study.metrics} | {headline: seconds / factor}
    name = case.id.replace("/", "-").replace(",", "-").replace("=", "-")
    return RunRecord(
        run_id=f"{name}-{run.phase}-{run.repeat}-0",
        case_id=case.id,
        fingerprint=case.fingerprint,
        identity=case.identity,
        benchmark=case.benchmark.name,
        phase=run.phase,
        workers=case.allocation.workers,
        threads=case.allocation.threads,
        levels=case.levels,
        repeat=run.repeat,
        attempt=0,
        order=run.order,
        command=case.command,
        started_at=(STARTED + timedelta(minutes=number)).isoformat(),
        outcome=Outcome.OK,
        wall_time_s=seconds + START_UP_S,
        exit_code=0,
        signal=None,
        peak_memory_bytes=case.allocation.workers * 64 * 2**20,
        cpu_time_s=seconds * case.cores,
        other_load=0.1,
        samples=tuple(
            Sample(metric=metric, value=value, unit=study.metrics[metric].unit)
            for metric, value in values.items()
        ),
        environment=environment,
    )


def records(
    loaded: LoadedStudy,
    times: Times,
    *,
    trial: Times | None = None,
    environment: Environment = ENVIRONMENT,
) -> list[RunRecord]:
    """Return runs that took the given seconds, by case id, block by block; the trial's come first.

    Every run ended well, is current, and reports every declared metric (see `VALUES`).
    """
    made: list[RunRecord] = []
    for phase, wanted in ((Phase.TRIAL, trial or {}), (Phase.MEASUREMENT, times)):
        cases = {case.id: case for case in plan_for(loaded, environment, made).cases(phase)}
        slots = [(repeat, name) for name in wanted for repeat in range(len(wanted[name]))]
        for repeat, name in sorted(slots, key=lambda slot: slot[0]):
            run = PlannedRun(case=cases[name], phase=phase, repeat=repeat, order=len(made))
            seconds = wanted[name][repeat]
            made.append(record(loaded, run, seconds, environment=environment, number=len(made)))
    return made


def reporting(run: RunRecord, **values: float) -> RunRecord:
    """Return a run that reports other values of some metrics, in their own units."""
    samples = tuple(
        sample.model_copy(update={"value": values.get(sample.metric, sample.value)})
        for sample in run.samples
    )
    return run.model_copy(update={"samples": samples})


def stepping(run: RunRecord, steps: Sequence[float]) -> RunRecord:
    """Return a run that reports its time step by step, as a campaign would record it."""
    (timed, *others) = run.samples
    series = tuple(
        timed.model_copy(update={"value": seconds, "step": step})
        for step, seconds in enumerate(steps)
    )
    return run.model_copy(
        update={
            "samples": (*series, *others),
            "wall_time_s": sum(steps) + START_UP_S,
            "warmup_steps": warmup_steps(series),
        }
    )


def noise_runs(
    loaded: LoadedStudy, first: Sequence[float], second: Sequence[float]
) -> list[RunRecord]:
    """Return a noise floor: the baseline's case in pairs, with the times of its two arms."""
    plan = plan_for(loaded, ENVIRONMENT, (), noise_floor=len(first))
    pairs = [run for run in plan.runs if run.phase is Phase.NOISE_FLOOR]
    arms = (first, second)
    return [record(loaded, run, arms[run.repeat % 2][run.repeat // 2]) for run in pairs]


def machine_folder(loaded: LoadedStudy) -> Path:
    """Return the folder of the invented machine's records."""
    return loaded.folder / "results" / MACHINE


def write_journal(
    folder: Path,
    runs: Sequence[RunRecord],
    *,
    meanwhile: Callable[[], object] = lambda: None,
    target: RecordedTarget | None = None,
) -> Journal:
    """Write a machine's journal anew, a campaign and its runs, and return it as it reads back.

    `meanwhile` happens once the journal is open: outputs that are there before it are refused.
    """
    (folder / JOURNAL).unlink(missing_ok=True)
    with open_journal(folder) as (_, writer):
        meanwhile()
        for opening in runs[:1]:
            writer.append(
                CampaignRecord(
                    seed=7,
                    planned_runs=len(runs),
                    started_at=opening.started_at,
                    target=target,
                    environment=opening.environment,
                )
            )
        for run in runs:
            writer.append(run)
    return read_journal(folder)


def analyse(
    root: Path,
    times: Times,
    *,
    trial: Times | None = None,
    environment: Environment = ENVIRONMENT,
    edit: Edit | None = None,
    noise: tuple[Sequence[float], Sequence[float]] = ((), ()),
    prose: Mapping[str, str] | None = None,
    workspace: Mapping[str, object] | None = None,
    **changes: object,
) -> Analysis:
    """Write a changed workspace and records of known times, each passed through `edit`; analyse.

    `noise` are the times of the two arms of a noise floor.
    """
    write_workspace(root, prose=prose, workspace=workspace, **Changes(changes))
    project = load_project(root)
    loaded = project.studies[0]
    runs = records(loaded, times, trial=trial, environment=environment)
    runs += noise_runs(loaded, *noise) if noise[0] else []
    journal = write_journal(machine_folder(loaded), [edit(run) if edit else run for run in runs])
    return analyze(loaded, project.workspace, journal)


def codes(analysis: Analysis) -> list[str]:
    """Return the codes of an analysis's findings, in their order."""
    return [finding.code for finding in analysis.findings]
