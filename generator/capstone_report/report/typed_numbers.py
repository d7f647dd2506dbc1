"""Speedups and efficiencies that an author typed into prose instead of referring to them.

A typed number does not change when the measurement does. Whatever rounds to a number of the analysis
passes; so does everything in code and in block quotes, which speak of other people's work.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import Analysis, ScalingPoint
from capstone_report.findings.finding import Finding, located
from capstone_report.findings.rendering import STALE_NUMBER
from capstone_report.spec.references import REFERENCE, place_in

NUMBER = r"(?P<number>\d++(?:\.\d++)?+)"
# Words that may stand between a quantity and its number; whatever else stands there ends the search.
BETWEEN = (
    r"(?:\s++(?:factor|of|is|was|were|reach(?:es|ed)?|becomes|about|around|nearly|almost|roughly|only|an?"
    r"|over|under|at|most|least|to|comes|equals|just|the|measured|predicted)\b)*+\s*+[:=≈~]?\s*+"
)
COUNTED = r"(?!\s*+(?:%|(?:per cent|percent|workers?|nodes?|process(?:es)?|cores?|gpus?|machines?|threads?)\b))"
IDEAL = r"(?P<ideal>\b(?:ideal|linear|perfect)\s++)?+"
TIMES = r"(?:x|\u00d7|times)"
SHARE = r"\s*+(?:%|percent\b|per cent\b)"
SPEEDUPS = (
    re.compile(rf"{IDEAL}\bspeed-?ups?\b{BETWEEN}{NUMBER}{COUNTED}", re.IGNORECASE),
    re.compile(rf"{IDEAL}\b{NUMBER}\s*+{TIMES}\s++(?:as fast|faster|speed-?up)\b", re.IGNORECASE),
)
EFFICIENCIES = (
    re.compile(rf"{IDEAL}\befficienc(?:y|ies)\b{BETWEEN}{NUMBER}{SHARE}", re.IGNORECASE),
    re.compile(rf"{IDEAL}\b{NUMBER}{SHARE}\s++efficien(?:t|cy)\b", re.IGNORECASE),
)
NOT_CHECKED = re.compile(
    r"^ {0,3}(```|~~~).*?^ {0,3}\1|`[^`\n]*`|^ {0,3}>[^\n]*", re.DOTALL | re.MULTILINE
)
RULES = (0.5, 0.8, 1.0)
"""Efficiencies that every report speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the analysis has of one quantity."""

    quantity: str
    patterns: Sequence[re.Pattern[str]]
    scale: float
    """How many of the typed unit one is: 100 for percent."""
    said: Sequence[float]
    """Every number that the report itself may give."""
    measured: Sequence[tuple[int, float]]
    """By number of workers."""

    def holds(self, typed: str) -> bool:
        """Tell whether a typed number is one of them, rounded as it is typed."""
        decimals = len(typed.partition(".")[2])
        half = 0.5 * 10.0**-decimals * (1 + 1e-9)
        return any(abs(value * self.scale - float(typed)) <= half for value in self.said)

    @property
    def shown(self) -> str:
        """Return the measured numbers in words."""
        unit = " %" if self.scale > 1 else ""
        known = (f"{value * self.scale:.3g}{unit} ({workers})" for workers, value in self.measured)
        return ", ".join(known) or "nothing"


def typed_numbers(analysis: Analysis) -> Iterator[Finding]:
    """Yield every typed speedup and efficiency that the analysis does not have, at its place."""
    known = (_speedups(analysis), _efficiencies(analysis))
    files = analysis.loaded.study.report.files()
    for page, text in analysis.loaded.prose.items():
        checked = REFERENCE.sub(_blank, NOT_CHECKED.sub(_blank, text))
        for quantity in known:
            for match in (m for pattern in quantity.patterns for m in pattern.finditer(checked)):
                if match["ideal"] is None and not quantity.holds(match["number"]):
                    stale = STALE_NUMBER(
                        "",
                        typed=" ".join(match[0].split()),
                        quantity=quantity.quantity,
                        known=quantity.shown,
                    )
                    place = place_in(f"specs/{analysis.loaded.id}/{files[page]}", text, match)
                    yield located(stale, place)


def _blank(match: re.Match[str]) -> str:
    """Return what is not looked at as characters over which nothing is read, line by line."""
    return re.sub(r"[^\n]", "\ufffc", match[0])


def _speedups(analysis: Analysis) -> _Known:
    """Return the speedups of a report: measured, asked for and predicted; a refused one is none."""
    points = _standing(analysis)
    measured = [(point.case.workers, point.speedup.value) for point in points]
    estimates = [e for p in points for e in (p.speedup, p.one_worker_speedup) if e]
    estimates += [] if analysis.claim.refusals else _concluded_speedups(analysis)
    predicted = analysis.prediction.points if analysis.prediction else ()
    return _Known(
        quantity="speedup",
        patterns=SPEEDUPS,
        scale=1,
        said=[
            *(number for estimate in estimates for number in _numbers(estimate)),
            *(point.speedup for point in predicted),
            analysis.loaded.study.problem.target.speedup,
            1.0,
        ],
        measured=measured,
    )


def _concluded_speedups(analysis: Analysis) -> list[Estimate]:
    """Return the speedups that follow from the measured ones: of a step, to a target, of a law."""
    found, outlook = analysis.concluded, analysis.fit.outlook if analysis.fit else None
    fastest = outlook.fastest if outlook else None
    return [
        *(added.speedup for added in found.spending.added),
        *(e for fact in found.quality.to_target for e in (fact.speedup, fact.throughput)),
        *(fact.bootstrap for fact in found.unlike),
        *([fastest.speedup] if fastest and fastest.speedup else []),
    ]


def _efficiencies(analysis: Analysis) -> _Known:
    """Return the efficiencies of a report, alike."""
    points = _standing(analysis)
    measured = [(point.case.workers, point.efficiency.value) for point in points]
    estimates = [e for p in points for e in (p.efficiency, p.one_worker_efficiency) if e]
    if not analysis.claim.refusals:
        estimates += [fact.efficiency for fact in analysis.concluded.quality.to_target]
    predicted = analysis.prediction.points if analysis.prediction else ()
    return _Known(
        quantity="efficiency",
        patterns=EFFICIENCIES,
        scale=100,
        said=[
            *(number for estimate in estimates for number in _numbers(estimate)),
            *(point.efficiency for point in predicted),
            *RULES,
        ],
        measured=measured,
    )


def _standing(analysis: Analysis) -> list[ScalingPoint]:
    """Return the points whose ratios the report gives: not the one whose claim is refused."""
    claim = analysis.claim
    refused = claim.point if claim.refusals else None
    return [point for point in analysis.points if point is not refused]


def _numbers(estimate: Estimate) -> list[float]:
    """Return an estimate and the ends of its interval."""
    interval = estimate.interval
    return [estimate.value, *((interval.low, interval.high) if interval else ())]
