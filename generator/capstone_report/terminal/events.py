"""What `capstone run --json` writes: one JSON object per line as it happens; typed and versioned.

Version history:
1  one answer at the end.
2  an event per line; what was the answer is the last one, "result".
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import click
from pydantic import Field, RootModel

from capstone_report.measure.campaign import Progress
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy
from capstone_report.terminal.answers import Answer, ProblemRow
from capstone_report.terminal.standings import Board


class Event(Answer):
    """One line."""

    schema_: Literal["capstone/run/2"] = Field(default="capstone/run/2", alias="schema")
    """The name and version of this schema."""


class CaseRow(Answer):
    """A case that a campaign measures."""

    case: str
    """The case."""
    phase: Phase
    """What its runs are for."""
    done: int
    """How many of its runs have ended well already."""
    wanted: int
    """How many runs are planned."""


class CampaignStarted(Event):
    """The first run of a study is about to start; missing where nothing is to be measured."""

    event: Literal["campaign-started"] = "campaign-started"
    """What happened."""
    study: str
    """The study."""
    folder: str
    """The folder of this machine's records."""
    machine: str
    """The folder's name, which names the machine."""
    seed: int
    """The seed of the order of the runs."""
    planned: int
    """How many runs the plan holds now; a trial adds the baseline's own when it is complete."""
    done: int
    """How many of them had been measured before."""
    cases: list[CaseRow]
    """The cases, by phase and in their declared order."""


class RunStarted(Event):
    """A run starts."""

    event: Literal["run-started"] = "run-started"
    """What happened."""
    study: str
    """The study."""
    case: str
    """The case."""
    phase: Phase
    """What the run is for."""
    repeat: int
    """Which run of its case and phase it is, counted from 0."""
    command: str
    """The command line, quoted for a shell."""
    done: int
    """How many planned runs have ended well."""
    total: int
    """How many runs are planned."""


class RunEnded(Event):
    """A run has ended, and its record is on disk."""

    event: Literal["run-ended"] = "run-ended"
    """What happened."""
    study: str
    """The study."""
    run_id: str
    """The run's name in the journal and of its folder in raw/."""
    case: str
    """The case."""
    phase: Phase
    """What the run was for."""
    outcome: Outcome
    """How it ended."""
    message: str
    """Why, unless it ended well."""
    wall_time_s: float
    """How long it took, in seconds."""
    value: float | None
    """Its headline metric; null when it did not end well."""
    unit: str
    """The unit of the headline metric."""
    median: float | None
    """The median over the case's runs so far; null without any."""
    low: float | None
    """The lower end of the median's 95 % order-statistic interval; null below 6 runs."""
    high: float | None
    """Its upper end."""
    n: int
    """How many runs the median is over."""
    done: int
    """How many planned runs have ended well."""
    total: int
    """How many runs are planned."""


class StudyRow(Answer):
    """What was done for a study."""

    study: str
    """The study."""
    folder: str
    """The folder of this machine's records."""
    measured: int
    """How many runs ended well."""
    failed: int
    """How many runs did not."""


class CampaignEnded(Event, StudyRow):
    """A study's campaign has ended by itself."""

    event: Literal["campaign-ended"] = "campaign-ended"
    """What happened."""


class Result(Event):
    """The last line, whatever ended the command: every study, and what went wrong."""

    event: Literal["result"] = "result"
    """What happened."""
    studies: list[StudyRow]
    """The studies."""
    problems: list[ProblemRow]
    """Every problem that makes the command fail."""


class AnyEvent(
    RootModel[
        Annotated[
            CampaignStarted | RunStarted | RunEnded | CampaignEnded | Result,
            Field(discriminator="event"),
        ]
    ]
):
    """A line that `capstone run --json` writes."""


def run_schema() -> str:
    """Return the published JSON Schema of the events of `run`."""
    return (
        json.dumps(
            AnyEvent.model_json_schema(by_alias=True, mode="serialization"),
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


def write_event(event: Event) -> None:
    """Write an event in a line of its own, at once; that its reader is gone ends nothing.

    Raises:
        OSError: standard output cannot be written for another reason, such as a full disk.
    """
    try:
        click.echo(event.model_dump_json(by_alias=True))
    except BrokenPipeError:
        # what is still buffered, and all that follows, must not fail again as Python ends
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


class Events:
    """Writes the events of one campaign."""

    def __init__(self, study: LoadedStudy) -> None:
        """Begin before the campaign."""
        self._study_id = study.id
        self._board = Board(study.study)
        self._latest: Progress | None = None

    def report(self, progress: Progress) -> None:
        """Write what a step tells; that nobody reads it is no reason to stop measuring."""
        with contextlib.suppress(OSError):
            if self._latest is None:
                write_event(self._campaign_started(progress))
            if progress.record is not None:
                write_event(self._run_ended(progress, progress.record))
            elif self._latest is None or self._latest.record is not None:
                write_event(self._run_started(progress))
        self._latest = progress

    def _campaign_started(self, progress: Progress) -> CampaignStarted:
        """Return the campaign's first event."""
        return CampaignStarted(
            study=self._study_id,
            folder=str(progress.folder),
            machine=progress.folder.name,
            seed=progress.plan.seed,
            planned=progress.total,
            done=progress.done,
            cases=[
                CaseRow(case=case.case_id, phase=case.phase, done=case.runs, wanted=case.wanted)
                for case in self._board.standings(progress)
            ],
        )

    def _run_started(self, progress: Progress) -> RunStarted:
        """Return the event of a run that starts."""
        return RunStarted(
            study=self._study_id,
            case=progress.run.case.id,
            phase=progress.run.phase,
            repeat=progress.run.repeat,
            command=progress.command,
            done=progress.done,
            total=progress.total,
        )

    def _run_ended(self, progress: Progress, record: RunRecord) -> RunEnded:
        """Return the event of a run that has ended."""
        standing = self._board.standing(progress, progress.run.phase, progress.run.case)
        low, high = standing.interval or (None, None)
        return RunEnded(
            study=self._study_id,
            run_id=record.run_id,
            case=record.case_id,
            phase=record.phase,
            outcome=record.outcome,
            message=record.message,
            wall_time_s=record.wall_time_s,
            value=self._board.value(record) if record.outcome is Outcome.OK else None,
            unit=self._board.unit,
            median=standing.median,
            low=low,
            high=high,
            n=len(standing.values),
            done=progress.done,
            total=progress.total,
        )
