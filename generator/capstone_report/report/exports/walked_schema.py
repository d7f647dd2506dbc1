"""The JSON Schema of typed values as they are written, with units, and words from their docstrings."""

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.report.exports.walk import Hint, Json, fields_of, is_fact, is_union, members
from capstone_report.spec.base import Declared

UNITS = {"Seconds": "s", "Usd": "USD", "Bytes": "B"}
"""The unit of a number by the alias that its field is declared with."""
SUFFIXES = {
    "_bytes_per_s": "B/s",
    "_flop_per_s": "FLOP/s",
    "_per_s": "1/s",
    "_s": "s",
    "_bytes": "B",
    "_usd": "USD",
    "_w": "W",
    "_hours": "h",
}
"""The same by the end of the field's name, the longest first."""
DECLARED = "As declared, defaults included; its keys stand in the schema of declared files."
PLAIN: dict[Hint, Json] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    types.NoneType: {"type": "null"},
}


def schema_of(hint: Hint, known: dict[str, Json]) -> Json:
    """Return the JSON Schema of a type; facts and models are put into `known`, by name."""
    origin: Any = get_origin(hint)
    inner = get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if is_union(hint):
        return {"anyOf": [_member_schema(hint, part, known) for part in inner]}
    if origin is tuple:
        return _tuple_schema(inner, known)
    if origin is not None:
        return {"type": "object", "additionalProperties": schema_of(inner[1], known)}
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    name = _name(hint)
    if name not in known:
        known[name] = {}  # a type that holds itself finds its name
        build = _fact_schema if is_fact(hint) else _model_schema
        known[name] = build(hint, known)
    return {"$ref": f"#/$defs/{name}"}


def unit_of(name: str, declared: str = "") -> str:
    """Return the unit of a number, by how its field is declared, or by its name; else nothing."""
    aliases = (unit for alias, unit in UNITS.items() if re.search(rf"\b{alias}\b", declared))
    suffixes = (unit for suffix, unit in SUFFIXES.items() if name.endswith(suffix))
    return next(aliases, "") or next(suffixes, "")


def _name(kind: type) -> str:
    """Return what a type is called in the schema: what is declared may be called as what is found."""
    return f"Declared{kind.__name__}" if issubclass(kind, Declared | CommModel) else kind.__name__


def _member_schema(union: Hint, part: Hint, known: dict[str, Json]) -> Json:
    """Return the schema of one member of a union; one of several facts names its kind."""
    found = schema_of(part, known)
    if not is_fact(part) or sum(map(is_fact, members(union))) == 1:
        return found
    named = {"properties": {"kind": {"const": part.__name__}}, "required": ["kind"]}
    fact = known[part.__name__]
    fact["properties"]["kind"] = {"type": "string", "description": "Which of several it is."}
    return {"allOf": [found, named]}


def _tuple_schema(inner: tuple[Hint, ...], known: dict[str, Json]) -> Json:
    """Return the schema of a tuple: any number of items alike, or each in its place."""
    if inner[-1] is Ellipsis:
        return {"type": "array", "items": schema_of(inner[0], known)}
    places = [schema_of(part, known) for part in inner]
    return {"type": "array", "prefixItems": places, "minItems": len(inner), "maxItems": len(inner)}


def _fact_schema(kind: type, known: dict[str, Json]) -> Json:
    """Return the schema of a dataclass, with what its docstrings say."""
    said = {name: (declared, words) for name, declared, words in _declarations(kind)}
    properties = {}
    for name, hint in fields_of(kind).items():
        declared, words = said[name]
        unit = unit_of(name, declared)
        words = f"{words} In {unit}.".strip() if unit else words
        properties[name] = schema_of(hint, known) | ({"description": words} if words else {})
    return {
        "type": "object",
        "description": inspect.getdoc(kind) or "",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _declarations(kind: type) -> Iterator[tuple[str, str, str]]:
    """Yield each field of a dataclass, how it is declared, and the docstring below it."""
    facts = [base for base in reversed(kind.__mro__) if is_fact(base)]
    trees = [ast.parse(textwrap.dedent(inspect.getsource(fact))) for fact in facts]
    tops = [top for tree in trees for top in tree.body if isinstance(top, ast.ClassDef)]
    statements = [node for top in tops for node in top.body]
    for statement, after in zip(statements, [*statements[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            is_words = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            words = str(after.value.value) if is_words else ""  # type: ignore[union-attr] # is_words says so
            yield statement.target.id, ast.unparse(statement.annotation), " ".join(words.split())


def _model_schema(model: type[BaseModel], known: dict[str, Json]) -> Json:
    """Return the schema of a pydantic model; what a study declares has a schema of its own."""
    if issubclass(model, Declared | CommModel):
        return {"type": "object", "description": f"{inspect.getdoc(model)} {DECLARED}"}
    schema = model.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    for name, inner in schema.pop("$defs", {}).items():
        known.setdefault(name, inner)
    return schema
