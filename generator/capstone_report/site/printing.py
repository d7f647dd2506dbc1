"""The one-page report and the slides as PDF: pages of the site, printed by a Chromium of this machine."""

import os
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from capstone_report.errors import MachineError
from capstone_report.findings.exporting import NO_BROWSER, NOT_PRINTED
from capstone_report.report.pages import Report
from capstone_report.site.build import build_site, timestamp
from capstone_report.spec.workspace import Workspace

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--no-first-run",
    "--no-pdf-header-footer",
)
PATIENCE_S = 120
PAGE = re.compile(rb"/Type /Page\b(?!s)")
DATE = re.compile(rb"(?<=Date \(D:)\d{14}(?=\+00'00'\))")
SCRIPT = re.compile(r"<script.*?</script>|</?noscript>", re.DOTALL)
"""What stands in the way of a page that is printed as it is without scripts."""
INSIDE = re.compile(r'(<a\b[^>]*?) href="(?!https?:|mailto:|#)[^"]*"')
"""A link to another page of the site, which does not lie beside the PDF."""


class Printed(StrEnum):
    """What can be printed."""

    REPORT = "report"
    SLIDES = "slides"


PAGES = {Printed.REPORT: "print.html", Printed.SLIDES: "slides.html"}


def printed(workspace: Workspace, report: Report, wanted: Printed) -> bytes:
    """Return the report in A4, its pages numbered, or one slide a page, as PDF.

    The same report is the same bytes from the same browser with the same fonts.

    Raises:
        MachineError: there is no browser, or it printed no whole PDF.
    """
    browser = _browser(wanted)
    with tempfile.TemporaryDirectory(prefix="capstone-") as scratch:
        folder = build_site(workspace, [report], Path(scratch) / "site").parent / report.study_id
        page, least = folder / PAGES[wanted], 1
        text = INSIDE.sub(r"\1", page.read_text(encoding="utf-8"))
        if wanted is Printed.SLIDES:
            text, least = SCRIPT.sub("", text), text.count("<section ")
        page.write_text(text, encoding="utf-8")
        pdf = _print(browser, page, Path(scratch))
    found = len(PAGE.findall(pdf))
    if found < least:
        raise _not_printed(browser, page, f"it has {found} pages of {least}")
    moment = datetime.fromtimestamp(timestamp([report]), UTC).strftime("%Y%m%d%H%M%S")
    return DATE.sub(moment.encode(), pdf)


def _browser(wanted: Printed) -> str:
    """Return the browser of this machine."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        where, names = f"--pdf {wanted}", ", ".join(BROWSERS)
        raise MachineError(NO_BROWSER(where, names=names, page=PAGES[wanted]))
    return found


def _print(browser: str, page: Path, scratch: Path) -> bytes:
    """Print one page of our own; what the browser keeps lies beside it."""
    pdf = scratch / "printed.pdf"
    # Chromium does not sandbox what root starts, and refuses to start; the page is ours.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    command = (
        *(browser, *FLAGS, *sandbox),
        *(f"--user-data-dir={scratch / 'browser'}", f"--print-to-pdf={pdf}", page.as_uri()),
    )
    try:
        ended = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise _not_printed(browser, page, f"it took longer than {PATIENCE_S} s") from error
    if ended.returncode or not pdf.is_file():
        raise _not_printed(browser, page, f"it ended with exit code {ended.returncode}")
    return pdf.read_bytes()


def _not_printed(browser: str, page: Path, reason: str) -> MachineError:
    """Return the error that a browser's failure is."""
    file = page.with_suffix(".pdf").name
    return MachineError(
        NOT_PRINTED(browser, browser=Path(browser).name, file=file, reason=reason, page=page.name)
    )
