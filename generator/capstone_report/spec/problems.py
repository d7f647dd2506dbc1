"""From pydantic's errors to findings: the place, what is wrong, what to do."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from capstone_report.findings import schema as rules
from capstone_report.findings.finding import Finding
from capstone_report.launchers.launcher import Launcher, launchers
from capstone_report.parsers.parser import Parser, parsers
from capstone_report.perfmodel.comm.model import CommModel, models
from capstone_report.spec.declared import DeclaredFile
from capstone_report.spec.nearest import did_you_mean, nearest
from capstone_report.spec.positions import KeyPath

KEY_MARK = "[key]"
NUMBERS = {"float_type", "int_type"}
WORDS = {
    "string_type": "this is a text between quotes",
    "float_type": "this is a number",
    "int_type": "this is a whole number",
    "int_from_float": "this is a whole number",
    "bool_type": "this is true or false",
    "tuple_type": "this is a list between [ and ]",
    "dict_type": "this is a table of names",
    "model_type": "this is one table: write [name], not [[name]] and not a value",
    "too_short": "this list is empty",
    "string_too_short": "this text is empty",
    "string_pattern_mismatch": "this has the wrong form, or characters that are not allowed here",
    "date_from_datetime_parsing": "this is a date such as 2026-11-21, without quotes",
    "date_type": "this is a date such as 2026-11-21, without quotes",
    "date_parsing": "this is a date such as 2026-11-21, without quotes",
}
"""What is wrong, in the words of a TOML file instead of the library's."""
EXTENSIONS: tuple[tuple[type[BaseModel], Callable[[], Mapping[str, type[BaseModel]]]], ...] = (
    (CommModel, models),
    (Launcher, launchers),
    (Parser, parsers),
)
"""What a study chooses by its kind, and where the kinds are found."""


def problems_of(
    error: ValidationError, model: type[BaseModel], file: DeclaredFile
) -> list[Finding]:
    """Return one finding for each of pydantic's errors, at its place in the file."""
    details = error.errors(include_url=False)
    meant = {_meant(detail, model) for detail in details if detail["type"] == "extra_forbidden"}
    return [
        _problem(detail, model, file)
        for detail in details
        if not _is_echo(detail, details) and not _is_misspelt(detail, meant)
    ]


def _is_echo(detail: Any, details: Sequence[Any]) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Tell whether an error only follows from another one.

    A list counts as too short when its items are wrong, and what stands under a refused name is
    not looked at.
    """
    place = detail["loc"]
    others = [other["loc"] for other in details if other is not detail]
    if any(_names_a_key(loc) and place[: len(loc) - 1] == loc[:-1] for loc in others):
        return not _names_a_key(place)
    return detail["type"] == "too_short" and any(
        len(loc) > len(place) and loc[: len(place)] == place for loc in others
    )


def _names_a_key(location: Sequence[int | str]) -> bool:
    """Tell whether a location is pydantic's way to say that a key itself is wrong."""
    return len(location) > 1 and location[-1] == KEY_MARK


def _meant(detail: Any, model: type[BaseModel]) -> KeyPath:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return the path that an unknown key was probably meant to be, or nothing."""
    location = detail["loc"]
    close = nearest(str(location[-1]), _fields(model, location[:-1]))
    return (*location[:-1], close) if close else ()


def _is_misspelt(detail: Any, meant: set[KeyPath]) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Tell whether a key is only missing because it is misspelt."""
    return detail["type"] == "missing" and detail["loc"] in meant


def _problem(detail: Any, model: type[BaseModel], file: DeclaredFile) -> Finding:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return the finding of one pydantic error."""
    is_key = _names_a_key(detail["loc"])
    location: KeyPath = detail["loc"][:-1] if is_key else detail["loc"]
    table, last = _fields(model, location[:-1]), str(location[-1]) if location else ""
    if detail["type"] == "extra_forbidden":
        known = ", ".join(table) or "no keys"
        suggestion = did_you_mean(last, table)
        rule = rules.UNKNOWN_KEY("", key=last, suggestion=suggestion, known=known)
        return file.at(rule, location, on_key=True)
    description = _description(model, location)
    if detail["type"] == "missing":
        return file.at(rules.MISSING_KEY("", key=last, description=description), location)
    reason = f"the name {_reason(detail)}" if is_key else _reason(detail)
    wrong = rules.WRONG_VALUE("", reason=reason, description=description)
    return file.at(wrong, location, on_key=is_key)


def _reason(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what is wrong with a value, with the value, and the nearest one of a closed set."""
    value, kind = detail["input"], detail["type"]
    shown = "" if isinstance(value, dict | list) else f", not {_shown(value)}"
    if kind in WORDS:
        hint = "; take the quotes away" if kind in NUMBERS and isinstance(value, str) else ""
        return f"{WORDS[kind]}{shown}{hint}"
    reason = f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
    if shown and str(value) not in reason:
        reason += shown
    if not isinstance(value, str):
        return reason
    expected = str(detail.get("ctx", {}).get("expected", "")) or reason.partition("known: ")[2]
    return reason + did_you_mean(value, re.findall(r"[\w./-]+", expected))


def _shown(value: object) -> str:
    """Return a value as TOML writes it, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    most = 60
    return text if len(text) <= most else f"{text[:most]}..."


def _description(model: type[BaseModel], location: KeyPath) -> str:
    """Return what a field is for, in the model's own words; inside a value, what that value is for."""
    field = _fields(model, location[:-1]).get(str(location[-1])) if location else None
    if field is None and len(location) > 1:
        return _description(model, location[:-1])
    text = field.description if field and field.description else "see the reference of the study"
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
    for base, known in EXTENSIONS:
        if isinstance(annotation, type) and issubclass(annotation, base):
            return {name: f for kind in known().values() for name, f in kind.model_fields.items()}
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
