"""Calibration runs in, link facts out: alpha and beta at each number of workers, collectives beside their models; pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from capstone_report.analysis.bottlenecks import Bounded
from capstone_report.calibration import link_identity
from capstone_report.findings import calibrating as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.intervals import median_interval
from capstone_report.perfmodel.link import LEVEL, Constant, Doubt, Link, expected_seconds, link_of
from capstone_report.perfmodel.quantiles import linear_quantile
from capstone_report.perfmodel.volumes import Bandwidth, Collective, bandwidth
from capstone_report.plan import made_in
from capstone_report.results.records import Environment, Outcome, Phase, RunRecord, Sample
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Prediction
from capstone_report.units import Bytes, Seconds

POINT_TO_POINT = "point_to_point"
TENTH = 0.1
REMEDIES = {
    Doubt.FEW: "calibrate with --launches 6 or more, which an interval of 95 % takes",
    Doubt.NOT_POSITIVE: "calibrate again on a quieter machine, or with more --launches",
    Doubt.MISFIT: "calibrate with a larger --largest, so that more sizes lie beyond the last switch,"
    " or on a quieter machine",
    Doubt.WIDE: "calibrate with more --launches, or on a quieter machine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What one exchange of one size takes."""

    name: str
    """point_to_point, or a collective of nccl-tests."""
    size: Bytes
    """Of the whole array over all ranks."""
    time: Bounded
    """The median over launches, in seconds."""
    tenth_s: Seconds
    """The tenth percentile of all visits: what an undisturbed exchange takes."""
    bandwidth: Bandwidth
    expected_s: Seconds | None
    """What its model says from alpha and beta; None for point to point, and where neither is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """What the launches at one number of workers say."""

    case_id: str
    workers: int
    nodes: int
    launches: int
    by: str
    """Which library measured it, in words."""
    command: tuple[str, ...]
    link: Link
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The newest calibration of one machine."""

    moment: str
    """When it began."""
    by_workers: tuple[LinkFacts, ...]
    """One for each number of workers, rising; never empty."""

    @property
    def widest(self) -> LinkFacts:
        """Return the facts of the most workers: their ends lie furthest apart."""
        return self.by_workers[-1]


def newest_calibration(
    loaded: LoadedStudy, environment: Environment | None, records: Sequence[RunRecord]
) -> Calibration | None:
    """Return the newest calibration of the link that a study talks over, or None without one.

    Launches of another launcher, device or environment are of another link.
    """
    if environment is None:
        return None
    link = link_identity(loaded, environment)
    runs = [
        record
        for record in made_in(environment, records)
        if record.phase is Phase.CALIBRATION
        and record.outcome is Outcome.OK
        and record.identity.get("link") == link
    ]
    if not runs:
        return None
    moment = max(str(run.identity["calibration"]) for run in runs)
    cases: defaultdict[int, list[RunRecord]] = defaultdict(list)
    for run in runs:
        if run.identity["calibration"] == moment:
            cases[run.workers].append(run)
    found = [_facts(cases[workers]) for workers in sorted(cases)]
    return Calibration(moment=moment, by_workers=tuple(found))


def calibration_findings(where: str, found: Calibration) -> Iterator[Finding]:
    """Yield which constants are not identified, and what to do about each."""
    for facts in found.by_workers:
        for name, constant in (("latency", facts.link.alpha), ("bandwidth", facts.link.beta)):
            if constant.doubt is not None:
                yield rules.NOT_IDENTIFIED(
                    where,
                    constant=name,
                    workers=facts.workers,
                    reason=_reason(constant, constant.doubt),
                    remedy=REMEDIES[constant.doubt],
                )


def uncalibrated(
    loaded: LoadedStudy, forecast: Prediction | None, found: Calibration | None
) -> Iterator[Finding]:
    """Yield that a prediction has no constants: nobody measured them, or nothing identified them."""
    constants = ("alpha_s", "beta_s") if forecast else ()
    missing = [name for name in constants if getattr(forecast, name) is None]
    if missing:
        lack = "none of its link is on record"
        if found is not None:
            lack = f"the one of {found.moment} did not identify them"
        yield rules.NOT_CALIBRATED(
            f"specs/{loaded.id}", constants=" and ".join(missing), lack=lack, study=loaded.id
        )


def _reason(constant: Constant, doubt: Doubt) -> str:
    """Return why a constant is not identified, with the numbers."""
    return {
        Doubt.FEW: f"{constant.launches} launches give no interval",
        Doubt.NOT_POSITIVE: "its interval reaches down to zero or below",
        Doubt.MISFIT: f"a time lies {constant.misfit:.0%} beside its line",
        Doubt.WIDE: "its interval is wider than its value",
    }[doubt]


def _facts(runs: Sequence[RunRecord]) -> LinkFacts:
    """Return what the launches at one number of workers say together."""
    newest = runs[-1]
    times = [_times(run.samples) for run in runs]
    link = _link(times)
    known = link.is_identified
    return LinkFacts(
        case_id=newest.case_id,
        workers=newest.workers,
        nodes=newest.nodes,
        launches=len(runs),
        by=next((c.detail for c in newest.checks if c.name == "collectives"), ""),
        command=newest.command,
        link=link,
        exchanges=tuple(
            _exchange(name, size, times, newest.workers, link if known else None)
            for name, size in times[0]
        ),
    )


Times = Mapping[tuple[str, Bytes], Sequence[Seconds]]
"""Of one launch: the times of every visit, by exchange and size."""


def _times(samples: Sequence[Sample]) -> Times:
    """Return the visits of one launch, by exchange and by size, in rising order."""
    found: defaultdict[tuple[str, Bytes], list[Seconds]] = defaultdict(list)
    for sample in samples:
        name, _, size = sample.metric.rpartition("_")
        found[name, int(size)].append(sample.value)
    order = [POINT_TO_POINT, *Collective]
    return dict(sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1])))


def _link(launches: Sequence[Times]) -> Link:
    """Return alpha and beta of the messages between two ranks."""
    sizes = [size for name, size in launches[0] if name == POINT_TO_POINT]
    return link_of(
        sizes, [[median(times[POINT_TO_POINT, size]) for size in sizes] for times in launches]
    )


def _exchange(
    name: str, size: Bytes, launches: Sequence[Times], workers: int, link: Link | None
) -> Exchange:
    """Return what one exchange of one size takes, beside what its model says."""
    each = [median(times[name, size]) for times in launches]
    low, high = median_interval(each, LEVEL) or (None, None)
    visits = [second for times in launches for second in times[name, size]]
    seconds = median(each)
    expected = None
    if name == POINT_TO_POINT:
        moved = Bandwidth(algorithm=size / seconds, bus=size / seconds)
    else:
        collective = Collective(name)
        moved = bandwidth(collective, workers, array_bytes=size, seconds=seconds)
        if link is not None:
            alpha, beta = link.alpha.value, link.beta.value
            expected = expected_seconds(collective, workers, size, alpha=alpha, beta=beta)
    return Exchange(
        name=name,
        size=size,
        time=Bounded(value=seconds, low=low, high=high),
        tenth_s=linear_quantile(visits, TENTH),
        bandwidth=moved,
        expected_s=expected,
    )
