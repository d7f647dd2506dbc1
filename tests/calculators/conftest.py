"""Runs calculators where there is no workspace: the real command, and in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

Run = Callable[..., Any]


@pytest.fixture
def calculate(tmp_path: Path, capstone_in: Run) -> Run:
    """Run a calculator as a user does, in an empty folder; its arguments as one line or several."""

    def run(*arguments: str) -> Any:  # noqa: ANN401 - a completed process
        return capstone_in(tmp_path, *arguments)

    return run


@pytest.fixture
def answered(calculate: Run) -> Callable[..., dict[str, Any]]:
    """Run a calculator with --json and return what it answers."""

    def run(line: str, *arguments: str) -> dict[str, Any]:
        done = calculate(*line.split(), *arguments, "--json")
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


@pytest.fixture(scope="session")
def invoked() -> Callable[..., Result]:
    """Run a calculator's command in this process."""

    def run(command: click.Command, *arguments: str) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments])

    return run
