"""What `capstone roofline --json` answers, typed: the published schema is made from these models."""

from typing import Literal

from pydantic import Field

from capstone_report.calculators.answer_rows import AnswerRow
from capstone_report.calculators.placed import DOMINANT_SHARE, Placed, Roof, RoofVerdict
from capstone_report.perfmodel.diagnosis import Diagnosis
from capstone_report.perfmodel.flow import Leaf
from capstone_report.perfmodel.profile import Verdict
from capstone_report.perfmodel.roofline import DOMINANT_RATIO

CONSTANT_BYTES = "the bytes of each worker held constant, whatever their number"


class PeersRow(AnswerRow):
    """What communication means for the workers that are asked for, in strong scaling."""

    collective: str | None
    """How the message is exchanged; null where each worker sends the same bytes among any number."""
    assumes: str
    """What that takes for granted, in words; empty where nothing stands out."""
    communication_exceeds_work: bool
    """Whether communication takes longer than the work of each worker."""
    communication_exceeds_work_from: int | None
    """The first number of workers where it does; null where none was found."""
    communication_share: float | None
    """The share of a step that is communication, without overlap; null for one worker."""
    communication_dominates: Verdict | None
    """Whether that share is so large that the step is bound by coordination; null for one worker."""
    dominates_from_share: float
    """From which share on communication dominates."""
    grey_from_share: float
    """From which share on it may; below, it does not."""
    speedup_without_overlap: float
    """The speedup where every worker waits for the network."""
    speedup_with_full_overlap: float
    """The speedup where the network works while the workers do."""
    add_no_workers: bool
    """Whether the workers are slower than one without overlap."""


class AchievedRow(AnswerRow):
    """Which shares of the roofs a measured step reached."""

    compute_share: float
    """Of the arithmetic roof."""
    bandwidth_share: float
    """Of the memory roof."""
    is_inefficient: bool
    """Whether both are so low that the implementation is at fault."""
    beyond_roofs: list[Roof]
    """Which roofs it passes by a percent or more, so that a roof or the time is off."""


class LeafRow(AnswerRow):
    """One end of the decision flow."""

    name: str
    """The end's name."""
    verdict: str
    """What binds, in words."""
    axis: str | None
    """The axis that lifts it; null where distributing is no remedy."""
    ceiling: str | None
    """The ceiling; null where distributing is no remedy."""
    collective: str | None
    """What that axis exchanges; null where distributing is no remedy."""
    tools: list[str]
    """What it is built with."""
    book: str | None
    """Where the book treats it."""
    first_steps: list[str]
    """What to try before."""


class DiagnosisRow(AnswerRow):
    """Which ceiling so many workers meet."""

    workers: int
    """The number of workers."""
    decided: bool
    """Whether the flow ends at one place."""
    status: Literal["hypothesis"] = "hypothesis"
    """A diagnosis from numbers alone is a hypothesis until a perturbation confirms it."""
    leaves: list[LeafRow]
    """Where the flow ends, or what it is undecided between."""
    unanswered: list[str]
    """The questions on the way that the inputs do not answer."""


class RooflineAnswer(AnswerRow):
    """The answer of `capstone roofline --json`."""

    schema_: Literal["capstone/roofline/1"] = Field(default="capstone/roofline/1", alias="schema")
    """The name and version of this schema."""
    roofs_from: str
    """Where the roofs were measured, by `capstone probe`; empty where they were given."""
    ridge_flop_per_byte: float
    """The intensity at which both roofs meet."""
    intensity_flop_per_byte: float
    """What the step computes per byte that it moves."""
    attainable_flop_per_s: float
    """What the lower roof allows at that intensity."""
    compute_s: float
    """The arithmetic of the step at its roof, in seconds."""
    memory_s: float
    """The traffic of the step at its roof, in seconds."""
    communication_s: float
    """Communication among the workers, or among two where one is asked for, in seconds."""
    verdict: RoofVerdict
    """What binds; the last three only of a measured step."""
    margin: float
    """The longer of compute_s and memory_s over the shorter."""
    named_from_margin: float
    """From which margin on a side is named."""
    workers: int
    """The number of workers that is asked for."""
    peers: PeersRow | None
    """What communication means; null where nothing is sent."""
    achieved: AchievedRow | None
    """What the measured step reached; null without --measured."""
    diagnosis: list[DiagnosisRow]
    """What one worker meets, and what the workers that are asked for meet."""


def roofline_answer(placed: Placed) -> RooflineAnswer:
    """Return where a step lies, for JSON."""
    roofline, shares = placed.roofline, placed.achieved
    return RooflineAnswer(
        roofs_from=placed.roofs_from,
        ridge_flop_per_byte=roofline.ridge,
        intensity_flop_per_byte=roofline.intensity,
        attainable_flop_per_s=roofline.attainable_flop_per_s,
        compute_s=roofline.compute_s,
        memory_s=roofline.memory_s,
        communication_s=placed.communication_s(max(2, placed.workers)),
        verdict=placed.verdict,
        margin=roofline.margin,
        named_from_margin=DOMINANT_RATIO,
        workers=placed.workers,
        peers=_peers(placed) if placed.communicates else None,
        achieved=AchievedRow(
            compute_share=shares.compute_share,
            bandwidth_share=shares.bandwidth_share,
            is_inefficient=shares.is_inefficient,
            beyond_roofs=list(placed.beyond_roofs),
        )
        if shares
        else None,
        diagnosis=[_diagnosis(workers, found) for workers, found in placed.diagnoses],
    )


def _peers(placed: Placed) -> PeersRow:
    """Return what communication means, for JSON."""
    collective, share = placed.collective, placed.communication_share
    return PeersRow(
        collective=collective.kind if collective else None,
        assumes=collective.assumes if collective else CONSTANT_BYTES,
        communication_exceeds_work=placed.exceeds,
        communication_exceeds_work_from=placed.exceeds_from,
        communication_share=share,
        communication_dominates=None if share is None else DOMINANT_SHARE.judge(share),
        dominates_from_share=DOMINANT_SHARE.yes,
        grey_from_share=DOMINANT_SHARE.no,
        speedup_without_overlap=placed.speedup_without_overlap,
        speedup_with_full_overlap=placed.speedup_with_full_overlap,
        add_no_workers=placed.speedup_without_overlap < 1,
    )


def _diagnosis(workers: int, found: Diagnosis) -> DiagnosisRow:
    """Return which ceiling so many workers meet, for JSON."""
    return DiagnosisRow(
        workers=workers,
        decided=found.leaf is not None,
        leaves=[_leaf(leaf) for leaf in found.leaves],
        unanswered=list(found.unanswered),
    )


def _leaf(leaf: Leaf) -> LeafRow:
    """Return one end of the flow for JSON."""
    remedy = leaf.remedy
    return LeafRow(
        name=leaf.name,
        verdict=leaf.verdict,
        axis=remedy.axis if remedy else None,
        ceiling=remedy.ceiling if remedy else None,
        collective=remedy.collective if remedy else None,
        tools=list(remedy.tools) if remedy else [],
        book=remedy.book if remedy else None,
        first_steps=list(remedy.first_steps) if remedy else [],
    )
