"""The author's Markdown: numbers are references into the analysis, markup is Markdown only.

Raw HTML in the text is
shown as text, images are not loaded, and links other than to web pages are not links.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import quote

from markdown_it import MarkdownIt
from markupsafe import Markup

from capstone_report.analysis.facts import Analysis, CaseFacts, ScalingPoint
from capstone_report.errors import SpecError
from capstone_report.findings.finding import Finding
from capstone_report.report.typed_numbers import typed_numbers
from capstone_report.report.verdict import verdict_line
from capstone_report.report.words import NOT_MEASURED, full, plain, relative, value_of
from capstone_report.spec.references import PARTS, REFERENCE, prose_problems

HELD = re.compile("\ue000(\\d+)\ue001")
HELD_IN_ADDRESS = re.compile("%EE%80%80(\\d+)%EE%80%81")
TAG = re.compile(r"<[^>]*>")
LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
# The characters that stand for a value while Markdown is read; an author's own are shown as unknown.
PRIVATE = {0xE000: "\ufffd", 0xE001: "\ufffd"}

POINT_VALUES: dict[str, Callable[[ScalingPoint], Markup]] = {
    "time": lambda point: full(point.case.headline),
    "speedup": lambda point: full(point.speedup),
    "efficiency": lambda point: full(point.efficiency, share=True),
    "one_worker_speedup": lambda point: full(point.one_worker_speedup),
    "one_worker_efficiency": lambda point: full(point.one_worker_efficiency, share=True),
    "step_time": lambda point: full(point.case.metrics.get("step_time")),
    "throughput": lambda point: full(point.case.throughput),
    "cost": lambda point: value_of(point.cost),
    "cost_ratio": lambda point: full(point.cost_ratio),
}

OVER_BASELINE = {"speedup", "efficiency", "cost_ratio"}
"""What is relative to the baseline, which may have more than one worker."""
RATIOS = {"speedup", "efficiency", "one_worker_speedup", "one_worker_efficiency", "cost_ratio"}

STUDY_VALUES: dict[str, Callable[[Analysis], Markup]] = {
    "baseline_time": lambda a: full(a.baseline.headline) if a.baseline else NOT_MEASURED,
    "baseline_threads": lambda a: plain(a.baseline.threads) if a.baseline else NOT_MEASURED,
    "baseline_cost": lambda a: value_of(a.baseline.cost) if a.baseline else NOT_MEASURED,
    "baseline_quality": lambda a: _quality(a, a.baseline) if a.baseline else NOT_MEASURED,
    "claim_workers": lambda a: plain(a.claim.workers) if a.claim.workers else NOT_MEASURED,
    "claim_speedup": lambda a: (
        full(a.claim.point.speedup) + relative(a.loaded.study.baseline)
        if a.claim.point
        else NOT_MEASURED
    ),
    "claim_efficiency": lambda a: (
        full(a.claim.point.efficiency, share=True) + relative(a.loaded.study.baseline)
        if a.claim.point
        else NOT_MEASURED
    ),
    "verdict": verdict_line,
    "machine": lambda a: plain(a.environment.cpu) if a.environment else NOT_MEASURED,
    "cores": lambda a: plain(a.environment.cores) if a.environment else NOT_MEASURED,
}


def render_prose(analysis: Analysis, page: str) -> Markup:
    """Return a page's prose as HTML with every reference filled in; empty when there is none.

    Raises:
        SpecError: a reference names no number, or a typed number is none of the report's.
    """
    text = analysis.loaded.prose.get(page)
    if text is None:
        return Markup("")
    SpecError.collect([*prose_problems(analysis.loaded), *typed_numbers(analysis)])
    text = text.translate(PRIVATE)
    values: list[Markup] = []

    def keep(match: re.Match[str]) -> str:
        """Put a value aside, so that Markdown does not read it."""
        if match[1] is None:
            return match[0][0]
        values.append(_value(analysis, match[1]))
        return f"\ue000{len(values) - 1}\ue001"

    html = _markdown().render(REFERENCE.sub(keep, text))
    html = HELD_IN_ADDRESS.sub(lambda match: quote(values[int(match[1])].striptags()), html)
    html = TAG.sub(lambda tag: HELD.sub(lambda m: values[int(m[1])].striptags(), tag[0]), html)
    filled = HELD.sub(lambda match: values[int(match[1])], html)
    return Markup('<div class="prose">\n{}</div>').format(Markup(filled))  # noqa: S704 - cleaned by markdown-it, values by words


def _value(analysis: Analysis, reference: str) -> Markup:
    """Return what a known reference stands for."""
    parts = PARTS.fullmatch(reference)
    refusals = analysis.claim.refusals
    if parts is None or parts[2] is None:
        if reference in {"claim_speedup", "claim_efficiency"} and refusals and analysis.claim.point:
            return _refusal(refusals)
        return STUDY_VALUES[reference](analysis)
    point = analysis.point(int(parts[2]))
    if point is None:
        return NOT_MEASURED
    if point is analysis.claim.point and refusals and parts[1] in RATIOS:
        return _refusal(refusals)
    if parts[1] == "quality":
        return _quality(analysis, point.case)
    beside = relative(analysis.loaded.study.baseline) if parts[1] in OVER_BASELINE else ""
    return POINT_VALUES[parts[1]](point) + plain(beside)


def _refusal(refusals: Sequence[Finding]) -> Markup:
    """Return what stands where a refused number would stand."""
    return Markup("<em>refused ({})</em>").format(", ".join(finding.code for finding in refusals))


def _quality(analysis: Analysis, case: CaseFacts) -> Markup:
    """Return the gated metrics of a case."""
    found = [full(case.metrics[name]) for name in analysis.claim.quality if name in case.metrics]
    return Markup(", ").join(found) if found else NOT_MEASURED


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """Return the renderer: CommonMark with tables, no raw HTML, no images, links to the web only."""
    renderer = MarkdownIt("commonmark", {"html": False, "maxNesting": 50})
    renderer.validateLink = lambda url: LINK.match(url) is not None  # type: ignore[method-assign] # its documented hook
    return renderer.enable("table").disable("image")
