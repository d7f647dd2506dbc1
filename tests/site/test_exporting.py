"""An export on disk: whole or not there, and never in the place of somebody's work."""

from pathlib import Path

import pytest

from capstone_report.errors import UsageError
from capstone_report.results.journal import read_journal
from capstone_report.site.exporting import MARKER, sources, write_export
from capstone_report.spec.load import load_project
from simulated import TIMES, analyse, machine_folder


def names(folder: Path) -> list[str]:
    """Return the files of a folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_what_was_written_is_listed(tmp_path: Path) -> None:
    out = tmp_path / "new" / "export"

    listed = write_export(out, {"figures/b.svg": b"b", "a.csv": b"a"})

    assert listed == [out / "a.csv", out / "figures" / "b.svg"]
    assert names(out) == [MARKER, "a.csv", "figures/b.svg"]
    assert (out / "figures" / "b.svg").read_bytes() == b"b"


def test_an_earlier_export_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_export(tmp_path / "export", {"old.csv": b""})

    write_export(tmp_path / "export", {"new.csv": b""})

    assert names(tmp_path) == [f"export/{MARKER}", "export/new.csv"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()

    write_export(tmp_path / "export", {"new.csv": b""})

    assert names(tmp_path / "export") == [MARKER, "new.csv"]


@pytest.mark.parametrize("kind", ["folder", "file", "link", "link to nothing"])
def test_what_no_export_wrote_is_refused_and_left_alone(kind: str, tmp_path: Path) -> None:
    out, mine = tmp_path / "out", tmp_path / "mine"
    write_export(mine, {"thesis.txt": b"three years of work"})
    if kind == "folder":
        out.mkdir()
        (out / "thesis.txt").write_bytes(b"three years of work")
    elif kind == "file":
        out.write_bytes(b"three years of work")
    else:
        out.symlink_to(mine if kind == "link" else tmp_path / "nowhere")
    before = names(tmp_path)

    with pytest.raises(UsageError, match="CAP720"):
        write_export(out, {"new.csv": b""})

    assert names(tmp_path) == before


def test_a_write_that_fails_leaves_the_earlier_export(tmp_path: Path) -> None:
    write_export(tmp_path / "export", {"old.csv": b""})

    with pytest.raises(OSError, match="a"):
        write_export(tmp_path / "export", {"a": b"", "a/b": b""})

    assert names(tmp_path) == [f"export/{MARKER}", "export/old.csv"]


def test_a_notebook_gets_the_declarations_the_programs_and_the_records_and_no_more(
    tmp_path: Path,
) -> None:
    analyse(tmp_path, TIMES, prose={"problem": "Prose."})
    project = load_project(tmp_path)
    (loaded,) = project.studies
    (loaded.folder / "data.bin").write_bytes(b"large")

    found = sources(tmp_path, loaded, read_journal(machine_folder(loaded)))

    inside = "specs/simulated"
    assert sorted(found) == [
        "capstone.toml",
        f"{inside}/pool.py",
        f"{inside}/problem.md",
        f"{inside}/results/invented-x1-000000/journal.jsonl",
        f"{inside}/serial.py",
        f"{inside}/study.toml",
    ]
