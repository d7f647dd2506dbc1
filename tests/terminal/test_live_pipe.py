"""What `capstone run` writes where nobody watches: lines to a pipe, events for programs."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capstone_report.terminal.events import run_schema
from terminals import CAPSTONE, STUBBORN

Capstone = Callable[..., subprocess.CompletedProcess[str]]
WriteStudy = Callable[..., Path]
FAILING = "import sys\nprint('what it said last')\nsys.exit(3)\n"
SERIAL, POOL = "serial/threads=1,workers=1", "pool/threads=1,workers=2"


def events_of(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the objects of stdout, one per line."""
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def six_runs(capstone: Capstone, write_study: WriteStudy) -> subprocess.CompletedProcess[str]:
    """The answer with events of a study whose cases have six runs each."""
    write_study(repeats="6")
    return capstone("run", "--json")


def test_a_pipe_gets_a_line_for_each_command_and_each_run(capstone: Capstone) -> None:
    answer = capstone("run", FORCE_COLOR="1")

    lines = answer.stderr.splitlines()
    assert "\x1b" not in answer.stderr
    assert "\r" not in answer.stderr
    assert sum(line.startswith(f"tiny: {SERIAL}: ") for line in lines) == 1
    assert [line.split("]")[0] for line in lines if line.startswith("[")] == [
        *("[1/4", "[2/4", "[3/4", "[4/4"),
    ]
    assert lines[-1].endswith(" s: 0.001 s")
    assert answer.stdout.startswith("tiny: 4 runs measured, in ")


def test_a_pipe_learns_the_median_and_its_interval_once_there_is_one(
    six_runs: subprocess.CompletedProcess[str],
) -> None:
    *before, _, last = six_runs.stderr.splitlines()

    assert not any("median" in line for line in before)
    assert last.startswith("[12/12] ")
    assert last.endswith(": 0.001 s; median 0.001 s (0.001 to 0.001, n = 6)")


def test_a_failed_run_in_a_pipe_says_why_and_what_it_said_last(
    capstone: Capstone, write_study: WriteStudy
) -> None:
    write_study(pool=FAILING, repeats="1")

    answer = capstone("run")

    assert answer.returncode == 4
    assert ": exited with status 3\n    | what it said last\n" in answer.stderr


def test_every_event_follows_the_published_schema(
    six_runs: subprocess.CompletedProcess[str],
) -> None:
    schema = json.loads(run_schema())

    events = events_of(six_runs)

    assert len(events) == 1 + 2 * 12 + 1 + 1
    for event in events:
        jsonschema.validate(event, schema)
        assert event["schema"] == "capstone/run/2"


def test_the_events_tell_the_campaign_from_its_start_to_the_result(
    six_runs: subprocess.CompletedProcess[str], workspace: Path
) -> None:
    started, *runs, ended, result = events_of(six_runs)

    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")
    assert [started["event"], ended["event"]] == ["campaign-started", "campaign-ended"]
    assert started["machine"] == journal.parent.name
    assert (started["planned"], started["done"], started["seed"]) == (12, 0, 1)
    assert {case["case"]: case["wanted"] for case in started["cases"]} == {SERIAL: 6, POOL: 6}
    assert [run["event"] for run in runs] == ["run-started", "run-ended"] * 12
    assert (runs[-1]["done"], runs[-1]["total"], runs[-1]["n"]) == (12, 12, 6)
    assert [runs[-1][name] for name in ("value", "unit", "median", "low", "high")] == [
        *(0.001, "s", 0.001, 0.001, 0.001),
    ]
    assert runs[1]["low"] is None
    assert result["studies"] == [
        {"study": "tiny", "folder": str(journal.parent), "measured": 12, "failed": 0}
    ]
    assert result["problems"] == []


def test_progress_for_people_stays_on_stderr_beside_the_events(
    six_runs: subprocess.CompletedProcess[str],
) -> None:
    assert "[12/12] " in six_runs.stderr


def test_failures_are_events_and_problems_of_the_result(
    capstone: Capstone, write_study: WriteStudy
) -> None:
    write_study(pool=FAILING, repeats="1")

    answer = capstone("run", "--json")

    events = events_of(answer)
    failed = [event for event in events if event.get("outcome") == "failed"]
    assert answer.returncode == 4
    assert [event["message"] for event in failed] == ["exited with status 3"] * 2
    assert [event["value"] for event in failed] == [None, None]
    assert [problem["code"] for problem in events[-1]["problems"]] == ["CAP301", "CAP301", "CAP302"]


def test_where_nothing_is_missing_the_campaign_only_ends(
    capstone: Capstone, measured: Path
) -> None:
    events = events_of(capstone("run", "--json"))

    assert [event["event"] for event in events] == ["campaign-ended", "result"]
    assert events[0]["folder"] == str(measured.parent)


def test_an_error_is_one_line_too(capstone: Capstone) -> None:
    (error,) = events_of(capstone("run", "no-such-study", "--json"))

    assert error["schema"] == "capstone/error/1"


def test_events_arrive_while_the_campaign_runs(workspace: Path, write_study: WriteStudy) -> None:
    write_study(serial=STUBBORN, pool=STUBBORN, repeats="1")
    with subprocess.Popen(
        [CAPSTONE, "run", "--json"],
        cwd=workspace,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        events = [json.loads(process.stdout.readline())["event"] for _ in range(2)]
        process.terminate()
        ended = json.loads(process.stdout.readline())
        process.stdout.close()  # what a reader does not wait for must not change how it ended

    assert events == ["campaign-started", "run-started"]
    assert (ended["event"], ended["outcome"]) == ("run-ended", "interrupted")
    assert process.returncode == 143


@pytest.mark.parametrize("as_json", [False, True], ids=["progress", "events"])
def test_a_reader_that_goes_away_does_not_end_the_campaign(
    workspace: Path, *, as_json: bool
) -> None:
    readable, writable = os.pipe()
    os.close(readable)

    if as_json:
        subprocess.run([CAPSTONE, "run", "--json"], cwd=workspace, stdout=writable, check=True)
    else:
        subprocess.run([CAPSTONE, "run"], cwd=workspace, stderr=writable, check=True)

    os.close(writable)
    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")
    assert journal.read_text().count('"outcome":"ok"') == 4


def test_the_schema_of_the_events_can_be_printed(capstone: Capstone) -> None:
    assert capstone("schema", "run").stdout == run_schema()
