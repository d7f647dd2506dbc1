"""What commands print: JSON with the name of its schema, tables, lines with a label, files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

LONGEST_INDENTED = 1_000_000
"""How many characters of JSON are indented for a reader."""


def print_json(command: str, /, **data: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Print a command's answer, with the name and version of its schema.

    It is indented unless it is too long to be read: indenting ten thousand cases takes a second.
    """
    answer = {"schema": f"capstone/{command}/1", **data}
    text = json.dumps(answer, allow_nan=False)
    click.echo(text if len(text) > LONGEST_INDENTED else json.dumps(answer, indent=1))


def print_json_error(problems: Sequence[dict[str, Any]]) -> None:
    """Print why there is no answer, in one line, for it may follow events of `run`."""
    answer = {"schema": "capstone/error/1", "ok": False, "problems": problems}
    click.echo(json.dumps(answer, allow_nan=False))


def print_labelled(rows: Sequence[tuple[str, str]]) -> None:
    """Print lines whose labels stand in one column."""
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        click.echo(f"  {label:<{width}}  {text}")


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose columns are as wide as they must be, flush right."""
    table = [headers, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    for row in table:
        cells = zip(row, widths, strict=True)
        click.echo("  " + "  ".join(f"{cell:>{width}}" for cell, width in cells))


def write_chart(path: Path, name: str, spec: dict[str, Any]) -> None:
    """Write a chart in the form that its file's suffix names, and say so."""
    from capstone_report.report.chart_files import chart_bytes

    path.write_bytes(chart_bytes(path.suffix, name, spec))
    click.echo(f"wrote {path}", err=True)
