"""What `capstone diagnose --json` answers, typed: the published schema is made from these models."""

import json
from typing import Literal

from pydantic import Field

from capstone_report.analysis.bottlenecks import BaselineLimits, Bounded, Cause, LostTime
from capstone_report.analysis.diagnosis import Diagnosed
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.profile import Verdict
from capstone_report.spec.vocabulary import Removes
from capstone_report.terminal.answers import Answer, ProblemRow, problem_row


class BoundedRow(Answer):
    """A number with its 95 % interval."""

    value: float
    """The number."""
    low: float | None
    """The lower end of its interval; null where too few runs give none."""
    high: float | None
    """The upper end."""


class AblationRow(Answer):
    """What the baseline costs less without a part of its work."""

    name: str
    """The ablation, as declared."""
    removes: Removes
    """What it leaves out."""
    runs: int
    """How many runs ended well."""
    time_s: float
    """The headline metric without it, in seconds, the median over runs."""
    share: BoundedRow
    """Of the time as it is, the part that goes with it."""


class ReadingRow(Answer):
    """One number of an answer, beside the thresholds it was held against."""

    name: str
    """What it is."""
    number: float | None
    """The number; null where it was not measured."""
    no: float
    """Where no ends."""
    yes: float
    """Where yes begins; between them lies the grey zone."""


class AnswerRow(Answer):
    """How one question of the decision flow was answered."""

    question: str
    """The question's name."""
    asks: str
    """The question."""
    verdict: Verdict
    """yes, no, grey or unknown."""
    readings: list[ReadingRow]
    """The numbers that it was answered with."""


class EndRow(Answer):
    """One end of the decision flow."""

    name: str
    """Its name."""
    verdict: str
    """What binds, in words."""
    ceiling: str | None
    """The ceiling; null where distributing is no remedy."""
    axis: str | None
    """The axis that lifts it; null where none is recommended."""
    first_steps: list[str]
    """What to try before."""


class BaselineRow(Answer):
    """What limits the baseline."""

    case: str
    """The case that was run."""
    runs: int
    """How many runs ended well."""
    time_s: float
    """The headline metric in seconds, the median over runs."""
    work_s: float
    """The same for all steps of a run."""
    flop: float | None
    """The arithmetic of a run; null where neither declared nor reported."""
    bytes: float | None
    """What a run moves between memory and processor; null where neither declared nor reported."""
    compute_roof_flop_per_s: float | None
    """The arithmetic that this machine was measured to do; null where it was not."""
    memory_roof_bytes_per_s: float | None
    """The bandwidth that it was measured to have; null where it was not."""
    roofs_by: str
    """By which means; empty where they were not measured."""
    compute_roof_share: float | None
    """What the baseline reaches of the compute roof."""
    memory_roof_share: float | None
    """What it reaches of the memory roof."""
    working_set_bytes: int
    """The peak memory of a run, the median."""
    memory_bytes: int
    """The memory of this machine."""
    busy_share: float
    """Processor time over wall time and cores."""
    ablations: list[AblationRow]
    """What was left out, and what that gave."""
    path: list[AnswerRow]
    """The questions that were asked, in order."""
    ends: list[EndRow]
    """The verdict, or what it is undecided between."""
    confirmed: bool
    """Whether the verdict rests on an experiment that took the cause away; else a hypothesis."""


class LostPartRow(Answer):
    """One cause of lost time."""

    cause: Cause
    """The cause."""
    evidence: str
    """The ablation or the metric that it was read from; empty for the rest."""
    lost_s: BoundedRow
    """The time that it takes, in seconds of the headline metric."""
    share: BoundedRow
    """Of all the time that is lost."""


class WorkersRow(Answer):
    """Why so many workers are not faster."""

    case: str
    """The case that was run."""
    workers: int
    """How many workers."""
    runs: int
    """How many runs ended well."""
    time_s: float
    """The headline metric in seconds, the median over runs."""
    baseline_s: float
    """The baseline's, in its own diagnosis runs."""
    ideal_s: float
    """The baseline's over the workers."""
    lost_s: BoundedRow
    """What is lost against that; negative where the workers are faster."""
    parts: list[LostPartRow]
    """The causes, the largest first, and the rest."""
    unmeasured: list[Cause]
    """The causes that no ablation was declared for; they are part of the rest."""
    shared_samples: float | None
    """Of an epoch's samples, the part that several workers trained on; null where not reported."""
    shared_note: str
    """The same in words, with examples; empty where there are none."""
    link: str
    """What the workers talk through, as far as it is known."""


