"""CAP35x for real: foreign tables that do not fit, and the same ones when they do.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from pathlib import Path

from capstone_report.errors import CapstoneError
from elsewhere import METRIC, analysis_of, import_text, mapping, write_external
from findings.situation import Seen
from findings.situations_on_disk import said
from simulated import TIMES, analyse, codes

TABLE = "p,t\n1,8\n2,5\n4,2.5\n"
USUAL = mapping(column="t")


def importing(root: Path, text: str = TABLE, mapped: str = USUAL) -> list[str]:
    """Return the codes that an import into a new workspace is refused with."""
    write_external(root, workers=[1, 2, 4], unit="s")
    return again(root, text, mapped)


def again(root: Path, text: str = TABLE, mapped: str = USUAL) -> list[str]:
    """Return the codes that an import into a workspace is refused with."""
    try:
        import_text(root, text, mapped)
    except CapstoneError as error:
        return [problem.code for problem in error.problems]
    return []


def cap370(root: Path) -> Seen:
    """A study of imported numbers, and one that was measured."""
    bad = write_external(root / "bad", workers=[1, 2, 4], unit="s")
    return Seen(
        bad=codes(analysis_of(bad, import_text(bad, TABLE, USUAL))),
        good=codes(analyse(root / "good", TIMES)),
    )


def cap371(root: Path) -> Seen:
    """A cell that is no number, and one that is."""
    return Seen(bad=importing(root / "bad", "p,t\n1,n/a\n"), good=importing(root / "good"))


def cap372(root: Path) -> Seen:
    """Rows that do not exist, and rows that do."""
    return Seen(
        bad=importing(root / "bad", mapped=mapping(column="t", rows={"p": 3})),
        good=importing(root / "good", mapped=mapping(column="t", rows={"p": 4})),
    )


def cap373(root: Path) -> Seen:
    """A number of workers that is not declared, and those that are."""
    return Seen(bad=importing(root / "bad", "p,t\n3,8\n"), good=importing(root / "good"))


def cap374(root: Path) -> Seen:
    """The same file in another unit, and in the same."""
    importing(root / "same")
    milliseconds = mapping(
        column="t", metrics={METRIC: {"column": "t", "unit": "ms", "scope": "total"}}
    )
    return Seen(bad=again(root / "same", mapped=milliseconds), good=again(root / "same"))


def cap375(root: Path) -> Seen:
    """A bare table without answers, and with them."""
    (root / "table.csv").write_text("workers,seconds\n1,8\n2,5\n")
    guess = ("import", "table.csv", "--guess")
    return Seen(
        bad=said(root, *guess), good=said(root, *guess, "--scope", "total", "--fixed", "work")
    )
