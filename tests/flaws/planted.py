"""The flaws: each a clean study with exactly one thing wrong, and the code that must name it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi
from pathlib import Path

from capstone_report.analysis.facts import Analysis
from capstone_report.results.records import RunRecord
from flaws.parents import COUNT, SETUP, TIMES, WEAK, changed, measured, noisy, published
from simulated import ENVIRONMENT, SERIAL, Edit, pool, reporting

Study = Callable[[Path], Analysis]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One planted flaw: in words, the code that names it, the study with it and its clean parent."""

    words: str
    code: str
    study: Study
    parent: Study

    @property
    def name(self) -> str:
        """Return the flaw as the id of a test."""
        return f"{self.code} {self.words}"


FLAWS: list[Flaw] = []


def plant(code: str, words: str, study: Study, parent: Study = measured) -> None:
    """Add a flaw."""
    FLAWS.append(Flaw(words=words, code=code, study=study, parent=parent))


def clean_table(root: Path) -> Analysis:
    """Return the published table without a flaw."""
    return published(root, WEAK)


def table(code: str, words: str, *rows: Mapping[str, object], **more: object) -> None:
    """Add a flaw of a published table, whose rows replace those of the clean one."""

    def study(root: Path) -> Analysis:
        return published(root, rows or WEAK, **more)  # type: ignore[arg-type] # published's own

    plant(code, words, study, clean_table)


def differing(code: str, words: str, name: str, value: object) -> None:
    """Add a fact that differs at the workers."""
    plant(code, words, lambda root: measured(root, workers={name: value}))


def timed(code: str, words: str, times: Mapping[str, list[float]], **changes: object) -> None:
    """Add times that cannot be, in place of those of some cases."""
    plant(code, words, lambda root: measured(root, {**TIMES, **times}, **changes))  # type: ignore[arg-type] # measured's own


def edited(
    code: str, words: str, edit: Edit, parent: Edit | None = None, **changes: object
) -> None:
    """Add records that are edited; the parent's are edited as well where that is said."""

    def clean(root: Path) -> Analysis:
        return measured(root, edit=parent, **changes)  # type: ignore[arg-type] # measured's own

    plant(code, words, lambda root: measured(root, edit=edit, **changes), clean)  # type: ignore[arg-type] # measured's own


def later(benchmark: str, **amount: float) -> Edit:
    """Return an edit that moves the runs of a benchmark to a later time."""

    def edit(run: RunRecord) -> RunRecord:
        moved = datetime.fromisoformat(run.started_at) + timedelta(**amount)
        return changed(benchmark, started_at=moved.isoformat())(run)

    return edit


def counted(**values: Callable[[RunRecord], float]) -> Edit:
    """Return an edit by which every run reports counts that depend on it."""
    return lambda run: reporting(run, **{name: value(run) for name, value in values.items()})


def with_metric(name: str, **more: object) -> dict[str, object]:
    """Return the change that declares one more count."""
    return {f"metrics__{name}": {**COUNT, **more}}


def steady_batch(run: RunRecord) -> float:
    """Return a global batch that does not depend on the workers."""
    return 128.0 + 0 * run.workers


# --- setups -------------------------------------------------------------------------------------
differing("CAP450", "another processor at the workers", "cpu", "Invented Processor X2")
differing("CAP451", "another accelerator at the workers", "accelerator", "H100")
edited(
    "CAP452",
    "two accelerators at the baseline's one worker",
    counted(accelerators=lambda run: 2.0 if run.benchmark == "serial" else run.workers),
    counted(accelerators=lambda run: run.workers),
    **with_metric("accelerators"),
)
differing("CAP453", "half the precision at the workers", "precision", "bf16")
differing("CAP454", "strong scaling with a global batch of its own", "global_batch", 512)
edited(
    "CAP454",
    "strong scaling with a global batch that grows, as its runs report",
    counted(global_batch=lambda run: 128.0 * run.workers),
    counted(global_batch=steady_batch),
    **with_metric("global_batch"),
)
table(
    "CAP455",
    "weak scaling with a smaller batch per worker at the end",
    *WEAK[:3],
    {"p": 8, "rate": 730, "micro": 16},
)
table(
    "CAP456",
    "fewer passes of larger pieces at the end",
    *WEAK[:3],
    {"p": 8, "rate": 730, "micro": 128, "acc": 1},
)
differing("CAP457", "another data set at the workers", "dataset", "items, sha256 4567")
differing("CAP457", "half of the data at the workers", "dataset_items", 60)
differing("CAP458", "another model at the workers", "model", "half a sum")
differing("CAP458", "fewer parameters at the workers", "parameters", 500)
differing("CAP458", "shorter sequences at the workers", "sequence_length", 64)
differing("CAP458", "a compiled program beside one that is not", "program", "eager")
differing("CAP459", "a lower target at the workers", "target_quality", 0.8)
differing("CAP460", "another release of the framework", "framework", "torch 2.7.0")
plant(
    "CAP461",
    "threads of an engine set at one side",
    lambda root: measured(root, benchmarks__1__env={"OMP_NUM_THREADS": "1"}),
)
plant(
    "CAP461",
    "another algorithm of NCCL at the workers",
    lambda root: measured(
        root, benchmarks__0__env={"NCCL_ALGO": "Ring"}, benchmarks__1__env={"NCCL_ALGO": "Tree"}
    ),
)
differing("CAP487", "another batch, as the declaration alone shows", "global_batch", 256)
differing("CAP462", "kernels beside end to end", "timed", "kernels")
differing("CAP463", "a cold cache at one side", "cache", "cold")
differing("CAP464", "warm-up included at one side", "warmup", "included")
differing("CAP465", "spot beside on demand", "price_terms", "spot")
differing("CAP465", "last year's price beside today's", "price_date", "2025-11-21")
differing("CAP465", "a price per machine beside one per core", "price_unit", "machine")
plant(
    "CAP466",
    "another optimiser at the workers",
    lambda root: measured(root, alone={"optimiser": "SGD"}, workers={"optimiser": "LARS"}),
)
plant(
    "CAP467",
    "a precision that only the workers name",
    lambda root: measured(
        root,
        benchmarks__0__setup={k: v for k, v in SETUP.items() if k != "precision"},
    ),
)
edited(
    "CAP486",
    "a baseline from another machine",
    changed("serial", environment=ENVIRONMENT.model_copy(update={"cpu": "Another Processor"})),
)
edited(
    "CAP486",
    "a baseline from a machine with more cores",
    changed("serial", environment=ENVIRONMENT.model_copy(update={"cores": 8})),
)

