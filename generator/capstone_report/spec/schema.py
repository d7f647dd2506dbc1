"""The JSON Schema of declared files, for editors: completion, descriptions, errors while typing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from capstone_report.findings.finding import Finding
from capstone_report.findings.schema import STALE_SCHEMA
from capstone_report.spec.base import Declared
from capstone_report.spec.example import example_values
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace

SCHEMA_FILE = "specs/study.schema.json"
MODELS: dict[str, type[Declared]] = {"study": Study, "workspace": Workspace}


def schema_text(name: str = "study") -> str:
    """Return the JSON Schema of a declared file: "study" or "workspace"."""
    schema = MODELS[name].model_json_schema()
    for title, definition in schema.get("$defs", {}).items():
        _simplify(definition, title)
    _simplify(schema, name)
    _give_examples(schema, schema, example_values(name))
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"capstone {name}"}
    return json.dumps(head | schema, indent=1, sort_keys=True) + "\n"


def schema_findings(root: Path) -> Iterator[Finding]:
    """Yield a warning when the project's schema file is not the one of this capstone."""
    file = root / SCHEMA_FILE
    if file.is_file() and file.read_bytes() != schema_text().encode():
        yield STALE_SCHEMA(SCHEMA_FILE)


def write_schema(root: Path) -> Path:
    """Write the study's schema into a project and return the file."""
    file = root / SCHEMA_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(schema_text(), encoding="utf-8")
    return file


def _simplify(node: Any, title: str) -> None:  # noqa: ANN401 - JSON
    """Take generated titles away and set descriptions in one line, with their unit."""
    if isinstance(node, list):
        for item in node:
            _simplify(item, title)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        node.pop("title")
    _drop_null(node)
    if isinstance(node.get("description"), str):
        unit = _unit(node)
        said = " ".join(node["description"].split())
        node["description"] = f"{said} In {unit}." if unit else said
    for value in node.values():
        _simplify(value, title)


def _drop_null(node: dict[str, Any]) -> None:
    """Make an optional value plain: TOML has no null, and an alternative doubles every error."""
    options = [option for option in node.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        node.pop("anyOf")
        node.update({name: value for name, value in options[0].items() if name != "description"})
    if node.get("default", ...) is None:
        node.pop("default")


def _unit(node: dict[str, Any]) -> str:
    """Return the unit that a described number carries; plain numbers have none."""
    unit = node.get("unit")
    return unit if isinstance(unit, str) and unit != "1" else ""


def _give_examples(node: dict[str, Any], root: dict[str, Any], value: Any) -> None:  # noqa: ANN401 - JSON
    """Put the example's values beside the properties that they are examples of."""
    here = _followed(node, root)
    if isinstance(value, list) and "items" in here:
        for item in value:
            _give_examples(here["items"], root, item)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        known = here.get("properties", {}).get(name) or here.get("additionalProperties")
        if isinstance(known, dict):
            if not _has_tables(inner):
                known.setdefault("examples", [inner])
            _give_examples(known, root, inner)


def _has_tables(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether a value is a table, or a list of tables."""
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def _followed(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Return the definition that a node refers to, or the node itself."""
    if "$ref" not in node:
        return node
    found: dict[str, Any] = root["$defs"][node["$ref"].rpartition("/")[2]]
    return found
