"""Studies at many worker counts whose times follow a known law, with or without a prediction.

analysis = fitted(tmp_path, (1, 2, 4, 8, 16, 32), noise=0.02)
analysis = fitted(tmp_path, (1, 2, 4, 8), law=amdahl, **PREDICTED)
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.freezing import prediction_to_freeze
from capstone_report.results.journal import Journal, open_journal, read_journal
from capstone_report.results.records import CampaignRecord, PredictionRecord, RunRecord
from capstone_report.spec.load import load_project
from simulated import (
    ENVIRONMENT,
    GONE,
    SERIAL,
    Changes,
    Edit,
    Times,
    analyse,
    load,
    machine_folder,
    pool,
    records,
    write_workspace,
)

LARGE = ENVIRONMENT.model_copy(update={"cores": 256, "physical_cores": 256})
DOUBLED = (1, 2, 4, 8, 16, 32)
ONE_S = 8.0


def ring(p: float) -> float:
    """Return 8 times the time of the book's ring, section 41.4.5, so that p* stays at 34."""
    return ONE_S * (1 / p + 0.0008 * (p - 1) + 0.08 * (p - 1) / p)


def amdahl(p: float) -> float:
    """Return the time with a serial share of 8 %."""
    return ONE_S * (1 / p + 0.08 * (p - 1) / p)


PREDICTED: Changes = {
    "prediction": {
        "t_comp_s": ONE_S,
        "alpha_s": 0.0008 * ONE_S,
        "beta_s": 0.04 * ONE_S,
        "model": "book-ring",
        "source": "the book's ring",
    },
    "design__communication": {
        "choice": "all-reduce",
        "why": "Every worker needs the sum.",
        "primitive": "a pipe",
        "message_bytes": 8,
        "rejected": {"choice": "gossip", "why": "It converges slowly."},
    },
    "design__consistency__rejected": {"choice": "asynchronous", "why": "Sums would be stale."},
}
"""What declares the very ring that `ring` follows."""


def times_of(
    law: Callable[[float], float],
    counts: Sequence[int],
    *,
    noise: float = 0.02,
    runs: int = 6,
    seed: int = 3,
) -> Times:
    """Return the times of a baseline and of the scaling benchmark, with lognormal noise."""
    random = np.random.default_rng(seed)

    def around(seconds: float, runs: int) -> list[float]:
        """Return noisy times."""
        return [float(seconds * np.exp(noise * random.standard_normal())) for _ in range(runs)]

    return {SERIAL: around(ONE_S, 6)} | {pool(p): around(law(p), runs) for p in counts}


def fitted(
    root: Path,
    counts: Sequence[int] = DOUBLED,
    *,
    law: Callable[[float], float] = ring,
    noise: float = 0.02,
    runs: int = 6,
    cores: int = 256,
    edit: Edit | None = None,
    **changes: object,
) -> Analysis:
    """Return the analysis of a study that is measured at these worker counts."""
    declared: Changes = {"benchmarks__1__levels": {"workers": list(counts)}, **changes}
    return analyse(
        root,
        times_of(law, counts, noise=noise, runs=runs),
        environment=LARGE.model_copy(update={"cores": cores}),
        edit=edit,
        **declared,
    )


def journal_with_prediction(
    root: Path,
    counts: Sequence[int] = DOUBLED,
    *,
    frozen_first: bool = True,
    law: Callable[[float], float] = ring,
    **changes: object,
) -> Journal:
    """Write a study and records with a frozen prediction, before or after its distributed runs."""
    declared: Changes = {
        **deepcopy(PREDICTED),
        "benchmarks__1__levels": {"workers": list(counts)},
        **changes,
    }
    loaded = load(write_workspace(root, **declared))
    made = records(loaded, times_of(law, counts), environment=LARGE)
    prediction = prediction_to_freeze(loaded, LARGE, Journal(folder=machine_folder(loaded)))
    assert prediction is not None
    serial = [run for run in made if run.benchmark == "serial"]
    distributed = [run for run in made if run.benchmark != "serial"]
    opening = CampaignRecord(
        seed=7, planned_runs=len(made), started_at=made[0].started_at, environment=LARGE
    )
    order: list[CampaignRecord | RunRecord | PredictionRecord] = [opening, *serial]
    order += [prediction, *distributed] if frozen_first else [*distributed, prediction]
    with open_journal(machine_folder(loaded)) as (_, writer):
        for record in order:
            writer.append(record)
    return read_journal(machine_folder(loaded))


def analysed_again(root: Path, **changes: object) -> Analysis:
    """Return the analysis of the records that are there, with the study declared anew."""
    declared: Changes = {**deepcopy(PREDICTED), **changes}  # a change reaches into the tables
    kept = {name: value for name, value in declared.items() if value is not GONE}
    write_workspace(root, **kept)
    project = load_project(root)
    (loaded,) = project.studies
    return analyze(loaded, project.workspace, read_journal(machine_folder(loaded)))
