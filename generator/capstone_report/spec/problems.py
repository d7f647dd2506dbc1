"""From pydantic's errors to findings: key path, what is wrong, what to do."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding

Location = tuple[int | str, ...]


def problems_of(error: ValidationError, model: type[BaseModel], path: Path) -> list[Finding]:
    """Return one finding for each of pydantic's errors, at `file: key path`."""
    details = error.errors(include_url=False)
    return [_problem(d, model, path) for d in details if not _is_echo(d, details)]


def _is_echo(detail: Any, details: Sequence[Any]) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Tell whether a list only counts as too short because its items are wrong themselves."""
    place = detail["loc"]
    deeper = (other["loc"] for other in details if len(other["loc"]) > len(place))
    return detail["type"] == "too_short" and any(loc[: len(place)] == place for loc in deeper)


def key_path(location: Sequence[int | str]) -> str:
    """Return a location the way TOML users write it: benchmarks[1].levels.workers."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "(the whole file)"


def _problem(detail: Any, model: type[BaseModel], path: Path) -> Finding:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return the finding of one pydantic error."""
    location: Location = tuple(part for part in detail["loc"] if part != "[key]")
    where = f"{path}: {key_path(location)}"
    table, last = _fields(model, location[:-1]), str(location[-1]) if location else ""
    if detail["type"] == "extra_forbidden":
        close = get_close_matches(last, table, n=1)
        suggestion = f"; did you mean '{close[0]}'?" if close else ""
        known = ", ".join(table) or "no keys"
        return rules.UNKNOWN_KEY(where, key=last, suggestion=suggestion, known=known)
    if detail["type"] == "missing":
        return rules.MISSING_KEY(where, key=last, description=_description(table, last))
    reason = f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
    if not isinstance(detail["input"], dict | list) and repr(detail["input"]) not in reason:
        reason += f", not {detail['input']!r}"
    return rules.WRONG_VALUE(where, reason=reason, description=_description(table, last))


def _description(table: dict[str, FieldInfo], name: str) -> str:
    """Return what a field is for, in the model's own words."""
    field = table.get(name)
    text = (
        field.description
        if field and field.description
        else "write a value of the type that is named"
    )
    return " ".join(text.split())


def _fields(model: type[BaseModel], location: Location) -> dict[str, FieldInfo]:
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
