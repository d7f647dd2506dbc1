"""CAP49x for real: qualities, spreads and rules in records of known runs.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from pathlib import Path

from capstone_report.results.records import RunRecord
from findings.situation import Seen
from simulated import (
    SERIAL,
    TIMES,
    Changes,
    Edit,
    analyse,
    around,
    codes,
    pool,
    reporting,
)

MARGIN: Changes = {"metrics__accuracy__equivalent_within": 0.01}
LOSS: Changes = {
    "metrics__final_loss": {
        "description": "loss of the final model",
        "unit": "1",
        "kind": "quality",
        "direction": "lower",
        "scope": "total",
    }
}
STEPS: Changes = {
    "metrics__epochs": {
        "description": "epochs to the target",
        "unit": "1",
        "kind": "count",
        "direction": "lower",
        "scope": "total",
        "role": "steps-to-target",
    }
}
RATE: Changes = {
    "problem__headline_metric": "rate",
    "metrics__rate": {
        "description": "samples in a second",
        "unit": "samples/s",
        "kind": "rate",
        "direction": "higher",
        "scope": "total",
    },
    "benchmarks__1__scaling": "throughput",
}
RATES = {SERIAL: [100.0] * 6, pool(1): [90.0] * 6, pool(2): [180.0] * 6, pool(4): [320.0] * 6}
TRAINING: Changes = {
    "axis__name": "training",
    "problem__ceiling": "compute",
    "problem__demand": {"flop": 24e9, "within_s": 8.0},
    "problem__machine": {"name": "one server", "flop_per_s": 1e9, "source": "invented"},
}


def found(root: Path, edit: Edit | None = None, **changes: object) -> list[str]:
    """Return the codes of the complete study with its records and its declaration changed."""
    return codes(analyse(root, TIMES, edit=edit, **Changes(changes)))


def without(run: RunRecord, metric: str) -> RunRecord:
    """Return a run that does not report a metric."""
    kept = tuple(sample for sample in run.samples if sample.metric != metric)
    return run.model_copy(update={"samples": kept})


def scattered(spread: float, shift: float = 0.0) -> Edit:
    """Return an edit after which accuracies scatter, and are shifted at four workers."""

    def edit(run: RunRecord) -> RunRecord:
        by = shift if run.case_id == pool(4) else 0.0
        return reporting(run, accuracy=0.95 + by + spread * (run.repeat % 3 - 1))

    return edit


def cap490(root: Path) -> Seen:
    """A loss that one of six timed runs reports."""

    def some(run: RunRecord) -> RunRecord:
        return without(run, "final_loss") if run.repeat else run

    return Seen(bad=found(root / "bad", some, **LOSS), good=found(root / "good", **LOSS))


def cap491(root: Path) -> Seen:
    """Two points of accuracy less, with a margin of one."""
    bad = found(root / "bad", scattered(0.001, -0.02), **MARGIN)
    return Seen(bad=bad, good=found(root / "good", scattered(0.001), **MARGIN))


def cap492(root: Path) -> Seen:
    """Accuracies that scatter by several margins, and such that hardly do."""
    bad = found(root / "bad", scattered(0.04, -0.002), **MARGIN)
    return Seen(bad=bad, good=found(root / "good", scattered(0.001, -0.002), **MARGIN))


def cap493(root: Path) -> Seen:
    """Samples in a second of a training, without and with the epochs that it takes."""
    changes = {**RATE, **TRAINING}
    bad = codes(analyse(root / "bad", RATES, **changes))
    return Seen(bad=bad, good=codes(analyse(root / "good", RATES, **changes, **STEPS)))


def cap494(root: Path) -> Seen:
    """Two runs of four workers that do not say when they reached the target."""

    def two(run: RunRecord) -> RunRecord:
        return without(run, "epochs") if run.case_id == pool(4) and run.repeat < 2 else run

    return Seen(bad=found(root / "bad", two, **STEPS), good=found(root / "good", **STEPS))


def cap495(root: Path) -> Seen:
    """Times that differ by a tenth of a percent, beside times that differ by a third."""
    unlike = TIMES | {
        SERIAL: [8 + run / 1000 for run in range(12)],
        pool(4): [2.5 + 0.08 * run for run in range(12)],
    }
    return Seen(bad=codes(analyse(root / "bad", unlike)), good=found(root / "good"))


def cap496(root: Path) -> Seen:
    """Workers that are a little faster in most runs, and slower in some."""
    unlike = TIMES | {
        SERIAL: [8 + run / 1000 for run in range(10)],
        pool(4): [7.5, 7.57, 7.83, 7.94, 7.96, 7.99, 7.99, 7.99, 8.07, 8.14],
    }
    return Seen(bad=codes(analyse(root / "bad", unlike)), good=found(root / "good"))


def every_rank(run: RunRecord) -> RunRecord:
    """Return a run of which every worker reports its time."""
    timed, *others = run.samples
    ranks = tuple(timed.model_copy(update={"rank": rank}) for rank in range(run.workers))
    return run.model_copy(update={"samples": (*ranks, *others)})


def cap498(root: Path) -> Seen:
    """Times of the first worker only, and of all workers."""
    changes: Changes = {"metrics__work_time__scope": "per-worker"}
    good = found(root / "good", every_rank, **changes)
    return Seen(bad=found(root / "bad", **changes), good=good)


def cap499(root: Path) -> Seen:
    """Eight runs of four workers where six are planned."""
    more = TIMES | {pool(4): around(2.5, runs=8)}
    return Seen(bad=codes(analyse(root / "bad", more)), good=found(root / "good"))


def cap497(root: Path) -> Seen:
    """A study of latency without, and with, a high percentile."""
    latency: Changes = {
        "problem__ceiling": "latency-throughput",
        "axis__name": "inference",
        "problem__demand": {"requests_per_s": 100.0, "within_s": 8.0},
        "problem__machine": {"name": "a server", "requests_per_s": 10.0, "source": "invented"},
    }
    tail: Changes = {
        "metrics__latency_p99": {
            "description": "99th percentile of the time to an answer",
            "unit": "s",
            "kind": "cost",
            "direction": "lower",
            "scope": "total",
        }
    }
    bad = found(root / "bad", **latency)
    return Seen(bad=bad, good=found(root / "good", **latency, **tail))
