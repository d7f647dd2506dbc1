"""CAP3xx and CAP4xx for real: records of known runs that provoke each rule, and records that do not.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from collections.abc import Callable
from pathlib import Path

from capstone_report.analysis.analyze import analyze
from capstone_report.measure.campaign import run_campaign
from capstone_report.measure.options import Options
from capstone_report.results.records import Outcome, RecordedTarget, RunRecord, Sample
from capstone_report.results.values import SHARED_SAMPLES
from capstone_report.spec.load import load_project
from diagnosed import analyze_diagnosis, diagnosis_records
from findings.situation import Seen
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    TIMES,
    Edit,
    analyse,
    around,
    codes,
    load,
    machine_folder,
    pool,
    records,
    reporting,
    stepping,
    write_journal,
    write_workspace,
)

BROKEN = "raise SystemExit('no such file: train.csv')\n"
WORKING = (
    "from capstone_report.workloads.emit import metric\n"
    "for name in ('work_time', 'accuracy', 'checksum'):\n"
    "    metric(name, 0.001, 's' if name == 'work_time' else '1')\n"
)


def at_four_workers(change: Edit) -> Edit:
    """Return an edit of all runs with four workers."""
    return lambda run: change(run) if run.case_id == pool(4) else run


def changed(**fields: object) -> Edit:
    """Return an edit that replaces fields of a record."""
    return lambda run: run.model_copy(update=fields)


def seen(root: Path, *, bad: Callable[[Path], list[str]]) -> Seen:
    """Return a bad situation beside the complete study, which is the good one of most rules."""
    return Seen(bad=bad(root / "bad"), good=codes(analyse(root / "good", TIMES)))


def edited(root: Path, edit: Edit) -> Seen:
    """Return the complete study beside the same with its records edited."""
    return seen(root, bad=lambda bad: codes(analyse(bad, TIMES, edit=edit)))


def declared(root: Path, **changes: object) -> Seen:
    """Return the complete study beside the same with its declaration changed."""
    return seen(root, bad=lambda bad: codes(analyse(bad, TIMES, **changes)))  # type: ignore[arg-type] # named ones are analyse's own


def measured(root: Path, program: str, options: Options | None = None) -> list[str]:
    """Return what a real campaign with a program finds."""
    write_workspace(root, benchmarks__0__repeats=1, benchmarks__1__repeats=1)
    for name in ("serial.py", "pool.py"):
        (root / "specs" / "simulated" / name).write_text(program)
    return [finding.code for finding in run_campaign(load(root), lambda _: None, options).findings]


def cap301(root: Path) -> Seen:
    """A program that ends with an error, and one that reports its time."""
    return Seen(bad=measured(root / "bad", BROKEN), good=measured(root / "good", WORKING))


def cap302(root: Path) -> Seen:
    """A case that fails again when it is tried again."""
    return cap301(root)


def cap303(root: Path) -> Seen:
    """One of all attempts failed."""
    failed = changed(outcome=Outcome.FAILED)
    return edited(root, lambda run: failed(run) if run.repeat == 0 else run)


def cap304(root: Path) -> Seen:
    """A program that was edited after it was measured."""

    def bad(root: Path) -> list[str]:
        before = load(write_workspace(root))
        journal = write_journal(machine_folder(before), records(before, TIMES))
        (before.folder / "pool.py").write_text("print('mended')\n")
        project = load_project(root)
        return codes(analyze(project.studies[0], project.workspace, journal))

    return seen(root, bad=bad)


def cap305(root: Path) -> Seen:
    """Four of six planned runs."""
    few = TIMES | {pool(4): around(2.5, runs=4)}
    return seen(root, bad=lambda bad: codes(analyse(bad, few)))


def cap306(root: Path) -> Seen:
    """A machine with two cores for a study with four workers."""
    small = ENVIRONMENT.model_copy(update={"cores": 2})
    times = {case: seconds for case, seconds in TIMES.items() if case != pool(4)}
    return seen(root, bad=lambda bad: codes(analyse(bad, times, environment=small)))


def cap307(root: Path) -> Seen:
    """A colleague's job on three of four cores."""
    return edited(root, changed(other_load=3.1))


