"""One edit to a valid study: the check ends with 0, 1 or 3, and every problem stands in the file.

CAPSTONE_MUTATIONS says how many edits are tried; 10000 take some minutes.
"""

import json
import os
import random
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capstone_report.cli import main

EDITS = int(os.environ.get("CAPSTONE_MUTATIONS", "400"))
HERE = Path(__file__).resolve()
REPOSITORY = HERE.parents[2]
STUDIES = sorted(
    [
        *REPOSITORY.glob("specs/*/study.toml"),
        *REPOSITORY.glob("tests/studies/specs/*/study.toml"),
        *REPOSITORY.glob("generator/capstone_report/spec/scaffold/templates/*/study.toml"),
    ]
)
CHARACTERS = "aZ0_-.=[]{}\"'#\n\r\t ,\\\x00\x1b\x7f\u00e9\u202e\u200b\u4e2d\U0001f600\ufeff"
VALUES = (
    *("1e308", "5e-324", "-0.0", "0x" + "f" * 5000, "9223372036854775807", "[[[[1]]]]"),
    *('""', '"x"', "0", "-1", "1.5", "true", "[]", "{}", "[1]", '["x"]', "{ a = 1 }"),
    *("nan", "inf", "9" * 30, "1e999", "2026-11-21", '"../../x"', '"{nothing}"', '"""\n"""'),
)


def a_character(text: str, dice: random.Random) -> str:
    """Insert, replace or delete one character."""
    at = dice.randrange(len(text))
    return text[:at] + dice.choice([dice.choice(CHARACTERS), ""]) + text[at + dice.randrange(2) :]


def a_line(text: str, dice: random.Random) -> str:
    """Delete, double or move one line."""
    lines = text.split("\n")
    at, to = dice.randrange(len(lines)), dice.randrange(len(lines))
    line = lines.pop(at)
    for place in dice.choice([[], [at, at], [to]]):
        lines.insert(place, line)
    return "\n".join(lines)


def a_value(text: str, dice: random.Random) -> str:
    """Put a value of another type behind one key."""
    lines = text.split("\n")
    at = dice.choice([n for n, line in enumerate(lines) if " = " in line])
    key = lines[at].split(" = ", 1)[0]
    lines[at] = f"{key} = {dice.choice(VALUES)}"
    return "\n".join(lines)


def a_key(text: str, dice: random.Random) -> str:
    """Misspell, lengthen or empty one key or table name."""
    lines = text.split("\n")
    at = dice.choice([n for n, line in enumerate(lines) if " = " in line or line.startswith("[")])
    cut = dice.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:cut] + dice.choice(["x", "_", ".a", '"', ""]) + lines[at][cut + 1 :]
    return "\n".join(lines)


def a_table(text: str, dice: random.Random) -> str:
    """Delete or double one table."""
    parts = text.split("\n[")
    at = dice.randrange(len(parts))
    part = parts.pop(at)
    for _ in range(dice.choice([0, 2])):
        parts.insert(at, part)
    return "\n[".join(parts)


KINDS: tuple[Callable[[str, random.Random], str], ...] = (
    a_character,
    a_line,
    a_value,
    a_key,
    a_table,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with every price that a study names, and room for one study."""
    tables = [
        table
        for path in (REPOSITORY / "capstone.toml", *REPOSITORY.glob("**/capstone.toml"))
        if ".venv" not in path.parts
        for table in re.split(r"(?m)^(?=\[)", path.read_text())
        if table.startswith("[prices.")
    ]
    books = {table.split("]")[0]: table for table in tables}
    head = 'format = 1\n\n[site]\ntitle = "Edited studies"\n\n'
    (tmp_path / "capstone.toml").write_text(head + "".join(f"{b}\n" for b in books.values()))
    return tmp_path


def checked(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> tuple[int, Any]:  # noqa: ANN401 - pytest's own
    """Run `capstone check --format json` in this process and return its exit code and answer."""
    monkeypatch.setattr(sys, "argv", ["capstone", "check", "--project", str(root), "--json"])
    with pytest.raises(SystemExit) as left:
        main()
    printed = capsys.readouterr()
    assert "internal error" not in printed.err, printed.err
    return int(left.value.code or 0), json.loads(printed.out)


def place(root: Path, source: Path, text: str) -> None:
    """Put one study into the workspace, with what lies beside it."""
    shutil.rmtree(root / "specs", ignore_errors=True)
    folder = root / "specs" / source.parent.name
    shutil.copytree(source.parent, folder, ignore=shutil.ignore_patterns("results"))
    (folder / "study.toml").write_bytes(text.encode("utf-8", "surrogatepass"))


def test_what_is_edited_is_valid(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(STUDIES) >= 14
    for source in STUDIES:
        place(workspace, source, source.read_text(encoding="utf-8"))

        code, answer = checked(workspace, capsys, monkeypatch)

        assert code == 0, answer["problems"]


def test_any_single_edit_is_valid_or_a_problem_inside_the_file(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(41)  # noqa: S311 - edits, not secrets
    texts = {path: path.read_text(encoding="utf-8") for path in STUDIES}
    codes: set[int] = set()
    for number in range(EDITS):
        source = STUDIES[number % len(STUDIES)]
        edited = dice.choice(KINDS)(texts[source], dice)
        place(workspace, source, edited)

        code, answer = checked(workspace, capsys, monkeypatch)

        codes.add(code)
        assert code in {0, 1, 3}, (number, source)
        lines = edited.replace("\r\n", "\n").split("\n")
        for problem in answer["problems"]:
            spot = problem["place"]
            assert spot["file"].endswith(".md") or 1 <= spot["line"] <= len(lines), problem
            if spot["file"].endswith("study.toml"):
                assert 1 <= spot["column"] <= len(lines[spot["line"] - 1]) + 1, problem
    assert codes >= {0, 3}
