"""What `capstone probe --json` answers, typed: the published schema is made from these models."""

from typing import Literal

from pydantic import Field

from capstone_report.calculators.answer_rows import AnswerRow
from capstone_report.measure.probe_findings import noise_reasons, probe_findings
from capstone_report.measure.probe_store import STREAMS, rate
from capstone_report.perfmodel.spread import relative_spread
from capstone_report.results.probed import Probe, Roof
from capstone_report.terminal.answers import ProblemRow, problem_row


class NoiseRow(AnswerRow):
    """How noisy the machine was."""

    loop_spread: float | None
    """(q90 - q10) / median of the times of a fixed loop, before and after all roofs; null without times."""
    loop_repeats: int
    """How often the loop was repeated."""
    cores: int
    """How many cores the probe could use."""
    other_load: float
    """How many cores other work kept busy while it was most, stolen time included."""
    stolen: float | None
    """The share of all cores' time that went to other virtual machines; null where nothing tells."""
    is_too_noisy: bool
    """Whether the figures mean little."""


class RoofRow(AnswerRow):
    """One roof."""

    place: str
    """Where: cpu/1 is the processor with one thread, cuda:0 a GPU, disk the disk."""
    name: str
    """What the maker calls the device."""
    kernel: str
    """What was done: a product in a type, copy, triad, write, read, or a copy between host and GPU."""
    unit: Literal["FLOP/s", "B/s"]
    """The unit of the rates."""
    rate: float
    """The work of a repeat over the median time."""
    low: float | None
    """The lower end of its 95 % interval; null below 6 repeats."""
    high: float | None
    """The upper end."""
    repeats: int
    """How many repeats were counted."""
    warmup_repeats: int
    """How many were made before those."""
    spread: float
    """(q90 - q10) / median of the times."""
    is_noisy: bool
    """Whether that is more than a tenth."""
    peak: float | None
    """What the vendor says; null where nobody does."""
    share_of_peak: float | None
    """The rate over the peak; null without a peak."""
    peak_source: str
    """Who says it, or how it is computed."""
    how: str
    """Of which size, by which means."""


class RidgeRow(AnswerRow):
    """Where the roofs of a type and of the memory meet."""

    place: str
    """Where."""
    kernel: str
    """The type."""
    flop_per_s: float
    """The roof of the arithmetic."""
    bytes_per_s: float
    """The roof of the memory: the faster of copy and triad."""
    flop_per_byte: float
    """Their quotient: what computes less per byte is bound by the memory."""


class ProbeAnswer(AnswerRow):
    """The answer of `capstone probe --json`."""

    schema_: Literal["capstone/probe/1"] = Field(default="capstone/probe/1", alias="schema")
    """The name and version of this schema."""
    machine: str
    """The hardware in words, and a random id."""
    measured_at: str
    """When, in UTC."""
    packages: dict[str, str]
    """The versions of the numerical packages."""
    noise: NoiseRow
    """How noisy the machine was."""
    roofs: list[RoofRow]
    """Every roof that was measured."""
    ridges: list[RidgeRow]
    """Where they meet."""
    findings: list[ProblemRow]
    """What weakens the figures, and what was not measured."""
    kept: str | None
    """The file in which every repeat is kept; null for a probe of a part, which replaces no whole one."""


def probe_answer(probe: Probe, kept: str | None) -> ProbeAnswer:
    """Return what a probe measured, for JSON."""
    return ProbeAnswer(
        machine=probe.machine,
        measured_at=probe.measured_at,
        packages=probe.environment.packages,
        noise=_noise(probe),
        roofs=[_roof(roof) for roof in probe.roofs],
        ridges=ridges(probe),
        findings=[problem_row(finding) for finding in probe_findings(probe)],
        kept=kept,
    )


def ridges(probe: Probe) -> list[RidgeRow]:
    """Return the ridge of every product beside whose place the memory was measured, too."""
    memory: dict[str, float] = {}
    for roof in probe.roofs:
        if roof.kernel in STREAMS:
            key = roof.place.key
            memory[key] = max(memory.get(key, 0.0), rate(roof).median)
    products = [r for r in probe.roofs if r.unit == "FLOP/s" and r.place.key in memory]
    return [
        RidgeRow(
            place=roof.place.key,
            kernel=roof.kernel,
            flop_per_s=rate(roof).median,
            bytes_per_s=memory[roof.place.key],
            flop_per_byte=rate(roof).median / memory[roof.place.key],
        )
        for roof in products
    ]


def _noise(probe: Probe) -> NoiseRow:
    """Return the noise of a machine, for JSON."""
    noise = probe.noise
    return NoiseRow(
        loop_spread=relative_spread(noise.loop_s) if noise.loop_s else None,
        loop_repeats=len(noise.loop_s),
        cores=noise.cores,
        other_load=noise.other_load,
        stolen=noise.stolen,
        is_too_noisy=bool(noise_reasons(noise)),
    )


def _roof(roof: Roof) -> RoofRow:
    """Return a roof, for JSON."""
    found = rate(roof)
    return RoofRow(
        place=roof.place.key,
        name=roof.place.name,
        kernel=roof.kernel,
        unit=roof.unit,
        rate=found.median,
        low=found.low,
        high=found.high,
        repeats=found.repeats,
        warmup_repeats=len(roof.warmup_s),
        spread=found.spread,
        is_noisy=found.is_noisy,
        peak=roof.peak,
        share_of_peak=found.median / roof.peak if roof.peak else None,
        peak_source=roof.peak_source,
        how=roof.how,
    )