class StudyDiagnosis(Answer):
    """What was found for one study."""

    study: str
    """The study."""
    machine: str
    """The machine, by the name of its records' folder."""
    measured: int
    """How many runs were made for it now; others had been made before."""
    baseline: BaselineRow | None
    """What limits the baseline; null where no run of it ended well."""
    workers: list[WorkersRow]
    """Why more workers are not faster: for each number of workers that was ever asked about."""
    findings: list[ProblemRow]
    """What a reader must know about it."""


class DiagnoseAnswer(Answer):
    """The answer."""

    schema_: Literal["capstone/diagnose/1"] = Field(default="capstone/diagnose/1", alias="schema")
    """The name and version of this schema."""
    studies: list[StudyDiagnosis]
    """One for each study."""


def diagnose_schema() -> str:
    """Return the published JSON Schema of the answer of `diagnose`."""
    schema = DiagnoseAnswer.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def study_diagnosis(
    study: str, machine: str, measured: int, found: Diagnosed, findings: list[Finding]
) -> StudyDiagnosis:
    """Return what was found for one study."""
    return StudyDiagnosis(
        study=study,
        machine=machine,
        measured=measured,
        baseline=_baseline(found.baseline) if found.baseline else None,
        workers=[_workers(lost) for lost in found.workers],
        findings=[problem_row(finding) for finding in findings],
    )


def _baseline(limits: BaselineLimits) -> BaselineRow:
    """Return what limits the baseline."""
    roofs = limits.roofs
    return BaselineRow(
        case=limits.case_id,
        runs=limits.runs,
        time_s=limits.time_s,
        work_s=limits.work_s,
        flop=limits.flop,
        bytes=limits.bytes_moved,
        compute_roof_flop_per_s=roofs.flop_per_s if roofs else None,
        memory_roof_bytes_per_s=roofs.bytes_per_s if roofs else None,
        roofs_by=roofs.by if roofs else "",
        compute_roof_share=limits.profile.compute_roof_share,
        memory_roof_share=limits.profile.bandwidth_roof_share,
        working_set_bytes=limits.working_set_bytes,
        memory_bytes=limits.memory_bytes,
        busy_share=limits.busy_share,
        ablations=[
            AblationRow(
                name=fact.name,
                removes=fact.removes,
                runs=fact.runs,
                time_s=fact.time_s,
                share=_bounded(fact.share),
            )
            for fact in limits.ablations
        ],
        path=_path(limits),
        ends=[
            EndRow(
                name=leaf.name,
                verdict=leaf.verdict,
                ceiling=leaf.remedy.ceiling if leaf.remedy else None,
                axis=leaf.remedy.axis if leaf.remedy else None,
                first_steps=list(leaf.remedy.first_steps) if leaf.remedy else [],
            )
            for leaf in limits.diagnosis.leaves
        ],
        confirmed=limits.is_confirmed,
    )


def _path(limits: BaselineLimits) -> list[AnswerRow]:
    """Return the questions that were asked, with their numbers."""
    return [
        AnswerRow(
            question=answer.question.name,
            asks=answer.question.asks,
            verdict=answer.verdict,
            readings=[
                ReadingRow(
                    name=reading.name,
                    number=reading.number,
                    no=reading.threshold.no,
                    yes=reading.threshold.yes,
                )
                for reading in answer.readings
            ],
        )
        for answer in limits.diagnosis.path
    ]


def _workers(lost: LostTime) -> WorkersRow:
    """Return why so many workers are not faster."""
    return WorkersRow(
        case=lost.case_id,
        workers=lost.workers,
        runs=lost.runs,
        time_s=lost.time_s,
        baseline_s=lost.baseline_s,
        ideal_s=lost.ideal_s,
        lost_s=_bounded(lost.lost),
        parts=[
            LostPartRow(
                cause=part.cause,
                evidence=part.evidence,
                lost_s=_bounded(part.lost),
                share=_bounded(part.share),
            )
            for part in lost.parts
        ],
        unmeasured=list(lost.unmeasured),
        shared_samples=lost.shared_share,
        shared_note=lost.shared_note,
        link=lost.link,
    )


def _bounded(number: Bounded) -> BoundedRow:
    """Return a number with its interval."""
    return BoundedRow(value=number.value, low=number.low, high=number.high)
