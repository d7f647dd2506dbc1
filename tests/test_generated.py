"""What is generated in docs/ is what the models and rules say now; CAPSTONE_GOLDEN=write writes it."""

import os
from pathlib import Path

from capstone_report.calculators.schemas import ANSWERS, answer_schema
from capstone_report.errata.catalogue import errata_page
from capstone_report.findings.catalogue import page_of, rules
from capstone_report.report.exports.analysis_json import analysis_schema
from capstone_report.spec.reference import reference_page
from capstone_report.terminal.answers import check_schema
from capstone_report.terminal.calibration_json import calibrate_schema
from capstone_report.terminal.diagnosis_json import diagnose_schema
from capstone_report.terminal.doctor_json import doctor_schema
from capstone_report.terminal.events import run_schema
from sites import REPOSITORY

DOCS = REPOSITORY / "docs"


def generated() -> dict[Path, str]:
    """Return every generated document by its path."""
    listed = "".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.title} | {rule.section} |\n"
        for rule in rules().values()
    )
    index = f"# Findings\n\n| code | weight | title | book section |\n|---|---|---|---|\n{listed}"
    return {
        DOCS / "spec-reference.md": reference_page(),
        DOCS / "errata.md": errata_page(),
        DOCS / "check.schema.json": check_schema(),
        **{DOCS / f"{command}.schema.json": answer_schema(command) for command in ANSWERS},
        DOCS / "run.schema.json": run_schema(),
        DOCS / "calibrate.schema.json": calibrate_schema(),
        DOCS / "diagnose.schema.json": diagnose_schema(),
        DOCS / "doctor.schema.json": doctor_schema(),
        DOCS / "export.schema.json": analysis_schema(),
        DOCS / "codes" / "README.md": index,
        **{DOCS / "codes" / f"{rule.code}.md": page_of(rule) for rule in rules().values()},
    }


def test_the_generated_documents_are_fresh() -> None:
    documents = generated()
    if os.environ.get("CAPSTONE_GOLDEN") == "write":
        for path, text in documents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    stale = [
        path.name
        for path, text in documents.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "run `make golden` and read the diff"


def test_no_page_is_left_of_a_code_that_is_gone() -> None:
    pages = {path.stem for path in (DOCS / "codes").glob("CAP*.md")}

    assert pages == set(rules())
