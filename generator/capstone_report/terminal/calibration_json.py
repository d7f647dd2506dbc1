"""What `capstone calibrate --json` answers, typed: the published schema is made from these models."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from capstone_report.analysis.links import Calibration, Exchange, LinkFacts
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.link import Constant, Doubt
from capstone_report.perfmodel.regimes import Regime
from capstone_report.terminal.answers import Answer, ProblemRow, problem_row


class ConstantRow(Answer):
    """One constant of the link."""

    value: float | None
    """The median over launches; null where it is not identified."""
    low: float | None
    """The lower end of its interval; null where it is not identified."""
    high: float | None
    """The upper end."""
    launches: int
    """How many launches it rests on."""
    level: float
    """How often such an interval encloses the median at least."""
    method: Literal["order statistics"] = "order statistics"
    """How the interval was found."""
    sizes: list[int]
    """The sizes in bytes that it was fitted to."""
    misfit: float
    """The largest deviation of a median time from the line, relative to the time."""
    doubt: Doubt | None
    """Why it is not identified; null where it is."""


class RegimeRow(Answer):
    """Sizes whose times lie on one line."""

    smallest_bytes: int
    """The first size."""
    largest_bytes: int
    """The last size."""
    alpha_s: float
    """The line at zero bytes, in seconds; a latency only in the first regime."""
    beta_s_per_byte: float
    """Its slope."""
    misfit: float
    """The largest deviation of a time from it, relative to the time."""


class ExchangeRow(Answer):
    """One exchange at one size."""

    exchange: str
    """point_to_point, or a collective as nccl-tests name it."""
    bytes: int
    """The whole array over all ranks."""
    time_s: float
    """The median over launches."""
    low_s: float | None
    """The lower end of its 95 % interval; null for too few launches."""
    high_s: float | None
    """The upper end."""
    tenth_percentile_s: float
    """Of all visits: what an undisturbed exchange takes."""
    algorithm_bytes_per_s: float
    """algbw of nccl-tests."""
    bus_bytes_per_s: float
    """busbw of nccl-tests."""
    expected_s: float | None
    """What the exchange's model says; null for point to point and where a constant is unknown."""


class LinkRow(Answer):
    """The link at one number of workers."""

    case: str
    """The case, as the journal names it."""
    workers: int
    """The number of ranks; point to point is between the first and the last."""
    nodes: int
    """On how many machines they were."""
    launches: int
    """How many launches ended well."""
    by: str
    """Which library measured it."""
    command: list[str]
    """The command line, "python" and programs of capstone unresolved."""
    alpha_s: ConstantRow
    """Latency of a message, in seconds."""
    beta_s_per_byte: ConstantRow
    """Seconds for each byte of a message."""
    regimes: list[RegimeRow]
    """Every regime, by rising sizes."""
    exchanges: list[ExchangeRow]
    """Every exchange at every size."""


class StudyCalibration(Answer):
    """What was found for one study."""

    study: str
    """The study."""
    machine: str
    """The results folder that holds the runs."""
    calibrated_at: str
    """When the calibration began."""
    links: list[LinkRow]
    """One for each number of workers, rising."""
    findings: list[ProblemRow]
    """What could not be identified."""


class CalibrateAnswer(Answer):
    """The answer."""

    schema_: Literal["capstone/calibrate/1"] = Field(default="capstone/calibrate/1", alias="schema")
    """The name and version of this schema."""
    studies: list[StudyCalibration]
    """One for each study of which a launch ended well."""


def calibrate_schema() -> str:
    """Return the published JSON Schema of the answer of `calibrate`."""
    schema = CalibrateAnswer.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def study_calibration(
    study: str, machine: str, found: Calibration, findings: Sequence[Finding]
) -> StudyCalibration:
    """Return what was found for one study."""
    return StudyCalibration(
        study=study,
        machine=machine,
        calibrated_at=found.moment,
        links=[_link(facts) for facts in found.by_workers],
        findings=[problem_row(finding) for finding in findings],
    )


def _link(facts: LinkFacts) -> LinkRow:
    """Return the link at one number of workers."""
    return LinkRow(
        case=facts.case_id,
        workers=facts.workers,
        nodes=facts.nodes,
        launches=facts.launches,
        by=facts.by,
        command=list(facts.command),
        alpha_s=_constant(facts.link.alpha),
        beta_s_per_byte=_constant(facts.link.beta),
        regimes=[_regime(regime) for regime in facts.link.regimes],
        exchanges=[_exchange(exchange) for exchange in facts.exchanges],
    )


def _constant(constant: Constant) -> ConstantRow:
    """Return a constant, without its number where that says nothing."""
    known = constant.doubt is None
    return ConstantRow(
        value=constant.value if known else None,
        low=constant.low if known else None,
        high=constant.high if known else None,
        launches=constant.launches,
        level=constant.level,
        sizes=list(constant.sizes),
        misfit=constant.misfit,
        doubt=constant.doubt,
    )


def _regime(regime: Regime) -> RegimeRow:
    """Return one regime."""
    return RegimeRow(
        smallest_bytes=regime.sizes[0],
        largest_bytes=regime.sizes[-1],
        alpha_s=regime.line.alpha,
        beta_s_per_byte=regime.line.beta,
        misfit=regime.line.misfit,
    )


def _exchange(exchange: Exchange) -> ExchangeRow:
    """Return one exchange at one size."""
    return ExchangeRow(
        exchange=exchange.name,
        bytes=exchange.size,
        time_s=exchange.time.value,
        low_s=exchange.time.low,
        high_s=exchange.time.high,
        tenth_percentile_s=exchange.tenth_s,
        algorithm_bytes_per_s=exchange.bandwidth.algorithm,
        bus_bytes_per_s=exchange.bandwidth.bus,
        expected_s=exchange.expected_s,
    )
