"""What one changed value would do: to the checks, to the other slots, to the predicted speedup."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from capstone_report.errors import UsageError
from capstone_report.findings.environment import NOT_A_CHANGE
from capstone_report.findings.finding import Finding, Severity
from capstone_report.perfmodel.optima import time_optimal
from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.declared import WhatIf, key_path, numbered, put, split_key_path
from capstone_report.spec.forecast import study_model
from capstone_report.spec.load import LoadedStudy, ProjectReading, read_project
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.reading import read_value
from capstone_report.spec.scanning import MAX_DEPTH
from capstone_report.spec.study import Study
from capstone_report.spec.touching import touched_by

ASSIGNMENT = re.compile(r"([A-Za-z0-9_-]+(?:\[\d+\]|\.[A-Za-z0-9_-]+)*)=(.*)", re.DOTALL)
PLAIN_TEXT = re.compile(r"[A-Za-z][\w ./-]*")
NOT_TEXT = {"true", "false", "inf", "nan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """A predicted speedup before and after, over the baseline's workers."""

    workers: int
    what: str
    """Why this number of workers is shown."""
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What the changes would do to one study."""

    study_id: str
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    kept_errors: int
    """How many errors it has before and after."""
    touches: dict[str, str]
    """The other slots to look at again, and why."""
    predicted: tuple[Predicted, ...]
    p0: int
    """The number of workers that the speedups are relative to, after the change."""
    changes_consistency: bool


def parse_changes(written: Sequence[str]) -> dict[KeyPath, WhatIf]:
    """Return the values of --set KEY=VALUE by key path; a value is TOML, or plain text.

    Raises:
        UsageError: one is not of that form.
    """
    changes: dict[KeyPath, WhatIf] = {}
    for text in written:
        found = ASSIGNMENT.fullmatch(text)
        path = split_key_path(found[1]) if found else ()
        if found is None or len(path) > MAX_DEPTH:
            raise UsageError(NOT_A_CHANGE("--set", text=_short(text), reason="it is not KEY=VALUE"))
        if path in changes:
            raise UsageError(
                NOT_A_CHANGE("--set", text=_short(text), reason="the key is set twice")
            )
        changes[path] = WhatIf(value=_value(found[2], text), written=text)
    return changes


def _value(written: str, text: str) -> object:
    """Return a value as TOML reads it, or plain text as it stands."""
    try:
        return read_value(written)
    except ValueError as error:
        if PLAIN_TEXT.fullmatch(written) and written not in NOT_TEXT:
            return written
        raise UsageError(NOT_A_CHANGE("--set", text=_short(text), reason=_reason(error))) from error


def _reason(error: ValueError) -> str:
    """Return why something is no value, without the place in a line that nobody wrote."""
    return f"its value is not one of TOML: {str(error).partition(' (at ')[0]}"


def _short(text: str) -> str:
    """Return the beginning of a text that may be very long."""
    most = 60
    return text if len(text) <= most else f"{text[:most]}..."


def consequences(
    root: Path, only: tuple[str, ...], changes: Mapping[KeyPath, WhatIf]
) -> list[Consequences]:
    """Return what the changes would do to each study.

    Raises:
        UsageError: a named study does not exist, or a key path leads nowhere in any of them.
    """
    now, then = read_project(root, only), read_project(root, only, changes)
    _require_places(now, changes)
    return [
        _consequences(study_id, now, then, changes)
        for study_id in sorted({*now.by_study, *then.by_study})
    ]


def _require_places(now: ProjectReading, changes: Mapping[KeyPath, WhatIf]) -> None:
    """Refuse a path that leads nowhere in every study."""
    data = [file.data for file in now.files.values() if file.data is not None]
    for path, change in changes.items():
        fits = [put(deepcopy(study), numbered(study, path), None) for study in data]
        if data and not any(fits):
            reason = f"there is no {key_path(path)} to change; a benchmark is benchmarks[0] or benchmarks.NAME"
            raise UsageError(NOT_A_CHANGE("--set", text=_short(change.written), reason=reason))


def _consequences(
    study_id: str, now: ProjectReading, then: ProjectReading, changes: Mapping[KeyPath, WhatIf]
) -> Consequences:
    """Compare one study before and after."""
    before, after = now.by_study.get(study_id, ()), then.by_study.get(study_id, ())
    was, will_be = _study(now, study_id), _study(then, study_id)
    known, kept = _said(before), _said(after)
    file = now.files.get(study_id)
    paths = [numbered(file.data or {}, path) for path in changes] if file else list(changes)
    readable = will_be is not None or was is None
    return Consequences(
        study_id=study_id,
        new=tuple(f for f in after if (f.code, f.what) not in known),
        gone=tuple(f for f in before if (f.code, f.what) not in kept) if readable else (),
        kept_errors=sum(f.severity is Severity.ERROR and (f.code, f.what) in known for f in after),
        touches=touched_by(paths),
        predicted=_predicted(was, will_be),
        p0=will_be.baseline.workers if will_be else 1,
        changes_consistency=bool(
            was and will_be and was.design.consistency != will_be.design.consistency
        ),
    )


def _said(findings: Sequence[Finding]) -> set[tuple[str, str]]:
    """Return what is said by findings, wherever it is said."""
    return {(finding.code, finding.what) for finding in findings}


def _study(reading: ProjectReading, study_id: str) -> Study | None:
    """Return the study of an id, where it could be read."""
    loaded: Sequence[LoadedStudy] = reading.project.studies if reading.project else ()
    return next((study.study for study in loaded if study.id == study_id), None)


def _predicted(was: Study | None, will_be: Study | None) -> tuple[Predicted, ...]:
    """Return the predictions at the worker counts worth comparing: asked for, and both optima."""
    counts: dict[int, str] = {}
    for study, when in ((was, "now"), (will_be, "then")):
        model = _model(study)
        best = time_optimal(model) if model else None
        if isinstance(best, At):
            counts.setdefault(best.workers, f"fastest {when}")
        if study and study.sizing and model:
            counts[study.sizing.workers] = f"asked for {when}"
    return tuple(
        Predicted(
            workers=count,
            what=counts[count],
            before=_speedup(was, count),
            after=_speedup(will_be, count),
        )
        for count in sorted(counts)
    )


def _model(study: Study | None) -> StepModel | None:
    """Return a study's step model, where it declares a prediction."""
    if study is None or study.prediction is None:
        return None
    return study_model(study, study.prediction)


def _speedup(study: Study | None, workers: int) -> float | None:
    """Return the predicted speedup over the baseline's workers."""
    model = _model(study)
    if model is None or study is None or workers < study.baseline.workers:
        return None
    return model.speedup(workers) / model.speedup(study.baseline.workers)


def written_changes(changes: Mapping[KeyPath, WhatIf]) -> str:
    """Return the changes as they were written."""
    return ", ".join(change.written for change in changes.values())
