"""`capstone journal verify` and `repair`: what they say, write, and end with."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.terminal import journals

Capstone = Callable[..., subprocess.CompletedProcess[str]]
INTEGRITY, LOCKED, USAGE = 5, 6, 2


@pytest.fixture
def damaged(measured: Path) -> Path:
    """The measured journal, whose third record was edited, and whose last line is unfinished."""
    lines = measured.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"cpu":"', b'"cpv":"', 1)
    measured.write_bytes(b"".join(lines) + b"{")
    return measured


def commit(workspace: Path) -> None:
    """Let git track everything in a workspace."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c")
    for arguments in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-qm", "all")):
        subprocess.run([*git, *arguments], cwd=workspace, check=True)


def test_nothing_measured_is_nothing_to_verify(capstone: Capstone) -> None:
    answer = capstone("journal", "verify")

    assert answer.returncode == 0
    assert "nothing has been measured yet" in answer.stdout


def test_whole_records_are_said_to_be_whole(capstone: Capstone, measured: Path) -> None:
    answer = capstone("journal", "verify", "tiny")

    size = measured.stat().st_size
    assert answer.returncode == 0
    assert f"tiny on {measured.parent.name}: whole; 5 records, {size} bytes;" in answer.stdout
    assert "0 missing or changed" in answer.stdout
    assert answer.stderr == ""


def test_a_study_that_is_not_valid_any_more_keeps_its_records(
    capstone: Capstone, measured: Path
) -> None:
    (measured.parents[2] / "study.toml").write_text("format = ")

    assert "whole; 5 records" in capstone("journal", "verify").stdout


def test_damage_is_exit_5_with_every_place(capstone: Capstone, damaged: Path) -> None:
    min(damaged.parent.glob("raw/*/metrics/*")).unlink()

    answer = capstone("journal", "verify")
    as_json = capstone("journal", "verify", "--json")

    assert answer.returncode == as_json.returncode == INTEGRITY
    assert "damaged; 5 records" in answer.stdout
    assert "[CAP604] record 2 is damaged: it is not what was written" in answer.stderr
    assert "[CAP613] behind record 2" in answer.stderr
    told = json.loads(as_json.stdout)
    (row,) = told["journals"]
    assert (told["schema"], told["ok"]) == ("capstone/journal-verify/1", False)
    assert (row["study"], row["state"], row["before_damage"]) == ("tiny", "damaged", 2)
    assert [p["code"] for p in row["problems"]] == ["CAP604", "CAP613", "CAP601", "CAP602"]
    assert row["raw_problems"] == 1


def test_of_many_problems_the_first_are_printed(capstone: Capstone, damaged: Path) -> None:
    lines = damaged.read_bytes().splitlines(keepends=True)
    damaged.write_bytes(b"".join([*lines[:4], b"x\n", b"\xff\n"] * 30))

    answer = capstone("journal", "verify")

    assert len(answer.stderr.splitlines()) == journals.SHOWN + 1
    assert "more; --json lists all" in answer.stderr


def test_progress_is_shown_on_a_terminal_when_it_takes_long(measured: Path) -> None:
    assert measured.exists()
    code = (
        "from capstone_report.terminal import journals; journals.QUIET_S = -1.0; journals.journal()"
    )
    main, secondary = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", code, "verify"],
        cwd=measured.parents[4],
        stdout=subprocess.PIPE,
        stderr=secondary,
        check=True,
    )
    shown = os.read(main, 65536).decode()
    os.close(main)
    os.close(secondary)

    assert f"tiny on {measured.parent.name}: 1 of " in shown
    assert shown.endswith("\r\x1b[2K")


def test_a_repair_says_what_it_kept_and_cut(capstone: Capstone, damaged: Path) -> None:
    before = damaged.read_bytes()

    answer = capstone("journal", "repair")

    assert answer.returncode == 0
    assert "kept records 0 to 1, cut records 2 to 4, cut 1 bytes of an unf" in answer.stdout
    assert (damaged.parent / "journal.damaged-0.jsonl").read_bytes() == before
    assert capstone("journal", "verify").returncode == 0
    assert "the journal is whole and was left alone" in capstone("journal", "repair").stdout
    assert capstone("run").returncode == 0


def test_a_repair_answers_in_json(capstone: Capstone, damaged: Path) -> None:
    lines = damaged.read_bytes().splitlines(keepends=True)
    damaged.write_bytes(b"".join([lines[0], lines[2]]))

    answer = capstone("journal", "repair", "tiny", "--machine", "here", "--json")

    (row,) = json.loads(answer.stdout)["journals"]
    assert row == {
        "study": "tiny",
        "machine": damaged.parent.name,
        "repaired": True,
        "kept": 1,
        "cut": 1,
        "torn_bytes": 0,
        "saved": str(damaged.parent / "journal.damaged-0.jsonl"),
    }


def test_one_record_is_said_in_the_singular_and_none_by_name() -> None:
    row = {"study": "s", "machine": "m", "repaired": True, "saved": "f"}

    said = journals._repaired({**row, "kept": 1, "cut": 1, "torn_bytes": 0})  # noqa: SLF001
    none = journals._repaired({**row, "kept": 0, "cut": 0, "torn_bytes": 7})  # noqa: SLF001

    assert said == "s on m: kept record 0, cut record 1; the damaged file is kept as f"
    assert none.startswith("s on m: kept no record, cut 7 bytes of an unfinished line;")


def test_a_tracked_journal_is_refused_when_damaged_and_left_alone_when_whole(
    capstone: Capstone, measured: Path, workspace: Path
) -> None:
    commit(workspace)
    whole = capstone("journal", "repair")
    measured.write_bytes(measured.read_bytes() + b"{")
    before = measured.read_bytes()

    answer = capstone("journal", "repair", "--machine", measured.parent.name)

    assert whole.returncode == 0
    assert answer.returncode == INTEGRITY
    assert "[CAP610]" in answer.stderr
    assert "git restore --source=COMMIT" in answer.stderr
    assert measured.read_bytes() == before
    assert not list(measured.parent.glob("journal.damaged*"))


def test_a_machine_without_records_is_named(capstone: Capstone, measured: Path) -> None:
    answer = capstone("journal", "repair", "--machine", "my-laptop")

    assert answer.returncode == USAGE
    assert f"known: {measured.parent.name}" in answer.stderr


@pytest.mark.parametrize("age", [0, 3600])
def test_run_passes_the_mark_of_another_host_only_when_it_is_old_and_asked_to(
    capstone: Capstone, measured: Path, write_study: Callable[..., Path], age: int
) -> None:
    write_study(repeats="3")
    mark = measured.parent / "running.json"
    mark.write_text('{"pid": 1, "host": "another-host", "since": "2026-11-21T10:00:00+00:00"}')
    os.utime(mark, (mark.stat().st_mtime - age,) * 2)

    refused = capstone("run")
    asked = capstone("run", "--take-over")

    assert refused.returncode == LOCKED
    assert "[CAP609] running.json names process 1 on host another-host" in refused.stderr
    assert asked.returncode == (0 if age else LOCKED)
    assert mark.exists() is not bool(age)
