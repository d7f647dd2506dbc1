"""The reference of declared files, generated from the models: every key with type, unit, example."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from capstone_report.launchers.launcher import launchers
from capstone_report.parsers.parser import parsers
from capstone_report.perfmodel.comm.model import models
from capstone_report.spec.base import Declared
from capstone_report.spec.example import example_values
from capstone_report.spec.kinds import Chosen
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace

Model: TypeAlias = type[BaseModel]
FILES: dict[str, type[Declared]] = {"study": Study, "workspace": Workspace}
PREFACE = """\
Generated from the models; do not edit. Every value in the column *example* stands in a study that
checks clean. `capstone schema` writes the same for editors.
"""
LONG, SMALL = 1e6, 1e-3
NAMES = {date: "date", str: "text", int: "whole number", float: "number", bool: "true or false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a declared file."""

    table: str
    """The header of its table, with NAME for names that an author chooses."""
    name: str
    type: str
    unit: str
    default: str
    """Empty when the key is required."""
    description: str
    example: str
    """A value as TOML; empty when the example study does not use the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a declared file."""

    header: str
    description: str
    keys: tuple[Key, ...]


def tables(file: str) -> tuple[Table, ...]:
    """Return every table of a declared file, "study" or "workspace", in the order of the models."""
    found = tuple(_tables(FILES[file], "", [example_values(file)]))
    return tuple(_with_examples_of_others(table, found) for table in found)


def reference_page() -> str:
    """Return the reference as one page of Markdown."""
    parts = [
        "# Reference of the declared files\n",
        PREFACE,
        "## specs/ID/study.toml\n",
        *(_table_text(table) for table in tables("study")),
        "## capstone.toml\n",
        *(_table_text(table) for table in tables("workspace")),
        "## Kinds\n",
        "A field that names a kind takes the name alone, or a table with `kind` and its options.\n",
        _kinds_text("Launchers", launchers()),
        _kinds_text("Communication models", models()),
        _kinds_text("Parsers", parsers()),
    ]
    return "\n".join(parts)


def _with_examples_of_others(table: Table, every: tuple[Table, ...]) -> Table:
    """Return a slot's table in which a key without an example has the one of another slot."""
    if not table.header.strip("[").startswith("design."):
        return table
    last = table.header.strip("[]").rpartition(".")[2]
    alike = [other for other in every if other.header.strip("[]").endswith(f".{last}")]
    slots = [other for other in every if other.header.startswith("[design.")]
    same_kind = alike if last in {"also", "rejected"} else slots
    rows = [key for other in same_kind for key in other.keys if key.example]
    known = {(key.name, key.type): key.example for key in rows}
    keys = [
        replace(key, example=key.example or known.get((key.name, key.type)) or _first(key.type))
        for key in table.keys
    ]
    return replace(table, keys=tuple(keys))


def _first(listed: str) -> str:
    """Return the first value of a closed set as an example of it."""
    found = re.match(r"`([^`]+)`", listed)
    return f'"{found[1]}"' if found else ""


def _tables(
    model: Model, path: str, examples: list[Any], *, repeated: bool = False
) -> Iterator[Table]:
    """Yield a model's table and those below it."""
    keys: list[Key] = []
    below: list[Iterator[Table]] = []
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        values = [value[name] for value in examples if isinstance(value, dict) and name in value]
        if inner is None:
            keys.append(_key(path, name, field, values))
            continue
        kind = _container(field.annotation)
        deeper = f"{path}.{name}".lstrip(".") + (".NAME" if kind is dict else "")
        held = [item for value in values for item in _items(value, kind)]
        below.append(_tables(inner, deeper, held, repeated=kind is tuple))
    header = f"[[{path}]]" if repeated else f"[{path}]"
    generic = model.__pydantic_generic_metadata__["origin"] or model
    description = _line(model.__doc__ or generic.__doc__ or "")
    yield Table(
        header=header if path else "(top of the file)", description=description, keys=tuple(keys)
    )
    yield from chain.from_iterable(below)


def _items(value: Any, kind: type | None) -> list[Any]:  # noqa: ANN401 - TOML
    """Return the tables that a value holds."""
    if kind is dict and isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]


def _key(path: str, name: str, field: FieldInfo, values: list[Any]) -> Key:
    """Return one key's row."""
    extra = _extra(field)
    return Key(
        table=path,
        name=name,
        type=_type(field),
        unit=str(extra.get("unit", "")),
        default="" if field.is_required() else _optional(field),
        description=_line(field.description or ""),
        example=_toml(values[0]) if values else "",
    )


