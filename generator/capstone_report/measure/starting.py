"""What makes a run: here a guard on this machine, elsewhere a job of a scheduler."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol, Self

from capstone_report.measure.guard.messages import Ended, Order
from capstone_report.results.records import Environment, Job, Outcome
from capstone_report.units import Seconds


class Starter(Protocol):
    """Has programs run to their end, one after the other."""

    tick: Callable[[Seconds], None]
    """Called several times a second with the seconds since a run began."""

    def run(self, order: Order) -> Ended:
        """Have a program run to its end, whatever ends it.

        Raises:
            NotStartedError: the program could not be started.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedElsewhere(Ended):
    """How a run in a job ended: what its own guard told, and what the scheduler adds."""

    job: Job
    started_at: str | None = None
    """When the job began, as records say it; None where the scheduler cannot tell."""
    environment: Environment | None = None
    """The machine and software that the run saw, where its job could tell."""
    verdict: tuple[Outcome, str] | None = None
    """What became of the job, where that decides what became of the run."""

    @classmethod
    def of(
        cls,
        ended: Ended,
        *,
        job: Job,
        started_at: str | None = None,
        environment: Environment | None = None,
        verdict: tuple[Outcome, str] | None = None,
    ) -> Self:
        """Return what a guard told with what a scheduler adds."""
        told = {field.name: getattr(ended, field.name) for field in fields(Ended)}
        return cls(**told, job=job, started_at=started_at, environment=environment, verdict=verdict)
