"""The six design slots (section 41.4): each a choice, its reason, and what was rejected."""

from typing import Generic, TypeVar

from capstone_report.spec.base import Declared, Text
from capstone_report.spec.vocabulary import (
    Communication,
    Consistency,
    Coordination,
    FaultTolerance,
    LoadBalancing,
    Partitioning,
)

Choice = TypeVar("Choice")


class Rejected(Declared, Generic[Choice]):
    """The alternative that was considered and not taken."""

    choice: Choice
    """The rejected option of the same slot."""
    why: Text
    """Why it was rejected, in one or two sentences."""


class Slot(Declared, Generic[Choice]):
    """One filled slot of the design template."""

    choice: Choice
    """The option taken."""
    why: Text
    """Why this option serves this problem."""
    rejected: Rejected[Choice] | None = None
    """The alternative that was considered and rejected."""


class Design(Declared):
    """The six slots; a design leaves none of them open."""

    partitioning: Slot[Partitioning]
    """Slot 1: the unit of partition, how many parts, and what is replicated."""
    communication: Slot[Communication]
    """Slot 2: the pattern, its primitive and the volume it moves per step."""
    consistency: Slot[Consistency]
    """Slot 3: how stale a view may be, and why the computation tolerates it."""
    coordination: Slot[Coordination]
    """Slot 4: who decides, and what happens when the decider disappears."""
    fault_tolerance: Slot[FaultTolerance]
    """Slot 5: what happens when a worker dies, and what it costs."""
    load_balancing: Slot[LoadBalancing]
    """Slot 6: how the work stays even, and what is done about stragglers."""