def _optional(field: FieldInfo) -> str:
    """Return what stands in the place of a key that is left out."""
    default = field.get_default(call_default_factory=True, validated_data={})
    return "none" if default is None else _toml(default)


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    """Return what a field says about itself beside its type, directly or in an optional part."""
    extras = [field.json_schema_extra, *_extras_in(field.annotation)]
    return next((extra for extra in extras if isinstance(extra, dict)), {})


def _extras_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    """Yield the extras of the annotated parts of an annotation."""
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield part.json_schema_extra
        yield from _extras_in(part)


def _type(field: FieldInfo) -> str:
    """Return what a field takes, in words."""
    chosen = next((part for part in field.metadata if isinstance(part, Chosen)), None)
    chosen = chosen or next(_chosen_in(field.annotation), None)
    if chosen:
        return f"a {chosen.what}: " + ", ".join(f"`{kind}`" for kind in chosen.known())
    return _words(field.annotation)


def _chosen_in(annotation: Any) -> Iterator[Chosen]:  # noqa: ANN401 - any annotation
    """Yield the extensions that an annotation lets an author choose."""
    for part in get_args(annotation):
        if isinstance(part, Chosen):
            yield part
        yield from _chosen_in(part)


def _words(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """Return an annotation in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{_toml(value)}`" for value in parts)
    if origin in {Annotated, Union, UnionType}:
        wanted = parts[:1] if origin is Annotated else parts
        return " or ".join(_words(part) for part in wanted if part is not type(None))
    if origin in {tuple, dict}:
        return f"{'list' if origin is tuple else 'table'} of {_words(_held(parts))}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{value}`" for value in annotation)
    return NAMES.get(annotation, str(annotation))


def _held(parts: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any annotation
    """Return what a list or a table of names holds."""
    return [part for part in parts if part is not Ellipsis][-1]


def _container(annotation: Any) -> type | None:  # noqa: ANN401 - any annotation
    """Return tuple or dict where a field holds several tables."""
    origin = get_origin(annotation)
    if origin in {tuple, dict}:
        return origin  # type: ignore[no-any-return] # one of the two
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return _container(parts[0]) if origin in {Annotated, Union, UnionType} and parts else None


def _model_in(annotation: Any) -> Model | None:  # noqa: ANN401 - any annotation
    """Return the declared model that a field holds, alone or in a container."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation
    found = (_model_in(part) for part in get_args(annotation) if part is not type(None))
    return next((model for model in found if model), None)


def _line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def _toml(value: Any) -> str:  # noqa: ANN401 - TOML
    """Return a value as TOML would hold it in one line."""
    if isinstance(value, BaseModel):
        return _toml(getattr(value, "kind", value.model_dump(exclude_none=True)))
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {_toml(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, float) and (abs(value) >= LONG or 0 < abs(value) < SMALL):
        mantissa, _, power = f"{value:e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    return json.dumps(value, ensure_ascii=False)


def _table_text(table: Table) -> str:
    """Return one table of the reference."""
    rows = [
        f"| `{key.name}` | {_cell(key.type)} | {_cell(key.unit)} | {_default(key)} "
        f"| {_cell(key.description)} | {_code(key.example)} |"
        for key in table.keys
    ]
    head = ["| key | takes | unit | default | meaning | example |", "|---|---|---|---|---|---|"]
    header = table.header if table.header.startswith("(") else f"`{table.header}`"
    body = "\n".join([*head, *rows]) if rows else "It holds further tables only."
    return f"### {header}\n\n{table.description}\n\n{body}\n"


def _default(key: Key) -> str:
    """Return a key's default, or that it is required."""
    return _code(key.default) if key.default else "**required**"


def _code(text: str) -> str:
    """Return a text as code in a table's cell."""
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    """Return a text that cannot end a table's cell."""
    return text.replace("|", "\\|")


def _kinds_text(title: str, known: Mapping[str, type[BaseModel]]) -> str:
    """Return the kinds of an extension with their options."""
    lines = [f"### {title}\n"]
    for kind, model in known.items():
        lines.append(f"- `{kind}`: {_line(model.__doc__ or '')}")
        lines += _options(model, indent="    ")
    return "\n".join(lines) + "\n"


def _options(model: type[BaseModel], *, indent: str) -> Iterator[str]:
    """Yield the options of a kind, each with those of the tables that it holds below it."""
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"default `{_optional(field)}`"
        yield f"{indent}- `{name}` ({default}): {_line(field.description or '')}"
        held = next(iter(get_args(field.annotation)), None)
        if isinstance(held, type) and issubclass(held, BaseModel):
            yield from _options(held, indent=f"{indent}    ")
