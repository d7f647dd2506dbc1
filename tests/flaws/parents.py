"""Clean small studies that one flaw at a time is planted into.

`measured` is a study of records that were measured here, with noise of a fixed seed; `published` one
whose numbers come from a table. Both say how their runs were set up.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from capstone_report.analysis.facts import Analysis
from capstone_report.results.records import RunRecord
from elsewhere import analysis_of, import_text, mapping, write_external
from simulated import SERIAL, Changes, Edit, Times, analyse, pool

SETUP = {
    "accelerator": "A100",
    "cache": "warm",
    "cpu": "Invented Processor X1",
    "dataset": "items, sha256 0123",
    "dataset_items": 120,
    "framework": "torch 2.6.0",
    "global_batch": 128,
    "model": "a sum",
    "parameters": 1000,
    "precision": "fp32",
    "price_date": "2026-11-21",
    "price_terms": "on demand",
    "price_unit": "core",
    "program": "compiled",
    "sequence_length": 128,
    "target_quality": 0.9,
    "timed": "end to end",
    "warmup": "left out",
}
"""Everything that a careful study says of both sides."""

ROW = {"p": "1", "rate": "100", "micro": "32", "acc": "4", "nodes": "1", "date": "2026-05"}
"""The columns of a published table, and a cell of each."""

RUNS = ("r1", "r2", "r3", "r4", "r5", "r6")

COLUMNS = {"micro_batch": "micro", "gradient_accumulation": "acc", "nodes": "nodes", "date": "date"}


def noisy(seconds: float, runs: int = 6, *, seed: int = 2) -> list[float]:
    """Return that many times around some seconds, lognormal by 2 %, in an order without a trend."""
    random = Random(f"{seconds}/{seed}")  # noqa: S311 - noise, no secret
    return [seconds * random.lognormvariate(0.0, 0.02) for _ in range(runs)]


TIMES: Times = {SERIAL: noisy(8), pool(1): noisy(9), pool(2): noisy(4.6), pool(4): noisy(2.5)}


def measured(
    root: Path,
    times: Times = TIMES,
    *,
    alone: Mapping[str, object] | None = None,
    workers: Mapping[str, object] | None = None,
    edit: Edit | None = None,
    **changes: object,
) -> Analysis:
    """Return what a study that was measured here says; `alone` and `workers` change a side's setup."""
    setups = {
        "benchmarks__0__setup": {**SETUP, **(alone or {})},
        "benchmarks__1__setup": {**SETUP, **(workers or {})},
    }
    return analyse(root, times, edit=edit, **Changes(setups | changes))


def _with_runs(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row whose rate was measured six times, within two per cent."""
    factors = noisy(1.0, len(RUNS), seed=int(str(row["p"])))
    rates = [float(str(row["rate"])) * factor for factor in factors]
    return {**row, **dict(zip(RUNS, rates, strict=True))}


def published(
    root: Path,
    rows: Sequence[Mapping[str, object]],
    *,
    scaling: str = "weak",
    unit: str = "samples/s",
    setup: Mapping[str, str] | None = None,
    scope: str = "total",
    **changes: object,
) -> Analysis:
    """Return what a study says whose numbers stand in a table of these rows, `ROW` where they are silent."""
    full = [_with_runs({**ROW, **row}) for row in rows]
    columns = list(dict.fromkeys(name for row in full for name in row))
    lines = [",".join(str(row.get(name, "")) for name in columns) for row in full]
    workers = sorted({int(str(row["p"])) for row in full})
    write_external(root, workers=workers, unit=unit, scaling=scaling, **changes)
    mapped = mapping(
        column=list(RUNS),
        unit=unit,
        scope=scope,
        setup={**COLUMNS, **(setup or {})},
        date="2026-05",
    )
    return analysis_of(root, import_text(root, "\n".join([",".join(columns), *lines]), mapped))


WEAK = (
    {"p": 1, "rate": 100},
    {"p": 2, "rate": 195},
    {"p": 4, "rate": 380},
    {"p": 8, "rate": 730},
)
"""A table without a flaw: weak scaling inside one machine."""

COUNT = {
    "description": "counted",
    "unit": "1",
    "kind": "count",
    "direction": "higher",
    "scope": "total",
}


def changed(benchmark: str, **fields: object) -> Edit:
    """Return an edit that replaces fields of the records of one benchmark."""

    def edit(run: RunRecord) -> RunRecord:
        return run.model_copy(update=fields) if run.benchmark == benchmark else run

    return edit
