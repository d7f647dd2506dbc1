"""The six design slots (section 41.4): each a choice, its reason, and what was rejected."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, Field

from capstone_report.spec.base import ByteCount, Count, Declared, Line, Text
from capstone_report.spec.vocabulary import (
    Communication,
    Consistency,
    Coordination,
    FaultTolerance,
    LoadBalancing,
    Partitioning,
)

Choice = TypeVar("Choice")


# Pydantic reads attribute docstrings from the source file, once for every Choice that these are
# made for: a hundred milliseconds of every command. Their fields say what they are themselves.
UNREAD = ConfigDict(use_attribute_docstrings=False)


class Rejected(Declared, Generic[Choice]):
    """The alternative that was considered and not taken."""

    model_config = UNREAD

    choice: Choice = Field(description="The rejected option of the same slot.")
    why: Text = Field(description="Why it was rejected, in one or two sentences.")


class Also(Declared, Generic[Choice]):
    """A further option of a hybrid design, for another part of the state or the work."""

    model_config = UNREAD

    choice: Choice = Field(description="The option taken for that part.")
    part: Line = Field(description="Which part: the embedding tables, the serving path.")
    why: Text = Field(description="Why that part needs another option.")


class Slot(Declared, Generic[Choice]):
    """One filled slot of the design template."""

    model_config = UNREAD

    choice: Choice = Field(description="The option taken.")
    why: Text = Field(description="Why this option serves this problem.")
    part: Line | None = Field(
        default=None, description="In a hybrid: which part of the state or the work it is for."
    )
    also: tuple[Also[Choice], ...] = Field(
        default=(), description="In a hybrid: the options of the other parts."
    )
    rejected: Rejected[Choice] | None = Field(
        default=None, description="The alternative that was considered and rejected."
    )

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return every option that the slot uses, the main one first."""
        return (self.choice, *(other.choice for other in self.also))


class PartitioningSlot(Slot[Partitioning]):
    """Slot 1: who holds what."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    unit: Line
    """The unit of partition: an example, a parameter range, a key, an agent."""
    replicated: Line | None = None
    """What every worker holds whole instead of sharing it out."""


class CommunicationSlot(Slot[Communication]):
    """Slot 2: who talks to whom."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    primitive: Line
    """The operation that carries the pattern: a ring all-reduce, push and pull of rows."""
    message_bytes: ByteCount
    """The size of what is exchanged in one step: all gradients, the whole table, one answer."""
    touched_bytes: ByteCount | None = None
    """How much of it one worker really needs in one step, where that is less: its batch's rows."""
    neighbours: Count = 2
    """With gossip: how many peers a worker talks to in one step."""
    dearer_because: Text | None = None
    """Why this pattern, where another one that the partition allows would move fewer bytes."""


class ConsistencySlot(Slot[Consistency]):
    """Slot 3: how closely views must agree."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    staleness_steps: Count | None = None
    """With bounded staleness: how many steps a worker may be ahead of the slowest."""


class CoordinationSlot(Slot[Coordination]):
    """Slot 4: one brain or many."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    when_it_dies: Text | None = None
    """What happens to the system when the coordinator disappears."""


class FaultToleranceSlot(Slot[FaultTolerance]):
    """Slot 5: what happens when a worker dies."""


class LoadBalancingSlot(Slot[LoadBalancing]):
    """Slot 6: how workers stay evenly busy."""


class Design(Declared):
    """The six slots; a design leaves none of them open."""

    partitioning: PartitioningSlot
    """Slot 1: who holds what."""
    communication: CommunicationSlot
    """Slot 2: the pattern, its primitive and the volume it moves per step."""
    consistency: ConsistencySlot
    """Slot 3: how stale a view may be, and why the computation tolerates it."""
    coordination: CoordinationSlot
    """Slot 4: who decides, and what happens when the decider disappears."""
    fault_tolerance: FaultToleranceSlot
    """Slot 5: what happens when a worker dies, and what it costs."""
    load_balancing: LoadBalancingSlot
    """Slot 6: how the work stays even, and what is done about stragglers."""

    def slots(self) -> Iterator[tuple[str, Slot[Any]]]:
        """Yield the six slots with their names, in the order of the template."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)
