"""Programs whose limits are known, and how a study says what can be left out of them."""

from collections.abc import Sequence
from pathlib import Path

import capstone_report
from capstone_report.ablations import ROOFS, diagnosis_plan
from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.results.records import Check, Environment, RunRecord, Sample
from capstone_report.spec.load import LoadedStudy, load_project
from simulated import ENVIRONMENT, TIMES, machine_folder, record, records, write_journal

GENERATOR = Path(capstone_report.__file__).parents[1]
IMPORTABLE = f'env = {{ PYTHONPATH = "{GENERATOR}" }}'
"""For programs that report what only this version's emit module knows."""

PRODUCT = """\
import time
import numpy as np
from capstone_report.workloads.emit import metric

N = 1024
a = np.ones((N, N))
times = []
for _ in range(5):
    started = time.process_time()
    a @ a
    times.append(time.process_time() - started)
metric("work_time", min(times), "s")
metric("flop", 2 * N**3, "FLOP")
metric("bytes", 3 * 8 * N**2, "B")
"""
"""The fastest of several products, as the roofs are the fastest of several tries."""
SUM = """\
import time
import numpy as np
from capstone_report.workloads.emit import metric

x = np.ones(1 << 24)
times = []
for _ in range(8):
    started = time.process_time()
    x.sum()
    times.append(time.process_time() - started)
metric("work_time", min(times), "s")
metric("flop", len(x), "FLOP")
metric("bytes", x.nbytes, "B")
"""
FILES = """\
import os, sys, time
from pathlib import Path
from capstone_report.workloads.emit import metric

BLOCK = b"x" * (1 << 24)
started = time.perf_counter()
for _ in range(2):
    data = BLOCK
    if "--cached" not in sys.argv:
        with open("block.bin", "w+b", buffering=0) as file:
            file.write(BLOCK)
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            file.seek(0)
            data = file.read()
        Path("block.bin").unlink()
    assert data.count(b"x") == len(BLOCK)
metric("work_time", time.perf_counter() - started, "s")
"""
SLOW_PRODUCT = """\
import time
from capstone_report.workloads.emit import metric

N, TRIES = 48, 20
a = [[1.0] * N for _ in range(N)]
times = []
for _ in range(TRIES):
    started = time.process_time()
    [[sum(a[i][k] * a[k][j] for k in range(N)) for j in range(N)] for i in range(N)]
    times.append(time.process_time() - started)
metric("work_time", min(times), "s")
metric("flop", 2 * N**3, "FLOP")
metric("bytes", 3 * 8 * N**2, "B")
"""
"""The fastest of several products: what other work on the machine disturbs least."""
ALONE = """\
import os, time
from capstone_report.workloads.emit import metric

loading = 0.0 if os.environ.get("CACHED") else {loading}
time.sleep(0.2 + loading)
metric("work_time", 0.2 + loading, "s")
"""
RANKS = """\
import os, time
from capstone_report.workloads.emit import metric, trained_on

rank = 0 if os.fork() else 1
os.environ["RANK"] = str(rank)
talking = 0.0 if os.environ.get("SILENT") else {talking}
loading = 0.0 if os.environ.get("CACHED") else {loading}
busy = 0.1 + {uneven} * rank
started = time.perf_counter()
time.sleep(0.1 + {uneven} + {serial} + talking + loading)
metric("busy_time", busy, "s")
metric("work_time", time.perf_counter() - started, "s")
{report}
if rank:
    os._exit(0)
os.wait()
"""
"""Two workers of 100 ms each, the second one slower, with what they wait for as sleep."""


def ranks(
    *,
    talking: float = 0.0,
    loading: float = 0.0,
    uneven: float = 0.0,
    serial: float = 0.0,
    report: str = "",
) -> str:
    """Return a program of two workers that waste these seconds."""
    return RANKS.format(
        talking=talking, loading=loading, uneven=uneven, serial=serial, report=report
    )


def alone(*, loading: float = 0.0) -> str:
    """Return a program of 200 ms, with so many seconds of loading before."""
    return ALONE.format(loading=loading)


def diagnosis(*ablations: str, repeats: int = 1, **keys: str) -> str:
    """Return the tables of a diagnosis in TOML; each ablation is the inside of its table."""
    head = "".join(f"{key} = {value}\n" for key, value in keys.items())
    tables = "".join(f"\n[[diagnosis.ablations]]\n{ablation}\n" for ablation in ablations)
    return f"\n[diagnosis]\nrepeats = {repeats}\n{head}{tables}"


CACHED = 'name = "cached"\nremoves = "io"\nargs = ["--cached"]'
CACHED_BY_ENV = 'name = "cached"\nremoves = "io"\nenv = { CACHED = "1" }'
SILENT = 'name = "silent"\nremoves = "communication"\nenv = { SILENT = "1" }'


def diagnosis_records(
    loaded: LoadedStudy,
    seconds: float,
    *,
    loading: float = 0.0,
    workers: int | None = None,
    environment: Environment = ENVIRONMENT,
) -> list[RunRecord]:
    """Return a complete study and its diagnosis on a machine of 1 GFLOP/s and 1 MB/s.

    Every case takes so many seconds, without loading less by that share.
    """
    plan = diagnosis_plan(loaded, environment, (), workers=workers)
    made = records(loaded, TIMES, environment=environment)
    for run in plan.runs:
        kept = 1 - loading if run.case.ablation == "cached" else 1.0
        time = seconds * kept * (1 + run.repeat / 1000)
        told = record(loaded, run, time, environment=environment, number=len(made))
        roofs = {"compute_roof": (1e9, "FLOP/s"), "memory_roof": (1e6, "B/s")}
        if run.case.benchmark.name == ROOFS:
            samples = tuple(Sample(metric=n, value=v, unit=u) for n, (v, u) in roofs.items())
            said = Check(name="roofs", ok=True, detail="an invention")
            told = told.model_copy(update={"samples": samples, "checks": (said,)})
        made.append(told.model_copy(update={"ablation": run.case.ablation}))
    return made


def analyze_diagnosis(root: Path, made: Sequence[RunRecord]) -> Analysis:
    """Return what the records of the workspace's only study say."""
    project = load_project(root)
    (loaded,) = project.studies
    return analyze(loaded, project.workspace, write_journal(machine_folder(loaded), made))
