"""What one changed value would do: to the checks, to the other slots, to the predicted speedup."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from capstone_report.errors import UsageError
from capstone_report.findings.environment import NOT_A_CHANGE
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.optima import time_optimal
from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.declared import WhatIf, key_path, split_key_path
from capstone_report.spec.forecast import step_model
from capstone_report.spec.load import read_project
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.study import Study
from capstone_report.spec.touching import touched_by

ASSIGNMENT = re.compile(r"([A-Za-z0-9_-]+(?:\[\d+\]|\.[A-Za-z0-9_-]+)*)=(.*)", re.DOTALL)
BARE = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What the changes would do to one study."""

    study_id: str
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    touches: dict[str, str]
    """The other slots to look at again, and why."""
    before: StepModel | None
    after: StepModel | None
    workers: tuple[int, ...]
    """The worker counts worth comparing: the requested ones, and both optima."""


def parse_changes(written: Sequence[str]) -> dict[KeyPath, WhatIf]:
    """Return the values of --set KEY=VALUE by key path; a value is TOML, or a bare word.

    Raises:
        UsageError: one is not of that form.
    """
    changes: dict[KeyPath, WhatIf] = {}
    for text in written:
        found = ASSIGNMENT.fullmatch(text)
        if found is None:
            raise UsageError(NOT_A_CHANGE("--set", text=text, reason="it is not KEY=VALUE"))
        changes[split_key_path(found[1])] = WhatIf(value=_value(found[2], text), written=text)
    return changes


def _value(written: str, text: str) -> object:
    """Return a value as TOML reads it; a bare word is a text."""
    if BARE.fullmatch(written) and written not in {"true", "false", "inf", "nan"}:
        return written
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except ValueError as error:
        reason = f"{written!r} is not a value of TOML ({error})"
        raise UsageError(NOT_A_CHANGE("--set", text=text, reason=reason)) from error


def consequences(
    root: Path, only: tuple[str, ...], changes: Mapping[KeyPath, WhatIf]
) -> list[Consequences]:
    """Return what the changes would do to each study that is valid as it stands.

    Raises:
        UsageError: a named study does not exist.
    """
    now, found_now = read_project(root, only)
    then, found_then = read_project(root, only, changes)
    if now is None or then is None:
        return []
    changed = {study.id: study.study for study in then.studies}
    return [
        _consequences(
            study.id,
            study.study,
            changed.get(study.id),
            found=(_of(study.id, found_now), _of(study.id, found_then)),
            changes=changes,
        )
        for study in now.studies
    ]


def _of(study_id: str, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of one study; what stands on the command line is everybody's."""
    folder = f"specs/{study_id}/"
    return [f for f in findings if f.where.startswith((folder, "--set"))]


def _consequences(
    study_id: str,
    now: Study,
    then: Study | None,
    *,
    found: tuple[list[Finding], list[Finding]],
    changes: Mapping[KeyPath, WhatIf],
) -> Consequences:
    """Compare one study before and after."""
    before, after = _model(now), _model(then) if then else None
    known = {(f.code, f.what) for f in found[0]}
    kept = {(f.code, f.what) for f in found[1]}
    return Consequences(
        study_id=study_id,
        new=tuple(f for f in found[1] if (f.code, f.what) not in known),
        gone=tuple(f for f in found[0] if (f.code, f.what) not in kept),
        touches=_touched(changes),
        before=before,
        after=after,
        workers=_worth_comparing(now, before, after),
    )


def _touched(changes: Mapping[KeyPath, WhatIf]) -> dict[str, str]:
    """Return the other slots that the changes touch, with the reasons."""
    parts = [path[1] if path[0] == "design" and len(path) > 1 else path[0] for path in changes]
    return touched_by(str(part) for part in parts)


def _model(study: Study) -> StepModel | None:
    """Return a study's step model, where it declares a prediction."""
    design = study.design
    if study.prediction is None:
        return None
    return step_model(study.prediction, design.communication, design.consistency)


def _worth_comparing(
    study: Study, before: StepModel | None, after: StepModel | None
) -> tuple[int, ...]:
    """Return the worker counts at which the two predictions are shown."""
    best = [time_optimal(model) for model in (before, after) if model]
    counts = {optimum.workers for optimum in best if isinstance(optimum, At)}
    wanted = {2, study.sizing.workers if study.sizing else 2, *counts}
    return tuple(sorted(wanted)) if before or after else ()


def written_changes(changes: Mapping[KeyPath, WhatIf]) -> str:
    """Return the changes in words."""
    return ", ".join(f"{key_path(path)} = {change.value}" for path, change in changes.items())