# --- order --------------------------------------------------------------------------------------
edited("CAP468", "workers measured ten days later", later("pool", days=10))
table("CAP468", "rows of two years", *WEAK[:3], {"p": 8, "rate": 730, "date": "2028-01"})
edited("CAP469", "workers measured after all of the baseline", later("pool", hours=2))
EIGHT = {"benchmarks__0__repeats": 8, "benchmarks__1__repeats": 8}
SIXTEEN = {"benchmarks__0__repeats": 16, "benchmarks__1__repeats": 16}
WAVE = [2.5 + 0.05 * cos(pi * run / 8) + 0.001 * run for run in range(16)]
timed("CAP470", "workers that get slower and slower", {pool(4): sorted(noisy(2.5, 8))}, **EIGHT)
timed("CAP470", "a baseline that gets faster", {SERIAL: sorted(noisy(8, 8), reverse=True)}, **EIGHT)
timed("CAP471", "a slow wave through the campaign", {pool(4): WAVE}, **SIXTEEN)
timed(
    "CAP472",
    "two clock rates",
    {pool(4): [2.50, 3.01, 2.51, 2.52, 3.02, 3.03, 2.53, 3.04]},
    **EIGHT,
)
timed("CAP473", "a cold file cache in the first run", {pool(4): [6.0, *noisy(2.5, 5)]})

# --- shape --------------------------------------------------------------------------------------
timed("CAP474", "more than p times as fast", {pool(4): noisy(1.5)})
table("CAP474", "a total taken for each worker's rate", *WEAK[:3], {"p": 8, "rate": 5840})
timed("CAP475", "a point below its neighbours", {pool(1): noisy(8.4), pool(2): noisy(12)})
table("CAP475", "a row below its neighbours", *WEAK[:2], {"p": 4, "rate": 150}, WEAK[3])
table("CAP476", "from one machine to two", *WEAK[:3], {"p": 8, "rate": 600, "nodes": 2})
table("CAP477", "machines filled partly", *WEAK[:3], {"p": 8, "rate": 730, "nodes": 4})
table("CAP484", "the rate of one worker taken for a total", *(
    {**row, "rate": 100 - number} for number, row in enumerate(WEAK)
))  # fmt: skip

# --- values -------------------------------------------------------------------------------------
plant(
    "CAP478",
    "a batch that four workers cannot share evenly",
    lambda root: measured(root, alone={"global_batch": 126}, workers={"global_batch": 126}),
)
plant(
    "CAP478",
    "a data set that four workers cannot share evenly",
    lambda root: measured(root, alone={"dataset_items": 9}, workers={"dataset_items": 9}),
)
edited(
    "CAP479",
    "an MFU above 1",
    counted(mfu=lambda run: 1.2 if run.workers > 1 else 0.4),
    counted(mfu=lambda _: 0.4),
    **with_metric("mfu"),
)
edited(
    "CAP479",
    "a bus bandwidth above that of the link",
    counted(bus=lambda run: 470.0 if run.workers > 1 else 0.0),
    counted(bus=lambda _: 440.0),
    **with_metric("bus", unit="GB/s", kind="rate", limit=450.0),
)
timed("CAP480", "a clock of whole seconds", {pool(4): [3.0] * 6})
timed("CAP481", "times of one case copied to another", {pool(2): list(TIMES[SERIAL])})
AGAIN = {
    "name": "again",
    "command": ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"],
    "levels": {"workers": [4]},
    "repeats": 6,
}
timed(
    "CAP482",
    "one command measured twice, with another result",
    {"again/threads=1,workers=4": noisy(3.5)},
    benchmarks__2=AGAIN,
)
table("CAP482", "two rows of one configuration that disagree", *WEAK, {"p": 8, "rate": 300})
edited(
    "CAP483",
    "four workers on one accelerator",
    counted(accelerators=lambda _: 1.0),
    counted(accelerators=lambda run: run.workers),
    **with_metric("accelerators"),
)
table(
    "CAP485",
    "passes and pieces that do not make the batch",
    *({**row, "batch": 128 if row["p"] != 8 else 126} for row in WEAK),
    setup={"worker_batch": "batch"},
)
table(
    "CAP485",
    "a global batch that is not that of all workers",
    *({**row, "whole": 128 * int(row["p"]) if row["p"] != 4 else 576} for row in WEAK),
    setup={"global_batch": "whole"},
)
