"""From pydantic's errors to findings: the place, what is wrong, what to do."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from capstone_report.findings import schema as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.declared import DeclaredFile
from capstone_report.spec.positions import KeyPath


def problems_of(
    error: ValidationError, model: type[BaseModel], file: DeclaredFile
) -> list[Finding]:
    """Return one finding for each of pydantic's errors, at its place in the file."""
    details = error.errors(include_url=False)
    return [_problem(d, model, file) for d in details if not _is_echo(d, details)]


def _is_echo(detail: Any, details: Sequence[Any]) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Tell whether a list only counts as too short because its items are wrong themselves."""
    place = detail["loc"]
    deeper = (other["loc"] for other in details if len(other["loc"]) > len(place))
    return detail["type"] == "too_short" and any(loc[: len(place)] == place for loc in deeper)


def _problem(detail: Any, model: type[BaseModel], file: DeclaredFile) -> Finding:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return the finding of one pydantic error."""
    is_key = "[key]" in detail["loc"]
    location: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    table, last = _fields(model, location[:-1]), str(location[-1]) if location else ""
    if detail["type"] == "extra_forbidden":
        known = ", ".join(table) or "no keys"
        suggestion = _suggestion(last, table)
        rule = rules.UNKNOWN_KEY("", key=last, suggestion=suggestion, known=known)
        return file.at(rule, location, on_key=True)
    if detail["type"] == "missing":
        missing = rules.MISSING_KEY("", key=last, description=_description(table, last))
        return file.at(missing, location)
    wrong = rules.WRONG_VALUE("", reason=_reason(detail), description=_description(table, last))
    return file.at(wrong, location, on_key=is_key)


def _reason(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what is wrong with a value, with the value, and the nearest one of a closed set."""
    reason = f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
    value = detail["input"]
    if not isinstance(value, dict | list) and repr(value) not in reason:
        reason += f", not {value!r}"
    if not isinstance(value, str):
        return reason
    expected = str(detail.get("ctx", {}).get("expected", "")) or _listed(reason)
    return reason + _suggestion(value, re.findall(r"[\w./-]+", expected))


def _listed(reason: str) -> str:
    """Return the names that a refusal of ours lists as known."""
    return reason.partition("known: ")[2]


def _suggestion(written: str, known: Iterable[str]) -> str:
    """Return the nearest known name as a question, or nothing when none is near."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(written.lower(), names, n=1)
    return f"; did you mean '{names[close[0]]}'?" if close and names[close[0]] != written else ""


def _description(table: dict[str, FieldInfo], name: str) -> str:
    """Return what a field is for, in the model's own words."""
    field = table.get(name)
    text = (
        field.description
        if field and field.description
        else "write a value of the type that is named"
    )
    return " ".join(text.split())


def _fields(model: type[BaseModel], location: KeyPath) -> dict[str, FieldInfo]:
    """Return the fields of the table at a location, walking the models."""
    here: Any = model
    for part in location:
        if isinstance(part, str) and part in _model_fields(here):
            here = _model_fields(here)[part].annotation
        else:
            here = _inner(here)
    return _model_fields(here)


def _model_fields(annotation: Any) -> dict[str, FieldInfo]:  # noqa: ANN401 - any annotation
    """Return the fields of the model that an annotation names, or of the model it may be."""
    if get_origin(annotation) in {Union, UnionType}:
        return next(
            (fields for part in get_args(annotation) if (fields := _model_fields(part))), {}
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields
    return {}


def _inner(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return what a container annotation holds: the item of a tuple, the value of a dict."""
    arguments = [part for part in get_args(annotation) if part is not Ellipsis]
    return (
        arguments[-1]
        if arguments and get_origin(annotation) is dict
        else next(iter(arguments), None)
    )
