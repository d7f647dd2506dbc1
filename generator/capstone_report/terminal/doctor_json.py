"""The JSON answer of `capstone doctor`: typed, versioned, published as JSON Schema."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from capstone_report.measure.health.checkup import Checkup, Condition, failing
from capstone_report.terminal.answers import Answer


class CheckupRow(Answer):
    """One thing that was looked at."""

    name: str
    """The thing."""
    condition: Condition
    """ok, degraded or missing."""
    found: str
    """What was found."""
    purpose: str
    """What it is for."""
    fix: str
    """The command, or the key of a file, that mends it; empty where nothing is to be mended."""
    is_needed: bool
    """Whether a study of the workspace, or every command, needs it."""


class DoctorAnswer(Answer):
    """The answer of `capstone doctor --json`."""

    schema_: Literal["capstone/doctor/1"] = Field(default="capstone/doctor/1", alias="schema")
    """The name and version of this schema."""
    ok: bool
    """Whether everything is there that is needed."""
    workspace: bool
    """Whether this is a workspace, whose studies say what is needed."""
    checkups: list[CheckupRow]
    """Everything that was looked at."""


def doctor_answer(checkups: Sequence[Checkup], *, workspace: bool) -> DoctorAnswer:
    """Return what was found, for JSON."""
    rows = [
        CheckupRow(
            name=checkup.name,
            condition=checkup.condition,
            found=checkup.found,
            purpose=checkup.purpose,
            fix=checkup.fix,
            is_needed=checkup.is_needed,
        )
        for checkup in checkups
    ]
    return DoctorAnswer(ok=not failing(checkups), workspace=workspace, checkups=rows)


def doctor_schema() -> str:
    """Return the published JSON Schema of the answer of `doctor`."""
    schema = DoctorAnswer.model_json_schema(by_alias=True)
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"
