"""What a served site is made from is watched, and nothing beside it."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from capstone_report.site.watching import matters, watched


@pytest.mark.parametrize(
    "path",
    [
        "capstone.toml",
        "specs/x/study.toml",
        "specs/x/problem.md",
        "specs/x/train.py",
        "specs/x/raw/data.csv",
        "specs/x/results/m-1a2b3c/journal.jsonl",
    ],
)
def test_declarations_programs_prose_and_records_matter(path: str) -> None:
    assert matters(Path(path).parts)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "site/index.html",
        "specs/x/results/m-1a2b3c/running.json",
        "specs/x/results/m-1a2b3c/.reserve",
        "specs/x/results/m-1a2b3c/raw/serial-0/stdout",
        ".",
    ],
)
def test_what_no_report_shows_does_not_matter(path: str) -> None:
    assert not matters(Path(path).parts)


def test_writing_is_seen_and_reading_is_not(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], object]
) -> None:
    (tmp_path / "specs" / "x").mkdir(parents=True)
    prose = tmp_path / "specs" / "x" / "problem.md"
    prose.write_text("before")
    seen = Event()

    with watched(tmp_path, seen.set):
        prose.read_text()
        (tmp_path / "notes.txt").write_text("of no study")
        read = seen.wait(0.5)
        prose.write_text("after")
        eventually(seen.is_set)

    assert not read


def test_a_file_that_is_moved_into_place_is_seen(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], object]
) -> None:
    (tmp_path / "capstone.toml.new").write_text("format = 1\n")
    seen = Event()

    with watched(tmp_path, seen.set):
        (tmp_path / "capstone.toml.new").rename(tmp_path / "capstone.toml")
        eventually(seen.is_set)
