"""Freezes a prediction before it can be compared: its curve, everything it is computed from, and their hash."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import JsonValue

from capstone_report.analysis.links import newest_calibration
from capstone_report.perfmodel.step import StepModel
from capstone_report.results.journal import Journal
from capstone_report.results.records import Environment, PredictionRecord, RunRecord
from capstone_report.spec.forecast import calibrated, study_model
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Study


def prediction_to_freeze(
    loaded: LoadedStudy, environment: Environment, journal: Journal
) -> PredictionRecord | None:
    """Return what a study predicts for a machine now; None where it predicts nothing, or the same as recorded."""
    model = predicted_model(loaded, environment, journal.runs)
    if model is None:
        return None
    found = frozen(loaded.study, model, environment)
    known = {r.sha256 for r in journal.records if isinstance(r, PredictionRecord)}
    return None if found.sha256 in known else found


def predicted_model(
    loaded: LoadedStudy, environment: Environment | None, records: Sequence[RunRecord]
) -> StepModel | None:
    """Return the step that a study declares, with the constants of the machine's newest calibration."""
    declared = loaded.study.prediction
    if declared is None:
        return None
    found = newest_calibration(loaded, environment, records)
    link = found.widest.link if found else None
    return study_model(loaded.study, calibrated(declared, loaded.study.design.communication, link))


def frozen(study: Study, model: StepModel, environment: Environment) -> PredictionRecord:
    """Return the record of a prediction, dated now."""
    workers, given = frozen_workers(study), inputs(model)
    times = tuple(model.step_seconds(count) for count in workers)
    return PredictionRecord(
        frozen_at=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=environment.git_commit,
        git_dirty=environment.git_dirty,
        model=model.comm.kind,
        inputs=given,
        workers=workers,
        times_s=times,
        sha256=curve_hash(given, workers, times),
    )


def frozen_workers(study: Study) -> tuple[int, ...]:
    """Return the worker counts of a frozen curve: the declared ones, and powers of two up to twice the most."""
    counts = {int(count) for count in study.scaling_benchmark.levels.get("workers", (1,))}
    doubled = (2**power for power in range((2 * max(counts)).bit_length()))
    asked = {study.sizing.workers} if study.sizing else set()
    return tuple(sorted({1, study.baseline.workers, *counts, *doubled, *asked}))


def inputs(model: StepModel) -> dict[str, JsonValue]:
    """Return every number that a step model consists of, and its communication model's options."""
    return {
        "communication": {"kind": model.comm.kind, **model.comm.model_dump(mode="json")},
        "t_comp_s": model.t_comp,
        "alpha_s": model.alpha,
        "beta_s": model.beta,
        "serial_s": model.serial,
        "overlap": model.overlap,
        "imbalance": model.imbalance,
        "io_s": model.io,
        "scaling": model.scaling.value,
    }


def curve_hash(given: dict[str, JsonValue], workers: Sequence[int], times: Sequence[float]) -> str:
    """Return the SHA-256 of a prediction, the same wherever it is computed from the same numbers."""
    whole = {"inputs": given, "workers": list(workers), "times_s": list(times)}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
