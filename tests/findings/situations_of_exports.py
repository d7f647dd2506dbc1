"""CAP718 to CAP721 for real: exports that lack something, and exports that do not.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

from pathlib import Path

import pytest

from capstone_report.report.pages import render_report
from capstone_report.site.exporting import write_export
from capstone_report.site.printing import BROWSERS, Printed, printed
from capstone_report.spec.load import load_project
from findings.situation import Seen
from findings.situations_on_disk import raised, said
from simulated import MACHINE, STUDY_ID, TIMES, analyse, write_workspace

PRINTS = 'echo "/Type /Page" > "$pdf"'


def pretend(folder: Path, *lines: str) -> Path:
    """Put a program in the browser's place; it finds the file that it is to print in $pdf."""
    folder.mkdir()
    script = folder / BROWSERS[0]
    find = "for word; do case $word in --print-to-pdf=*) pdf=${word#*=};; esac; done"
    script.write_text("\n".join(["#!/bin/sh", find, *lines, ""]))
    script.chmod(0o755)
    return folder


def printing(root: Path, path: Path) -> list[str]:
    """Return the codes of printing a report where the programs of one folder are all there is."""
    report = render_report(analyse(root / "workspace", TIMES))
    workspace = load_project(root / "workspace").workspace
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(path))
        return raised(lambda: printed(workspace, report, Printed.REPORT))


def cap718(root: Path) -> Seen:
    """A path without any browser, and one with something that prints."""
    (root / "empty").mkdir()
    prints = pretend(root / "bin", PRINTS)
    return Seen(bad=printing(root, root / "empty"), good=printing(root, prints))


def cap719(root: Path) -> Seen:
    """A browser that ends well and prints nothing, and one that prints."""
    silent = pretend(root / "silent", "exit 0")
    prints = pretend(root / "bin", PRINTS)
    return Seen(bad=printing(root, silent), good=printing(root, prints))


def cap720(root: Path) -> Seen:
    """A folder with somebody's thesis, and an earlier export."""
    (root / "mine").mkdir()
    (root / "mine" / "thesis.pdf").touch()
    write_export(root / "export", {"runs.csv": b""})
    return Seen(
        bad=raised(lambda: write_export(root / "mine", {"runs.csv": b""})),
        good=raised(lambda: write_export(root / "export", {"cases.csv": b""})),
    )


def cap721(root: Path) -> Seen:
    """A notebook of a study without records, and one of a measured study."""
    write_workspace(root / "before")
    analyse(root / "after", TIMES)
    asked = ("export", STUDY_ID, "--notebook")
    return Seen(
        bad=said(root / "before", *asked),
        good=said(root / "after", *asked, "--machine", MACHINE),
    )
