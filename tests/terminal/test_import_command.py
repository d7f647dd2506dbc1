"""`capstone import`: a mapped file into a study, a bare table into a study of its own."""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from capstone_report.importing.bare_study import bare_study, study_id_of
from capstone_report.importing.bare_table import BareTable, bare_table, unit_said
from capstone_report.importing.formats.format import formats
from capstone_report.terminal import imports
from capstone_report.terminal.imports import import_command
from elsewhere import mapping, write_external
from simulated import STUDY_ID

Answer = subprocess.CompletedProcess[str]
Run = Callable[..., Answer]

HEAT = "workers,seconds\n1,9.59\n2,5.07\n4,2.76\n8,1.65\n16,1.10\n32,0.86\n"
ANSWERS = ("--scope", "total", "--fixed", "work")


@pytest.fixture
def capstone_here(tmp_path: Path, capstone_in: Run) -> Run:
    """Run the real command in an empty folder with a bare table, heat.csv."""
    (tmp_path / "heat.csv").write_text(HEAT)
    return lambda *arguments: capstone_in(tmp_path, *arguments)


def test_a_six_row_table_becomes_a_checked_study_and_a_report_in_two_commands(
    tmp_path: Path, capstone_here: Run
) -> None:
    guessed = capstone_here("import", "heat.csv", "--guess", *ANSWERS)
    built = capstone_here("build", "--json")

    assert (guessed.returncode, built.returncode) == (0, 0), guessed.stderr + built.stderr
    assert "unit: s, as the column 'seconds' says" in guessed.stderr
    assert "heat: 6 runs imported from heat.csv, 0 were there" in guessed.stdout
    *_, last, following = guessed.stdout.splitlines()
    assert last.split() == ["32", "1", "0.86", "s", "11.2", "34.8", "%"]
    assert following == "next: capstone build; placeholders stand in specs/heat/study.toml"
    assert capstone_here("check").returncode == 0
    (study,) = json.loads(built.stdout)["studies"]
    assert study["verdict"] == "refused"
    page = (tmp_path / "site" / "heat" / "print.html").read_text()
    assert "no interval (n&nbsp;=&nbsp;1)" in page or "no interval" in page
    assert 'class="interval"' not in page
    assert "Imported, not measured here" in page
    assert "not stated beside heat.csv" in page


def test_what_a_bare_table_does_not_say_is_listed_in_a_pipe_and_nothing_is_written(
    tmp_path: Path, capstone_here: Run
) -> None:
    (tmp_path / "heat.csv").write_text(HEAT.replace("seconds", "value"))

    answer = capstone_here("import", "heat.csv", "--guess")

    assert answer.returncode == 2
    assert [line.split("answer with ")[1].split()[0] for line in answer.stderr.splitlines()] == [
        "--unit",
        "--scope",
        "--fixed",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name != "state"] == ["heat.csv"]


def test_a_table_with_a_cell_that_cannot_be_read_leaves_nothing_behind(
    tmp_path: Path, capstone_here: Run
) -> None:
    (tmp_path / "heat.csv").write_text("workers,seconds\n1,8\n2,x\n")

    broken = capstone_here("import", "heat.csv", "--guess", *ANSWERS)
    left = [path.name for path in tmp_path.iterdir() if path.name != "state"]
    (tmp_path / "heat.csv").write_text("workers,seconds\n1,8\n2,5\n")
    mended = capstone_here("import", "heat.csv", "--guess", *ANSWERS)

    assert broken.returncode == 3
    assert "heat.csv:3: [CAP371]" in broken.stderr
    assert left == ["heat.csv"]
    assert mended.returncode == 0, mended.stderr


def test_a_table_without_names_of_columns_is_told_what_to_write(
    tmp_path: Path, capstone_here: Run
) -> None:
    (tmp_path / "heat.csv").write_text("1,8\n2,5\n")

    answer = capstone_here("import", "heat.csv", "--guess", *ANSWERS)

    assert answer.returncode == 3
    assert "its first line names no columns; make it two columns with names" in answer.stderr


def test_a_study_joins_a_workspace_that_is_there_and_never_overwrites(
    tmp_path: Path, capstone_here: Run
) -> None:
    capstone_here("import", "heat.csv", "--guess", "here", *ANSWERS)
    (tmp_path / "weak.csv").write_text("rate,gpus\n10,8\n19,16\n")
    weak = ("--scope", "per-worker", "--fixed", "work-per-worker", "--unit", "samples/s")

    joined = capstone_here("import", "weak.csv", "--guess", "here", *weak, "--json")
    again = capstone_here("import", "heat.csv", "--guess", "here", *ANSWERS)

    assert joined.returncode == 0, joined.stderr
    said = json.loads(joined.stdout)
    assert (said["study"], said["imported"], said["already_there"]) == ("weak", 2, 0)
    assert said["points"][1] == {
        "workers": 16,
        "runs": 1,
        "value": 304.0,
        "unit": "samples/s",
        "speedup": pytest.approx(3.8),
        "efficiency": pytest.approx(1.9),
    }
    assert again.returncode == 2
    assert "CAP705" in again.stderr
    assert capstone_here("check", "--project", "here").returncode == 0


