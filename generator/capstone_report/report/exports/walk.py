"""Typed values as JSON: a new field of a fact appears in it by itself."""

import dataclasses
import math
import types
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.spec.base import Declared

Json: TypeAlias = Any
Hint: TypeAlias = Any


def written(hint: Hint, value: object) -> Json:
    """Return a value of a type as JSON holds it; what is no finite number is null.

    Paths are left out, for they say where files lie on one machine. A fact that stands in the
    place of another kind of fact names its own.
    """
    if isinstance(value, Declared | CommModel):
        return _declared(value)
    if isinstance(value, BaseModel):
        return finite(value.model_dump(mode="json"))
    kind: Hint = type(value)
    if is_fact(kind):
        several = sum(map(is_fact, members(hint))) > 1
        named = {"kind": kind.__name__} if several else {}
        fields = fields_of(kind)
        return named | {name: written(of, getattr(value, name)) for name, of in fields.items()}
    if isinstance(value, Mapping):
        (_, inner) = get_args(hint)
        return {str(key): written(inner, item) for key, item in value.items()}
    if isinstance(value, tuple):
        hints = _item_hints(hint, len(value))
        return [written(of, item) for of, item in zip(hints, value, strict=True)]
    return value.value if isinstance(value, Enum) else finite(value)


@lru_cache(maxsize=256)
def fields_of(kind: Hint) -> dict[str, Hint]:
    """Return the fields of a dataclass that are written, with their types."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return {name: hints[name] for name in names if hints[name] is not Path}


def is_fact(kind: object) -> TypeGuard[type]:
    """Tell whether a type is a dataclass."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def is_union(hint: Hint) -> bool:
    """Tell whether a type is one of several."""
    return get_origin(hint) in {Union, types.UnionType}


def members(hint: Hint) -> tuple[Hint, ...]:
    """Return what a union is made of; any other type alone."""
    return get_args(hint) if is_union(hint) else (hint,)


def finite(value: Json) -> Json:
    """Return JSON in which what is no finite number is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list) else value


def _item_hints(hint: Hint, size: int) -> list[Hint]:
    """Return the type of each item of a tuple."""
    tuples = (part for part in members(hint) if isinstance(part, types.GenericAlias))
    inner = get_args(next(tuples))
    return [inner[0]] * size if inner[-1] is Ellipsis else list(inner)


def _declared(value: object) -> Json:
    """Return what a study declares, defaults included; what is one of several kinds names it."""
    if isinstance(value, BaseModel):
        kind = getattr(type(value), "kind", None)
        named = {"kind": kind} if isinstance(kind, str) else {}
        return named | {name: _declared(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): _declared(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_declared(item) for item in value]
    plain = value is None or isinstance(value, str | int | float)
    return finite(value) if plain else str(value)
