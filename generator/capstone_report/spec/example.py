"""One annotated study that uses every key: its values are the examples of schema and reference."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def example_text(name: str) -> str:
    """Return the example of a declared file, "study" or "workspace", as TOML."""
    return files(__package__).joinpath("examples", f"{name}.toml").read_text(encoding="utf-8")


@cache
def example_values(name: str) -> dict[str, Any]:
    """Return what an example says; dates as text, as JSON has none."""
    return _plain(tomllib.loads(example_text(name)))  # type: ignore[no-any-return] # a table


def _plain(value: Any) -> Any:  # noqa: ANN401 - TOML
    """Return a value in which dates are text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool) else str(value)