def test_a_mapped_file_becomes_runs_of_a_study_once(tmp_path: Path, capstone_in: Run) -> None:
    write_external(tmp_path, workers=[1, 2], unit="s")
    (tmp_path / "t.csv").write_text("p,t\n1,8\n2,5\n")
    (tmp_path / "m.toml").write_text(mapping(column="t"))
    command = ("import", "t.csv", "--study", STUDY_ID, "--mapping", "m.toml")

    first, second = (capstone_in(tmp_path, *command) for _ in range(2))
    built = capstone_in(tmp_path, "build")
    status = capstone_in(tmp_path, "status")

    assert "2 runs imported from t.csv, 0 were there" in first.stdout
    assert "0 runs imported from t.csv, 2 were there" in second.stdout
    assert "CAP370" in built.stderr
    assert "2 attempts, 0 failed, 0 missing; refused" in status.stdout


def test_a_mapping_that_scales_nothing_prints_no_table(tmp_path: Path, capstone_in: Run) -> None:
    scaling = {
        "name": "published",
        "scaling": "strong",
        "held_fixed": ["x"],
        "levels": {"workers": [1, 2]},
        "external": {"where": "x", "how": "x"},
    }
    other = {"name": "other", "external": {"where": "x", "how": "x"}}
    write_external(tmp_path, workers=[1, 2], unit="s", benchmarks=[scaling, other])
    (tmp_path / "t.csv").write_text("p,t\n1,8\n")
    (tmp_path / "m.toml").write_text(mapping(column="t", benchmark="other"))

    answer = capstone_in(tmp_path, "import", "t.csv", "--study", STUDY_ID, "--mapping", "m.toml")

    assert len(answer.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--study", "x"),
        ("folder", "--study", "x", "--mapping", "heat.csv"),
        ("--study", "x", "--mapping", "heat.csv", "--unit", "s"),
        ("--guess", "--study", "x"),
        ("--guess", "--unit", "parsecs"),
        ("--guess", "--workers", "nodes"),
    ],
)
def test_options_that_do_not_fit_together_are_a_usage_error(
    capstone_here: Run, arguments: tuple[str, ...]
) -> None:
    assert capstone_here("import", "heat.csv", *arguments).returncode == 2


def test_a_table_of_more_columns_needs_a_mapping(tmp_path: Path, capstone_here: Run) -> None:
    (tmp_path / "heat.csv").write_text("p,t,u\n1,2,3\n")

    answer = capstone_here("import", "heat.csv", "--guess")

    assert answer.returncode == 3
    assert "it has 3 columns, and a bare table has two" in answer.stderr


def test_on_a_terminal_what_is_open_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a,b\n1,8\n2,5\n")
    monkeypatch.setattr(imports, "_on_a_terminal", lambda: True)

    answer = CliRunner().invoke(
        import_command, ["t.csv", "--guess"], input="a\nms\nper-worker\nwork\n"
    )

    assert answer.exit_code == 0, answer.output
    assert "which column counts the workers?" in answer.stderr
    assert "in which unit is 'b'?" in answer.stderr
    assert 'unit = "ms"' in (tmp_path / "specs" / "t" / "mapping.toml").read_text()


def bare(text: str) -> BareTable | str:
    """Return what a bare table of that text is."""
    return bare_table(formats()["csv"]().read(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it has 0 columns"),
        ("1,8\n2,5\n", "its first line names no columns"),
        ("a,b\nx,8.5\n", "no column holds whole numbers of workers"),
    ],
)
def test_what_is_no_bare_table_says_why(text: str, words: str) -> None:
    said = bare(text)

    assert isinstance(said, str)
    assert words in said


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("seconds,p\n8,1\n5,2\n", "p"),
        ("number of nodes,t\n1,8\n2,5\n", "number of nodes"),
        ("x,y\n1,8.5\n2,5\n", "x"),
        ("x,y\n1,8\n2,5\n", None),
        ("gpus,nodes\n8,1\n16,2\n", None),
    ],
)
def test_the_column_of_the_workers_is_known_by_its_name_or_its_numbers(
    text: str, column: str | None
) -> None:
    found = bare(text)

    assert isinstance(found, BareTable)
    assert found.workers_column == column


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("seconds", "s"),
        ("time_s", "s"),
        ("Runtime (ms)", "ms"),
        ("time [us]", "us"),
        ("rate samples/s", "samples/s"),
        ("Seconds", "s"),
        ("time", None),
        ("bytes (B)", None),
        ("42", None),
    ],
)
def test_a_unit_is_taken_from_a_columns_name_only_where_it_stands_there(
    column: str, unit: str | None
) -> None:
    assert unit_said(column) == unit


@pytest.mark.parametrize(
    ("stem", "name"),
    [("Heat 3D", "heat-3d"), ("index", "table-index"), ("___", "table"), ("x" * 90, "x" * 64)],
)
def test_a_study_is_named_after_its_file(stem: str, name: str) -> None:
    assert study_id_of(stem) == name


def test_names_with_quotes_and_controls_stay_text() -> None:
    found = bare('"p","t ""\\x\x7f"\n1,8.5\n4,2\n')
    assert isinstance(found, BareTable)
    answers = {"unit": "s", "scope": "total", "fixed": "work", "source": 'a "b"\n[c]'}

    texts = bare_study(found, answers, file='we"ird.csv', today=date(2026, 11, 21))

    assert "\x7f" not in "".join(texts.values())
    assert 'source = "a \\"b\\" [c]"' in texts["mapping.toml"]


def test_the_mapping_of_a_bare_table_has_fewer_than_15_lines() -> None:
    found = bare(HEAT)
    assert isinstance(found, BareTable)

    texts = bare_study(
        found, {"scope": "total", "fixed": "work"}, file="heat.csv", today=date(2026, 11, 21)
    )

    assert len(texts["mapping.toml"].splitlines()) <= 15
    assert isinstance(import_command, click.Command)