def cap308(root: Path) -> Seen:
    """Milliseconds that were reported as seconds."""
    return edited(root, at_four_workers(lambda run: reporting(run, work_time=2550.0)))


def cap309(root: Path) -> Seen:
    """Only the distributed version was measured."""
    return seen(root, bad=lambda bad: codes(analyse(bad, {pool(4): around(2.5)})))


def cap310(root: Path) -> Seen:
    """A time that was rounded to nothing."""

    def rounded(run: RunRecord) -> RunRecord:
        spoilt = run.case_id == pool(4) and run.repeat == 0
        return reporting(run, work_time=0.0) if spoilt else run

    return edited(root, rounded)


def steps(*levels: tuple[int, float]) -> Edit:
    """Return an edit that gives runs with four workers steps at these levels, so many of each."""
    times = [level + 0.001 * (i % 3) for count, level in levels for i in range(count)]
    return at_four_workers(lambda run: stepping(run, times))


def stepped(root: Path, *levels: tuple[int, float]) -> Seen:
    """Return runs of steady steps beside runs whose steps change their level."""
    good = codes(analyse(root / "good", TIMES, edit=steps((100, 0.02))))
    return Seen(bad=codes(analyse(root / "bad", TIMES, edit=steps(*levels))), good=good)


def cap311(root: Path) -> Seen:
    """Five slow steps at the start."""
    return stepped(root, (5, 0.1), (95, 0.02))


def cap312(root: Path) -> Seen:
    """A machine that slows down after thirty steps."""
    return stepped(root, (30, 0.02), (70, 0.1))


def cap313(root: Path) -> Seen:
    """Steps that change in the last third."""
    return stepped(root, (80, 0.02), (20, 0.1))


def cap314(root: Path) -> Seen:
    """Eight runs within 7 % where 0.1 % was the target, and where 5 % was."""
    times = TIMES | {SERIAL: around(8, runs=8)}
    changes = {"relative": 0.001, "at_most": 8}
    bad = codes(analyse(root / "bad", times, benchmarks__0__precision=changes))
    kept = {"relative": 0.05, "at_most": 8}
    return Seen(bad=bad, good=codes(analyse(root / "good", times, benchmarks__0__precision=kept)))


def cap315(root: Path) -> Seen:
    """A target precision, and a fixed number of runs."""
    return declared(root, benchmarks__1__precision={"relative": 0.05, "at_most": 30})


def cap316(root: Path) -> Seen:
    """A baseline that differs from itself by more than four workers do from it, and a quiet one."""
    close = {SERIAL: around(8), pool(4): around(7)}
    wild = analyse(root / "bad", close, noise=([4.0, 12.0] * 3, [12.0, 4.0] * 3))
    quiet = analyse(root / "good", TIMES, noise=(around(8), around(8)))
    return Seen(bad=codes(wild), good=codes(quiet))


def cap320(root: Path) -> Seen:
    """A limit of one failure, with programs that fail and with programs that work."""
    once = Options(max_failures=1)
    return Seen(
        bad=measured(root / "bad", BROKEN, once), good=measured(root / "good", WORKING, once)
    )


def cap321(root: Path) -> Seen:
    """A program that writes to itself, and one that does not."""
    changing = WORKING + "with open(__file__, 'a') as program:\n    program.write('# more\\n')\n"
    return Seen(bad=measured(root / "bad", changing), good=measured(root / "good", WORKING))


def cap401(root: Path) -> Seen:
    """Three runs on either side."""
    three = {SERIAL: around(8, runs=3), pool(4): around(2.5, runs=3)}
    return seen(root, bad=lambda bad: codes(analyse(bad, three)))


def cap402(root: Path) -> Seen:
    """Five runs of the baseline."""
    return seen(root, bad=lambda bad: codes(analyse(bad, TIMES | {SERIAL: around(8, runs=5)})))


def cap403(root: Path) -> Seen:
    """Three worker counts, and four."""
    counts = [1, 2, 3, 4]
    times = {SERIAL: around(8)} | {pool(workers): around(9 / workers) for workers in counts}
    good = analyse(root / "good", times, benchmarks__1__levels={"workers": counts})
    return Seen(bad=codes(analyse(root / "bad", TIMES)), good=codes(good))


