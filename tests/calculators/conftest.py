"""Runs calculators where there is no workspace: the real command, and in this process."""

import json
import re
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


@pytest.fixture(scope="session")
def significant_digits() -> Callable[[str], int]:
    """Count the significant digits of the number of a text that has most of them."""

    def count(text: str) -> int:
        numbers = re.findall(r"\d(?:[\d,]*\d)?(?:\.\d+)?", re.sub(r"e[+-]?\d+", "", text))
        return max(len(re.sub("[,.]", "", number).strip("0")) for number in numbers)

    return count
