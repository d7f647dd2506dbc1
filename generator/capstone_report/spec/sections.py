"""The sections of a study: all of them when it is valid, else those that are valid by themselves."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from capstone_report.spec.design import Design
from capstone_report.spec.study import Study


def sections_of(study: Study) -> dict[str, Any]:
    """Return a study's sections by name; the design's slots stand beside the others."""
    whole = {name: getattr(study, name) for name in Study.model_fields}
    return whole | dict(study.design.slots())


def valid_sections(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of a study's data that are valid each for itself.

    Where a section may be left out and is, its default stands in its place. A section with one
    wrong key is left out whole: what is missing in it would only make a second problem of one.
    """
    design = data.get("design")
    slots = _valid(Design.model_fields, design if isinstance(design, dict) else {})
    return _valid(Study.model_fields, data) | slots


def _valid(fields: Mapping[str, FieldInfo], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that fit their fields."""
    found: dict[str, Any] = {}
    for name, declared in fields.items():
        if name in data:
            try:
                found[name] = _reader(declared).validate_json(as_json(data[name]))
            except ValidationError:
                continue
        elif not declared.is_required():
            found[name] = declared.get_default(call_default_factory=True, validated_data={})
    return found


def _reader(declared: FieldInfo) -> TypeAdapter[Any]:
    """Return the reader of one field, with its constraints."""
    return TypeAdapter(declared.rebuild_annotation())


def as_json(data: object) -> str:
    """Return TOML data as JSON, in which pydantic reads dates, enums and tuples strictly."""
    return json.dumps(data, default=str, allow_nan=True)
