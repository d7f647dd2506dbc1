"""Makes one run of one case to be looked at: in a temporary folder, and into no record."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from capstone_report.cases import Case
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.one_run import Attempt, make_run
from capstone_report.measure.stopping import Stopper
from capstone_report.parsers.output import Line, Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.plan import PlannedRun, Skipped, plan_for
from capstone_report.results.records import Environment, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy

SHOWN_LINES = 20
PRINTED = ("stdout", "stderr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One run that counts for nothing, and everything that is known of it."""

    attempt: Attempt
    record: RunRecord
    parsed: Parsed
    unmatched: tuple[Line, ...]
    """The first lines of its output that its parser made nothing of; empty ones are left out."""
    unmatched_lines: int
    """How many there are in all."""
    stopped_by: int | None
    """The signal that stopped it, if one did."""

    @property
    def folder(self) -> Path:
        """Return where its outputs are."""
        return self.attempt.raw


def tryable(
    loaded: LoadedStudy, environment: Environment
) -> tuple[tuple[Case, ...], tuple[Skipped, ...]]:
    """Return the cases that this machine can run, those of a trial included, and the others."""
    plan = plan_for(loaded, environment, ())
    cases = {run.case.id: run.case for run in plan.runs}
    return tuple(sorted(cases.values(), key=lambda case: case.number)), plan.skipped


def named_cases(cases: Sequence[Case], name: str) -> list[Case]:
    """Return the case of that id, or else all whose id begins so."""
    exact = [case for case in cases if case.id == name]
    return exact or [case for case in cases if case.id.startswith(name)]


def prepare(loaded: LoadedStudy, case: Case, environment: Environment) -> Attempt:
    """Return the attempt at a case, with a new temporary folder for its outputs."""
    return Attempt(
        loaded=loaded,
        run=PlannedRun(case=case, phase=Phase.MEASUREMENT, repeat=0, order=0),
        number=0,
        machine_folder=Path(tempfile.mkdtemp(prefix="capstone-try-")),
        environment=environment,
    )


def try_once(attempt: Attempt) -> Tried:
    """Make the run, and read what it left once more to see what was matched.

    Raises:
        OSError: the disk does not take what the program writes.
    """
    with Stopper() as stopper, Guard(stopping=stopper) as guard:
        record = make_run(attempt, guard)
        stopped_by = stopper.number
    parser = attempt.run.case.benchmark.parser
    parsed = parser.parse(attempt.raw)
    return Tried(
        attempt=attempt,
        record=record,
        parsed=parsed,
        unmatched=tuple(islice(_unmatched(attempt.raw, parser, parsed), SHOWN_LINES)),
        unmatched_lines=sum(1 for _ in _unmatched(attempt.raw, parser, parsed)),
        stopped_by=stopped_by,
    )


def _unmatched(run_folder: Path, parser: Parser, parsed: Parsed) -> Iterator[Line]:
    """Yield the lines of all output that the parser made nothing of."""
    output = Output(run_folder)
    for source in dict.fromkeys((*PRINTED, *parser.sources())):
        for line in output.lines(source):
            if line.text.strip() and line.place not in parsed.matched:
                yield line
