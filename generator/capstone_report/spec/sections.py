"""The sections of a study: all of them when it is valid, else those that are valid by themselves."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from capstone_report.spec.design import Design
from capstone_report.spec.study import Study

UNREADABLE = object()


def sections_of(study: Study) -> dict[str, Any]:
    """Return a study's sections by name; the design's slots stand beside the others."""
    whole = {name: getattr(study, name) for name in Study.model_fields}
    return whole | dict(study.design.slots())


def valid_sections(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of a study's data that are valid each for itself.

    Where a section may be left out and is, its default stands in its place.
    """
    design = data.get("design")
    slots = _valid(Design.model_fields, design if isinstance(design, dict) else {})
    return _valid(Study.model_fields, data) | slots


def _valid(fields: Mapping[str, FieldInfo], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that fit their fields."""
    found: dict[str, Any] = {}
    for name, declared in fields.items():
        if name in data:
            value = _read(_reader(declared), deepcopy(data[name]))
            if value is not UNREADABLE:
                found[name] = value
        elif not declared.is_required():
            found[name] = declared.get_default(call_default_factory=True, validated_data={})
    return found


def _read(reader: TypeAdapter[Any], data: Any) -> Any:  # noqa: ANN401 - TOML
    """Return a section's value, if need be without the keys that are wrong in it."""
    try:
        return reader.validate_json(as_json(data))
    except ValidationError as error:
        wrong = [detail["loc"] for detail in error.errors() if detail["type"] != "missing"]
    try:
        for location in wrong:
            _remove(data, location)
        return reader.validate_json(as_json(data))
    except (ValidationError, LookupError, TypeError):
        return UNREADABLE


def _remove(data: Any, location: tuple[int | str, ...]) -> None:  # noqa: ANN401 - TOML
    """Take one key away; an item of a list stays, or the others would change their numbers."""
    *way, last = location
    for part in way:
        data = data[part]
    if isinstance(data, dict):
        data.pop(last, None)


def _reader(declared: FieldInfo) -> TypeAdapter[Any]:
    """Return the reader of one field, with its constraints."""
    return TypeAdapter(declared.rebuild_annotation())


def as_json(data: object) -> str:
    """Return TOML data as JSON, in which pydantic reads dates, enums and tuples strictly."""
    return json.dumps(data, default=str, allow_nan=True)