def cap404(root: Path) -> Seen:
    """An accuracy below the gate."""
    return edited(root, at_four_workers(lambda run: reporting(run, accuracy=0.85)))


def cap405(root: Path) -> Seen:
    """A sum without a quarter of the data."""
    return edited(root, at_four_workers(lambda run: reporting(run, checksum=30.75)))


def cap406(root: Path) -> Seen:
    """A baseline from before an update of the kernel."""
    updated = changed(environment=ENVIRONMENT.model_copy(update={"system": "Linux 6.2 x86_64"}))
    return edited(root, lambda run: updated(run) if run.benchmark == "serial" else run)


def cap407(root: Path) -> Seen:
    """Eight busy workers on four cores."""

    def bad(root: Path) -> list[str]:
        times = {SERIAL: around(8), pool(8): around(2)}
        levels = {"workers": [8]}
        return codes(
            analyse(root, times, benchmarks__1__levels=levels, benchmarks__1__oversubscribe=True)
        )

    return seen(root, bad=bad)


def cap408(root: Path) -> Seen:
    """Several workers on one machine, and a single one, which talks to nobody."""
    alone = analyse(root / "good", {SERIAL: around(8), pool(1): around(9)})
    return Seen(bad=codes(analyse(root / "bad", TIMES)), good=codes(alone))


def cap409(root: Path) -> Seen:
    """Times of both sides that lie among each other."""
    alike = {SERIAL: [8.0, 8.1, 8.2, 8.3, 8.4, 8.5], pool(4): [7.9, 8.05, 8.15, 8.35, 8.45, 8.6]}
    return seen(root, bad=lambda bad: codes(analyse(bad, alike)))


def cap410(root: Path) -> Seen:
    """A price that is marked as an estimate."""
    return declared(root, workspace={"prices__core-hour__estimate": True})


def cap411(root: Path) -> Seen:
    """A speedup over one worker of the distributed program."""
    return declared(root, baseline__kind="one-worker", baseline__benchmark="pool")


def cap412(root: Path) -> Seen:
    """A compared value, but no gate."""
    return declared(root, metrics__accuracy__gate=GONE)


def cap413(root: Path) -> Seen:
    """A gate, but no compared value."""
    return declared(root, baseline__correctness=GONE)


def cap414(root: Path) -> Seen:
    """One core against four, and four against four."""
    times = {"serial/threads=4,workers=1": around(8), pool(4): around(2.5)}
    good = analyse(root / "good", times, benchmarks__0__levels={"threads": [4]})
    return Seen(bad=codes(analyse(root / "bad", TIMES)), good=codes(good))


def cap416(root: Path) -> Seen:
    """A target at three workers, where one, two and four were measured."""
    return declared(root, problem__target={"speedup": 1.5, "workers": 3})


def cap417(root: Path) -> Seen:
    """Runs that do not report the gated accuracy."""

    def silent(run: RunRecord) -> RunRecord:
        return run.model_copy(
            update={"samples": tuple(s for s in run.samples if s.metric != "accuracy")}
        )

    return edited(root, at_four_workers(silent))


def cap418(root: Path) -> Seen:
    """The slowest run was stopped at its limit."""
    stopped = changed(outcome=Outcome.TIMEOUT)
    return edited(root, at_four_workers(lambda run: stopped(run) if run.repeat == 0 else run))


def cap419(root: Path) -> Seen:
    """Every step was marked as warm-up."""

    def warming(run: RunRecord) -> RunRecord:
        samples = tuple(s.model_copy(update={"phase": "warmup"}) for s in run.samples)
        return run.model_copy(update={"samples": samples})

    return edited(root, at_four_workers(warming))


def cap420(root: Path) -> Seen:
    """A study that needs two workers at least, and one whose baseline is one machine."""
    changes: dict[str, object] = {
        "baseline__kind": "smallest-feasible",
        "baseline__benchmark": "pool",
        "baseline__smallest_workers": 2,
        "benchmarks__1__levels": {"workers": [2, 4]},
        "problem__demand__memory_bytes": 150e9,
        "problem__machine__memory_bytes": 80e9,
    }
    times = {pool(2): around(4), pool(4): around(2)}
    relative = codes(analyse(root / "relative", times, **changes))  # type: ignore[arg-type] # named ones are analyse's own
    return Seen(bad=relative, good=codes(analyse(root / "good", TIMES)))


