"""The bad and the good example of each rule, as their files have them, put into a whole study."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from capstone_report import findings
from capstone_report.errors import SpecError
from capstone_report.findings.finding import Finding, Severity
from capstone_report.spec.load import load_project
from simulated import STUDY, STUDY_ID, WORKSPACE, write_workspace

FOLDER = Path(findings.__file__).parent / "examples"
MARK = "# <- here"
FILE = re.compile(
    r"(?P<prose>.+?)\n\n## Bad\n\n```(?P<bad_in>[^\n]+)\n(?P<bad>.+?)\n```\n"
    r"\n## Good\n\n```(?P<good_in>[^\n]+)\n(?P<good>.+?)\n```\n",
    re.DOTALL,
)
HEADER = re.compile(r"^\[{1,2}([^\[\]\n]+)\]{1,2}", re.MULTILINE)
FILES = ("problem.md", "out-of-memory.log", "queries.jsonl")
"""What the examples name beside the study's programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One file: a few sentences, what goes wrong, and how it is right."""

    prose: str
    bad: str
    good: str
    language: str
    """What both blocks are written in: TOML of a study or of a workspace, or a console."""

    @property
    def is_declared(self) -> bool:
        """Tell whether the blocks are fragments of a declared file."""
        return self.language.startswith("toml")


def read_example(path: Path) -> Example:
    """Return the example of one file."""
    found = FILE.fullmatch(path.read_text(encoding="utf-8"))
    assert found, f"{path.name}: a paragraph, ## Bad and a block, ## Good and a block"
    assert found["bad_in"] == found["good_in"]
    return Example(
        prose=found["prose"], bad=found["bad"], good=found["good"], language=found["bad_in"]
    )


def tables(text: str) -> list[tuple[str, str]]:
    """Return a TOML text table by table, each with its header's name; top-level keys have none."""
    starts = [0, *(match.start() for match in HEADER.finditer(text)), len(text)]
    names = ["", *(match[1] for match in HEADER.finditer(text))]
    parts = [text[a:b] for a, b in pairwise(starts)]
    return list(zip(names, parts, strict=True))


def merged(base: str, fragment: str) -> str:
    """Return the base with each table of the fragment in the place of the one it replaces.

    All blocks of an array of tables are replaced together; a table that the base writes inline
    is replaced, too, and a new one stands at the end.
    """
    (_, whole), *old = tables(base)
    (_, top_level), *new = tables(f"{fragment}\n\n")
    whole = top_level if top_level.strip() else whole
    replaced = {name for name, _ in new}
    placed = set()
    for name, table in old:
        if name not in replaced:
            whole += _without(table, name, replaced)
        elif name not in placed:
            placed.add(name)
            whole += "".join(text for other, text in new if other == name)
    return whole + "".join(text for name, text in new if name not in placed)


def _without(table: str, name: str, replaced: set[str]) -> str:
    """Return a table without the inline tables that are replaced."""
    keys = [full.removeprefix(f"{name}.") for full in replaced if full.startswith(f"{name}.")]
    lines = table.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition(" = ")[0] not in keys)


def found_in(root: Path, example: Example, fragment: str) -> tuple[Finding, ...]:
    """Return what loading finds in the base study with a fragment, errors and all others."""
    write_workspace(root)
    folder = root / "specs" / STUDY_ID
    for name in FILES:
        (folder / name).write_text("An example of a run that went out of memory.\n")
    whole = merged(base_of(example), fragment)
    declared = root / "capstone.toml" if example.language != "toml" else folder / "study.toml"
    declared.write_text(whole, encoding="utf-8")
    try:
        return load_project(root).studies[0].findings
    except SpecError as error:
        return tuple(problem for problem in error.problems if isinstance(problem, Finding))


def base_of(example: Example) -> str:
    """Return the valid file that an example's fragments belong to."""
    return STUDY if example.language == "toml" else WORKSPACE


def marked_line(example: Example) -> int:
    """Return the line of the whole bad file that the mark stands in."""
    lines = merged(base_of(example), example.bad).splitlines()
    (line,) = [number for number, text in enumerate(lines, start=1) if text.endswith(MARK)]
    return line


def is_error(finding: Finding) -> bool:
    """Tell whether a finding stops a command."""
    return finding.severity is Severity.ERROR
