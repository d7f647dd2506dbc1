"""The budgets and habits of ARCHITECTURE.md, measured."""

import ast
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from statistics import median

import click
import pytest

from capstone_report.cli import commands
from sites import REPOSITORY

PACKAGE = REPOSITORY / "generator" / "capstone_report"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "scaffold" not in p.parts)
MODULES = [path for path in FILES if path.name != "__init__.py"]


def functions(path: Path) -> list[ast.FunctionDef]:
    """Return every function of a file."""
    return [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]


def lengths() -> list[int]:
    """Return the length of every function, in lines."""
    found = chain.from_iterable(functions(path) for path in FILES)
    return [(f.end_lineno or f.lineno) - f.lineno + 1 for f in found]


def test_files_stay_within_their_budget() -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in MODULES}

    assert max(sizes.values()) <= 450, sizes
    assert median(sizes.values()) <= 120


def test_functions_stay_within_their_budget() -> None:
    assert max(lengths()) <= 60
    assert median(lengths()) <= 9


def test_no_module_is_a_dumping_ground() -> None:
    names = {path.stem for path in FILES}

    assert not names & {"utils", "helpers", "common", "misc", "manager", "util", "helper"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_and_every_public_function_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    silent = [
        f.name for f in functions(path) if not f.name.startswith("_") and not ast.get_docstring(f)
    ]

    assert ast.get_docstring(tree)
    assert silent == []


def touches_the_edge(path: Path) -> bool:
    """Tell whether a file starts processes or prints; what it says in a text is not what it does."""
    return any(
        (isinstance(node, ast.alias) and node.name == "subprocess")
        or (isinstance(node, ast.Name) and node.id == "print")
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_only_the_edge_touches_processes_and_the_terminal() -> None:
    touching = {path.relative_to(PACKAGE).parts[0] for path in FILES if touches_the_edge(path)}

    # A regular expression can take forever: only another process can be given a limit. Workloads are
    # programs of other processes themselves, and one of them starts agents on hosts. The site's pages
    # are printed by a browser.
    assert touching <= {"measure", "parsers", "workloads", "site", "cli.py"}


def test_the_package_imports_no_heavy_library_to_show_its_help() -> None:
    code = "import sys, capstone_report.cli; print(sorted(set(sys.modules)))"

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    loaded = set(ast.literal_eval(answer.stdout))
    assert not loaded & {"altair", "mkdocs", "pandas", "pydantic", "torch", "jinja2", "psutil"}


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_has_help_and_stands_in_the_readme(name: str) -> None:
    command = commands.commands[name]
    readme = (REPOSITORY / "README.md").read_text()

    assert isinstance(command, click.Command)
    assert command.help
    assert f"`capstone {name}" in readme


def test_templates_compute_nothing() -> None:
    arithmetic = re.compile(r"\{[{%][^}]*[\w)\]] [*/+-] [\w(][^}]*[}%]\}")
    templates = [p for p in (PACKAGE / "report").rglob("*") if p.suffix in {".md", ".html"}]

    guilty = [path.name for path in templates if arithmetic.search(path.read_text())]

    assert len(templates) > 15
    assert guilty == []
