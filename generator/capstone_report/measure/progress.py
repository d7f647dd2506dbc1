"""What a campaign tells while it runs, and what it has done in the end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from capstone_report.findings.finding import Finding
from capstone_report.plan import Plan, PlannedRun
from capstone_report.results.records import RunRecord
from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is about to happen or happens (no record yet), or has just happened, in a campaign."""

    done: int
    total: int
    run: PlannedRun
    command: str
    folder: Path
    """Where this machine's records are."""
    plan: Plan
    """The plan as the records so far decide it."""
    records: tuple[RunRecord, ...]
    """Every run that this machine has recorded for the study, in the order measured."""
    left: tuple[PlannedRun, ...]
    """What this campaign has still to run, a run that goes on included; no case that it gave up."""
    elapsed_s: Seconds = 0.0
    """How long the run has been going on, while there is no record of it."""
    stopping: bool = False
    """Whether a signal has asked for the end of the run."""
    record: RunRecord | None = None
    last_words: tuple[str, ...] = ()
    """The last lines that a failed run wrote."""


Reporter = Callable[[Progress], None]


@dataclass(slots=True, kw_only=True)
class Campaign:
    """What one `capstone run` did for a study."""

    folder: Path
    measured: int = 0
    findings: list[Finding] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
