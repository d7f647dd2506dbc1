"""The report as a notebook that makes every number and chart again from the records beside it."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TypeAlias

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from capstone_report import __version__
from capstone_report.analysis.facts import Analysis
from capstone_report.report.charts import charts
from capstone_report.report.exports.markdown import escaped

Make: TypeAlias = Callable[..., Any]

ANALYSIS_FILE = "analysis.json"
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

LOAD = """\
from pathlib import Path

from capstone_report.analysis.analyze import analyze
from capstone_report.results.journal import read_journal
from capstone_report.results.machines import machine_folders
from capstone_report.spec.load import load_project

project = load_project(Path())
(loaded,) = project.studies
study = loaded.study
(records,) = machine_folders(loaded.folder).values()
journal = read_journal(records, outputs=False)
print(f"{len(journal.runs)} runs, every line of the journal verified")"""

RUNS = """\
from collections import Counter

for (case, outcome), count in sorted(Counter((r.case_id, r.outcome.value) for r in journal.runs).items()):
    print(f"{case}: {count} {outcome}")"""

ARITHMETIC = """\
from capstone_report.spec.arithmetic import proofs

for proof in proofs(study.problem):
    print(f"{proof.ceiling}: needed {proof.needed:g} {proof.unit}, available {proof.available:g} {proof.unit}")"""

ANALYSE = """\
analysis = analyze(loaded, project.workspace, journal)
print(f"{analysis.attempts} attempts, {analysis.failed} failed, {analysis.missing} missing")"""

BASELINE = """\
from capstone_report.analysis.summaries import median_estimate, ratio_estimate

baseline = analysis.baseline
print("seconds of each run:", *baseline.times)
time = median_estimate(baseline.times, "s")
assert time == baseline.time
time"""

PREDICTION = """\
for point in analysis.prediction.points:
    print(f"{point.workers:g} workers: {analysis.prediction.model.point(point.workers).speedup:.4g} times")"""

SCALING = """\
from capstone_report.analysis.scaling import work_grows

p0 = study.baseline.workers
for point in analysis.points:
    workers = point.case.workers
    gained = workers / p0 if work_grows(study) else 1
    speedup = ratio_estimate(baseline.times, point.case.times).scaled(gained, "1")
    efficiency = speedup.scaled(p0 / workers, "1")
    assert (speedup, efficiency) == (point.speedup, point.efficiency)
    print(workers, speedup, efficiency, sep="\\n  ")"""

DRAW = """\
from IPython.display import SVG

from capstone_report.report.charts import charts
from capstone_report.report.exports.pictures import standalone
from capstone_report.report.charts import to_svg

drawn = {name: standalone(to_svg(name, spec)) for name, spec in charts(analysis).items()}"""

QUALITY = """\
for fact in analysis.correctness:
    print(f"{fact.metric} at {fact.workers} workers: off by {fact.difference:g} of {fact.allowed:g}")
for point in analysis.points:
    for name in analysis.claim.quality:
        print(point.case.workers, "workers:", name, point.case.metrics.get(name))"""

CLAIM = """\
from capstone_report.report.verdict import claim_sentence, target_line
from capstone_report.report.words import unmarked

print(unmarked(claim_sentence(analysis)))
print(unmarked(target_line(analysis)))"""

FINDINGS = """\
for finding in analysis.findings:
    print(f"{finding.code} ({finding.severity.value}) {finding.what}; {finding.remedy}")"""

COMPARE = f"""\
from capstone_report.report.exports.analysis_json import analysis_json

recomputed = analysis_json(analysis)
assert recomputed == Path("{ANALYSIS_FILE}").read_text(encoding="utf-8")
print("every number is the report's")"""


WORDS = {
    "problem": "## The problem\n\nWhat it needs, against what one machine has.",
    "records": "## The records\n\nOne launch is one run, the unit of replication.",
    "analysis": "Which runs count, and what they say about each case.",
    "prediction": "## The prediction\n\nFrom constants, not from measurements of the program.",
    "baseline": """\
## The baseline

The median over runs, with an interval from order statistics. A headline that is a rate counts as the
time that one unit takes.""",
    "scaling": """\
## The scaling

Speedup is the Hodges-Lehmann ratio of the times, with its rank-sum interval; efficiency is speedup
divided by workers.""",
    "charts": "## The charts",
    "quality": "## Quality\n\nThe result that must be the baseline's, and the gates.",
    "claim": "## The claim",
    "findings": "## What stands against it",
    "comparison": f"## The same numbers\n\n`{ANALYSIS_FILE}` is what the report says.",
}


def notebook_text(analysis: Analysis) -> str:
    """Return the notebook as text: the same analysis is the same bytes, without any output."""
    notebook = new_notebook(metadata=KERNEL)
    cells = list(chain.from_iterable(_cells(analysis)))
    for number, (make, source) in enumerate(cells):
        notebook.cells.append(make(source, id=f"cell-{number:02}"))
    nbformat.validate(notebook)
    return f"{nbformat.writes(notebook)}\n"


def _cells(analysis: Analysis) -> Iterator[list[tuple[Make, str]]]:
    """Yield the cells in the order of the report's argument: words, and the code below them."""
    yield [(new_markdown_cell, _title(analysis)), (new_code_cell, LOAD)]
    yield _said("problem", ARITHMETIC)
    yield _said("records", RUNS)
    yield _said("analysis", ANALYSE)
    if analysis.prediction:
        yield _said("prediction", PREDICTION)
    if analysis.baseline:
        yield _said("baseline", BASELINE)
    drawn = [f'SVG(drawn["{name}"])' for name in charts(analysis)]
    if drawn:
        yield _said("scaling", SCALING)
        yield _said("charts", DRAW, *drawn)
        yield _said("quality", QUALITY)
    yield _said("claim", CLAIM)
    yield _said("findings", FINDINGS)
    yield _said("comparison", COMPARE)


def _said(words: str, *codes: str) -> list[tuple[Make, str]]:
    """Return a cell of words, and the cells of code that belong to it."""
    return [(new_markdown_cell, WORDS[words]), *((new_code_cell, code) for code in codes)]


def _title(analysis: Analysis) -> str:
    """Return the first cell: the study, its question, and what the notebook needs."""
    problem = analysis.loaded.study.problem
    return (
        f"# {escaped(problem.title)}\n\n{escaped(problem.question)}\n\nThis notebook makes every"
        " number and every chart of the report again, from the records that lie beside it. It needs"
        f" `pip install capstone-report=={__version__}` and starts nothing that the study names."
    )
