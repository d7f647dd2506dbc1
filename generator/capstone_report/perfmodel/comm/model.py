"""What a communication model is: options that a study may set, and seconds for every worker count."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from capstone_report.registry import kinds
from capstone_report.units import Seconds

NonNegativeSeconds = Annotated[Seconds, Field(ge=0)]


class RingForm(NamedTuple):
    """The two constants of a cost that is exactly A (p - 1) + B (p - 1) / p."""

    latency: Seconds
    bandwidth: Seconds


class CommModel(BaseModel, ABC):
    """Predicts the seconds that p workers spend on one exchange of one message.

    alpha is the latency of one message, beta the time to move the whole message once over one
    link: its bytes divided by the link's bandwidth.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    kind: ClassVar[str]
    title: ClassVar[str]
    formula: ClassVar[str]
    """T_comm(p) in LaTeX."""
    source: ClassVar[str]
    collective: ClassVar[tuple[str, ...]] = ()
    """The communication patterns of the book's second design slot that it serves."""
    assumes: ClassVar[str] = ""
    """What the formula takes for granted that a real exchange may not grant, in words."""
    continuous: ClassVar[bool] = True
    """Whether the formula has a meaning between whole numbers of workers."""

    def seconds(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return T_comm(p) in seconds; one worker has nobody to talk to, so zero for p <= 1."""
        return self.exchange(workers, alpha=alpha, beta=beta) if workers > 1 else 0.0

    @abstractmethod
    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return the seconds of the exchange among more than one worker."""

    def range_seconds(
        self, low: int, high: int, *, alpha: Seconds, beta: Seconds
    ) -> tuple[Seconds, Seconds]:
        """Return the least and the most that any whole number of workers from low to high costs.

        A cost that falls anywhere when a worker is added says here how far.
        """
        least = self.seconds(low, alpha=alpha, beta=beta)
        return least, self.seconds(high, alpha=alpha, beta=beta)

    def per_worker_least(self, low: int, high: int, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return what T_comm(p)/p does not fall below for any whole p from low to high.

        A ring's rises at most once and then falls, so it is lowest at an end.
        """
        if self.ring_form(alpha=alpha, beta=beta) is None:
            return self.range_seconds(low, high, alpha=alpha, beta=beta)[0] / high
        return min(self.seconds(end, alpha=alpha, beta=beta) / end for end in (low, high))

    def ring_form(self, *, alpha: Seconds, beta: Seconds) -> RingForm | None:  # noqa: ARG002 - most formulas are none
        """Return the constants of A (p - 1) + B (p - 1) / p where the cost has that form, else None."""
        return None


def models() -> dict[str, type[CommModel]]:
    """Return every communication model that a file of this package defines, by its kind."""
    return kinds("capstone_report.perfmodel.comm", CommModel)  # type: ignore[type-abstract] # only subclasses are returned
