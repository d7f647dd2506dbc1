"""How each case of a plan stands: what is done, stale, missing and failed, and why; pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from capstone_report.analysis.staleness import StaleRun, tally
from capstone_report.cases import Case
from capstone_report.plan import Plan, PlannedRun
from capstone_report.results.records import OF_THE_MACHINE, Outcome, Phase, RunRecord

LOGS = ("stderr.txt", "stdout.txt")


class State(StrEnum):
    """What there is to say about a case first."""

    DONE = "done"
    FAILED = "failed"
    """Runs are missing, and the last attempt did not end well."""
    INTERRUPTED = "interrupted"
    """Runs are missing, and the last attempt was stopped or stood still: no fault of the program."""
    STALE = "stale"
    """Runs are missing, and there are some of an earlier version."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last attempt at a case, when it did not end well."""

    run_id: str
    message: str
    log: str | None
    """Its log, inside the machine's folder; None when the program wrote nothing."""
    of_the_machine: bool
    """Whether it was interrupted or stood still, which is no fault of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """One case of one phase: how many runs are wanted, and what became of them."""

    case: Case
    phase: Phase
    wanted: int
    done: int
    missing: int
    failed: int
    """Attempts at what is planned now that did not end well, interrupted ones left out."""
    stale: tuple[StaleRun, ...]
    last_failure: Failure | None

    @property
    def state(self) -> State:
        """Return what there is to say first."""
        if not self.missing:
            return State.DONE
        if self.last_failure:
            return State.INTERRUPTED if self.last_failure.of_the_machine else State.FAILED
        return State.STALE if self.stale else State.MISSING

    @property
    def reason(self) -> str:
        """Return why runs are missing though there were some; empty when there is nothing to say."""
        if self.state in {State.FAILED, State.INTERRUPTED} and self.last_failure:
            return self.last_failure.message
        return ", ".join(reason for reason, _ in tally(self.stale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Every planned case, in the declared order, trials first, and the records of no such case."""

    cases: tuple[CaseStanding, ...]
    beside: tuple[StaleRun, ...]


def standing(
    plan: Plan,
    *,
    current: Sequence[RunRecord],
    stale: Sequence[StaleRun],
    missing: Sequence[PlannedRun],
) -> Standing:
    """Return how each case stands, from the attempts at it, the stale ones and what is missing."""
    attempts: defaultdict[tuple[str, Phase], list[RunRecord]] = defaultdict(list)
    for record in current:
        attempts[record.case_id, record.phase].append(record)
    earlier: defaultdict[tuple[str, Phase], list[StaleRun]] = defaultdict(list)
    for run in stale:
        earlier[run.record.case_id, run.record.phase].append(run)
    lacking = Counter((run.case.id, run.phase) for run in missing)
    wanted = Counter((run.case.id, run.phase) for run in plan.runs)
    cases = {(run.case.id, run.phase): run.case for run in plan.runs}
    phases = list(Phase)
    ordered = sorted(cases, key=lambda key: (phases.index(key[1]), cases[key].number))
    return Standing(
        cases=tuple(
            CaseStanding(
                case=cases[key],
                phase=key[1],
                wanted=wanted[key],
                done=sum(run.outcome is Outcome.OK for run in attempts[key]),
                missing=lacking[key],
                failed=sum(_is_failed(run) for run in attempts[key]),
                stale=tuple(earlier.pop(key, ())),
                last_failure=_failure(attempts[key]),
            )
            for key in ordered
        ),
        beside=tuple(run for runs in earlier.values() for run in runs),
    )


def _failure(attempts: Sequence[RunRecord]) -> Failure | None:
    """Return the last attempt when it did not end well."""
    if not attempts or attempts[-1].outcome is Outcome.OK:
        return None
    last = attempts[-1]
    logs = [name for name in sorted(last.raw) if name.endswith(LOGS)]
    message = last.message or last.outcome.value
    return Failure(
        run_id=last.run_id,
        message=message,
        log=next(iter(logs), None),
        of_the_machine=last.outcome in OF_THE_MACHINE,
    )


def _is_failed(run: RunRecord) -> bool:
    """Tell whether a run failed, which an interrupted one did not."""
    return run.outcome is not Outcome.OK and run.outcome not in OF_THE_MACHINE
