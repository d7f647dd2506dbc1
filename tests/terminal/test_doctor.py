"""`capstone doctor`: a line for each thing, JSON of the published schema, and an exit code."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema

from capstone_report.terminal.doctor_json import doctor_schema

Capstone = Callable[..., subprocess.CompletedProcess[str]]


def test_each_thing_is_one_line_with_how_it_stands(capstone: Capstone) -> None:
    answer = capstone("doctor")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    lines = answer.stdout.splitlines()
    assert len(lines) > 20
    assert all(re.match(r"(ok|degraded|missing) +\S.+ \(for .+\)", line) for line in lines)
    assert re.search(r"^missing +site url .*url = ", answer.stdout, re.MULTILINE)


def test_what_a_study_needs_and_is_missing_is_exit_code_7(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    write_study(serial_extra='requires = ["no_such_module"]\ninstall = "pip install no-such"')

    answer = capstone("doctor")

    assert answer.returncode == 7
    assert "[CAP728] no_such_module: not installed" in answer.stderr
    assert "pip install no-such" in answer.stderr
    assert "needed here" in answer.stdout


def test_the_json_answer_has_its_published_schema(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    good = json.loads(capstone("doctor", "--json").stdout)
    write_study(serial_extra='requires = ["no_such_module"]')

    bad = capstone("doctor", "--json")

    for answer in (good, json.loads(bad.stdout)):
        jsonschema.validate(answer, json.loads(doctor_schema()))
    assert good["ok"]
    assert good["workspace"]
    assert bad.returncode == 7
    assert not json.loads(bad.stdout)["ok"]


def test_it_works_outside_of_a_workspace(tmp_path: Path, capstone_in: Capstone) -> None:
    answer = capstone_in(tmp_path, "doctor", "--json")

    assert answer.returncode == 0, answer.stderr
    assert not json.loads(answer.stdout)["workspace"]