def cap421(root: Path) -> Seen:
    """Workers that each report the rate of their share, declared total and per-worker."""

    def shares(run: RunRecord) -> RunRecord:
        seconds = next(s.value for s in run.samples if s.metric == "work_time")
        told = (
            Sample(metric="rate", value=120 / run.workers / seconds, unit="samples/s", rank=rank)
            for rank in range(run.workers)
        )
        others = (sample for sample in run.samples if sample.metric != "rate")
        return run.model_copy(update={"samples": (*others, *told)})

    def declared(scope: str) -> dict[str, str]:
        said = {"description": "items in a second", "unit": "samples/s", "kind": "rate"}
        return {**said, "direction": "higher", "scope": scope}

    bad = analyse(root / "bad", TIMES, edit=shares, metrics__rate=declared("total"))
    good = analyse(root / "good", TIMES, edit=shares, metrics__rate=declared("per-worker"))
    return Seen(bad=codes(bad), good=codes(good))


def diagnosed(root: Path, *, share: float, loading: float | None, **changes: object) -> list[str]:
    """Return what a diagnosis finds in a baseline at some share of both roofs."""
    ablations = [{"name": "cached", "removes": "io", "args": ["--cached"]}] if loading else []
    declared = {"flop": 8e9 * share, "bytes": 8e6 * share, "ablations": ablations}
    found = load(write_workspace(root, diagnosis=declared, **changes))  # type: ignore[arg-type] # key paths only
    return codes(analyze_diagnosis(root, diagnosis_records(found, 8.0, loading=loading or 0.0)))


def cap354(root: Path) -> Seen:
    """A hundredth of both roofs, and most of them."""
    bad = diagnosed(root / "bad", share=0.01, loading=0.02)
    good = diagnosed(root / "good", share=0.9, loading=0.02)
    return Seen(bad=bad, good=good)


def cap355(root: Path) -> Seen:
    """Loading takes most of the time, where compute was declared, and where loading was."""
    compute = {"problem__ceiling": "compute", "problem__demand": {"flop": 8e10, "within_s": 8.0}}
    machine = {"name": "one server", "flop_per_s": 1e9, "source": "invented"}
    axis = {"axis__name": "training", "problem__machine": machine}
    bad = diagnosed(root / "bad", share=0.01, loading=0.8, **compute, **axis)
    return Seen(bad=bad, good=diagnosed(root / "good", share=0.01, loading=0.8))


def cap356(root: Path) -> Seen:
    """Far below both roofs without an ablation, and with one."""
    bad = diagnosed(root / "bad", share=0.01, loading=None)
    return Seen(bad=bad, good=diagnosed(root / "good", share=0.01, loading=0.8))


def cap357(root: Path) -> Seen:
    """Three times the roof that was measured, and most of it."""
    bad = diagnosed(root / "bad", share=3.0, loading=0.02)
    return Seen(bad=bad, good=diagnosed(root / "good", share=0.9, loading=0.02))


def cap360(root: Path) -> Seen:
    """Four workers that all trained on everything."""

    def shared(run: RunRecord) -> RunRecord:
        note = "ranks 0, 1 trained on the same samples in epoch 0: 100% of 64, such as '0', '1'"
        sample = Sample(metric=SHARED_SAMPLES, value=1.0, unit="1")
        return run.model_copy(update={"notes": (note,), "samples": (*run.samples, sample)})

    return edited(root, at_four_workers(shared))


def cap422(root: Path) -> Seen:
    """A campaign that began with a target of 3.5, and one that began with the declared 1.5."""

    def found(root: Path, speedup: float) -> list[str]:
        write_workspace(root)
        project, target = load_project(root), RecordedTarget(speedup=speedup, workers=None)
        (loaded,) = project.studies
        journal = write_journal(machine_folder(loaded), records(loaded, TIMES), target=target)
        return codes(analyze(loaded, project.workspace, journal))

    return Seen(bad=found(root / "bad", 3.5), good=found(root / "good", 1.5))
