"""Dates where TOML has dates, and nowhere else: in JSON, where models read them, both are text."""

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from capstone_report.spec.positions import KeyPath
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace


def misplaced_dates(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path of each date that is no date or should be none, with what is wrong."""
    if isinstance(value, dict | list):
        items = enumerate(value) if isinstance(value, list) else value.items()
        for part, inner in items:
            yield from misplaced_dates(inner, (*path, part))
        return
    wanted = bool(path) and path[-1] in _date_keys()
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    if wanted and not is_date:
        yield path, "this is a date such as 2026-11-21, without quotes and without a time"
    elif not wanted and isinstance(value, date | time):
        yield path, "this is no date: put quotes around it if it is text"


@cache
def _date_keys() -> set[str]:
    """Return the names of the fields that take dates."""
    return {name for model in (Study, Workspace) for name in _date_fields(model)}


def _date_fields(annotation: Any) -> Iterator[str]:  # noqa: ANN401 - any annotation
    """Yield the names of the date fields that an annotation reaches."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if date in {field.annotation, *get_args(field.annotation)}:
                yield name
            yield from _date_fields(field.annotation)
    for part in get_args(annotation):
        yield from _date_fields(part)
