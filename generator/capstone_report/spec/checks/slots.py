"""Section 41.4: the six slots against each other and against what the application tolerates."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from capstone_report.findings import design as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.arithmetic import replica_proof
from capstone_report.spec.design import (
    CommunicationSlot,
    ConsistencySlot,
    CoordinationSlot,
    Design,
    PartitioningSlot,
    Slot,
)
from capstone_report.spec.nearest import did_you_mean
from capstone_report.spec.study import AxisChoice, ProblemStatement
from capstone_report.spec.vocabulary import (
    Axis,
    Communication,
    Consistency,
    Coordination,
    Partitioning,
)
from capstone_report.spec.volumes import wire_bytes
from capstone_report.units import prefixed

Choice = TypeVar("Choice")

# What each axis divides (sections 41.2 and 41.4.1); one of them must be among the slot's choices.
DIVIDED: Mapping[Axis, Sequence[Partitioning]] = {
    Axis.DATA: (Partitioning.DATA,),
    Axis.TRAINING: (Partitioning.DATA, Partitioning.WORK),
    Axis.MODEL: (Partitioning.MODEL,),
    Axis.INFERENCE: (Partitioning.WORK, Partitioning.DATA, Partitioning.MODEL),
    Axis.COORDINATION: (Partitioning.WORK, Partitioning.DATA),
    Axis.INTELLIGENCE: (Partitioning.WORK,),
}

# Who must talk to whom follows from who holds what (section 41.4.2). Replicas average or fan out;
# slices of a model are summed or fetched, and gossip would never complete them; independent work
# is handed out or spread, and has no common sum to reduce.
SERVED: Mapping[Partitioning, Sequence[Communication]] = {
    Partitioning.DATA: tuple(Communication),
    Partitioning.MODEL: (
        Communication.ALL_REDUCE,
        Communication.PARAMETER_SERVER,
        Communication.SCATTER_GATHER,
    ),
    Partitioning.WORK: (
        Communication.SCATTER_GATHER,
        Communication.GOSSIP,
        Communication.PARAMETER_SERVER,
    ),
}

# How stale a view may be: asynchronous and eventual views have no bound, and neither is stricter.
LOOSENESS: Mapping[Consistency, int] = {
    Consistency.SYNCHRONOUS: 0,
    Consistency.BOUNDED_STALENESS: 1,
    Consistency.ASYNCHRONOUS: 2,
    Consistency.EVENTUAL: 2,
}

A_BARRIER = "an all-reduce returns when the last worker has joined it"
NO_BARRIER = "parameter-server or gossip, or synchronous or bounded-staleness"
CANNOT: Mapping[tuple[Communication, Consistency], tuple[str, str]] = {
    (Communication.GOSSIP, Consistency.SYNCHRONOUS): (
        "a worker hears from a few neighbours per step, never from all",
        "all-reduce, or a looser consistency",
    ),
    (Communication.ALL_REDUCE, Consistency.ASYNCHRONOUS): (A_BARRIER, NO_BARRIER),
    (Communication.ALL_REDUCE, Consistency.EVENTUAL): (A_BARRIER, NO_BARRIER),
}
"""Patterns that cannot give a consistency: why, and what to choose."""


def partition_follows_the_axis(
    axis: AxisChoice, partitioning: PartitioningSlot
) -> Iterator[Finding]:
    """Check that what the axis divides is divided, if only in one part of a hybrid.

    Training divides examples, or whole independent trainings.
    """
    for where, name in (
        ("axis.name", axis.name),
        *([("axis.second.name", axis.second.name)] if axis.second else []),
    ):
        wanted = DIVIDED[name]
        if not set(wanted) & set(partitioning.choices):
            yield rules.PARTITION_AGAINST_AXIS(
                "design.partitioning.choice",
                where,
                axis=name.value,
                wanted=" or ".join(wanted),
                chosen=" and ".join(partitioning.choices),
            )


def replica_fits(problem: ProblemStatement, partitioning: PartitioningSlot) -> Iterator[Finding]:
    """Check that what every worker holds whole fits into one machine (section 41.2.4).

    Parameters are held whole unless the model is divided; other memory only where the study says
    that it is replicated: what the partition divides need not fit.
    """
    whole = replica_proof(problem, replicated=partitioning.replicated is not None)
    proof = whole if Partitioning.MODEL not in partitioning.choices else None
    if proof and proof.share > 1:
        yield rules.REPLICA_DOES_NOT_FIT(
            "design.partitioning.choice",
            "problem.machine.memory_bytes",
            arithmetic=str(proof),
            axis=Axis.MODEL.value,
        )


def pattern_serves_the_partition(
    partitioning: PartitioningSlot, communication: CommunicationSlot
) -> Iterator[Finding]:
    """Check that every pattern is one that its part of the partition allows.

    In a hybrid the parts belong together by their names; a pattern for another part is held
    against the whole partition.
    """
    held = {part: (choice,) for part, choice in _parts(partitioning)}
    for where, part, pattern in _placed("communication", communication):
        divided = held.get(part, partitioning.choices) if part else partitioning.choices
        allowed = [p for p in Communication if any(p in SERVED[c] for c in divided)]
        if pattern not in allowed:
            yield rules.PATTERN_AGAINST_PARTITION(
                where,
                "design.partitioning.choice",
                pattern=pattern.value,
                partition=" and ".join(divided),
                patterns=" or ".join(allowed),
            )


def pattern_is_the_cheapest(
    partitioning: PartitioningSlot,
    communication: CommunicationSlot,
    consistency: ConsistencySlot,
) -> Iterator[Finding]:
    """Check that no pattern that serves the design moves fewer bytes, unless it says why (41.4.1)."""
    if communication.also or communication.dearer_because or partitioning.also:
        return
    impossible = (communication.choice, consistency.choice) in CANNOT
    touched = communication.touched_bytes or 0
    if impossible or touched > communication.message_bytes:  # each is told by its own check
        return
    volumes = {
        pattern: wire_bytes(pattern, communication)
        for pattern in SERVED[partitioning.choice]
        if (pattern, consistency.choice) not in CANNOT
    }
    own = volumes.get(communication.choice)
    cheapest = min(volumes, key=lambda pattern: volumes[pattern])
    if own is not None and volumes[cheapest] < own:
        yield rules.NOT_THE_CHEAPEST(
            "design.communication.choice",
            "design.communication.message_bytes",
            pattern=communication.choice.value,
            bytes=prefixed(own, "B"),
            cheaper=cheapest.value,
            fewer=prefixed(volumes[cheapest], "B"),
        )


def touched_is_a_part(communication: CommunicationSlot) -> Iterator[Finding]:
    """Check that a worker needs no more of a message than there is."""
    touched, message = communication.touched_bytes, communication.message_bytes
    if touched is not None and touched > message:
        yield rules.TOUCHED_EXCEEDS(
            "design.communication.touched_bytes",
            "design.communication.message_bytes",
            touched=prefixed(touched, "B"),
            message=prefixed(message, "B"),
        )


def parts_have_one_name(
    partitioning: PartitioningSlot, communication: CommunicationSlot
) -> Iterator[Finding]:
    """Check that the parts that communicate are parts of the partition, where both are hybrids."""
    held = [part for part, _ in _parts(partitioning) if part]
    if not (partitioning.also and communication.also):
        return
    paths = ["design.communication.part"]
    paths += [f"design.communication.also[{i}].part" for i in range(len(communication.also))]
    for where, (part, _) in zip(paths, _parts(communication), strict=True):
        if part and part not in held:
            yield rules.UNMATCHED_PART(
                where,
                "design.partitioning.part",
                part=part,
                suggestion=did_you_mean(part, held),
                known=", ".join(held),
            )


def application_tolerates_it(
    problem: ProblemStatement, consistency: ConsistencySlot
) -> Iterator[Finding]:
    """Check that no view is staler than the application tolerates (section 41.4.3)."""
    limit = LOOSENESS[problem.tolerates]
    for where, _, choice in _placed("consistency", consistency):
        if LOOSENESS[choice] > limit:
            yield rules.TOO_STALE(
                where,
                "problem.tolerates",
                choice=choice.value,
                tolerates=problem.tolerates.value,
                allowed=" or ".join(c for c in Consistency if LOOSENESS[c] <= limit),
            )


def staleness_has_its_bound(consistency: ConsistencySlot) -> Iterator[Finding]:
    """Check that bounded staleness says its bound."""
    bounded = Consistency.BOUNDED_STALENESS in consistency.choices
    if bounded and consistency.staleness_steps is None:
        yield rules.NO_BOUND("design.consistency.choice")


def pattern_gives_the_consistency(
    communication: CommunicationSlot, consistency: ConsistencySlot
) -> Iterator[Finding]:
    """Check that every pattern can give the consistency, where that is the same for all parts."""
    if consistency.also:
        return
    for where, _, pattern in _placed("communication", communication):
        reason, remedy = CANNOT.get((pattern, consistency.choice), ("", ""))
        if reason:
            yield rules.PATTERN_AGAINST_CONSISTENCY(
                where,
                "design.consistency.choice",
                pattern=pattern.value,
                consistency=consistency.choice.value,
                reason=reason,
                remedy=remedy,
            )


def coordinator_has_an_end(coordination: CoordinationSlot) -> Iterator[Finding]:
    """Check that a central design says what happens when its centre disappears."""
    if Coordination.CENTRAL in coordination.choices and coordination.when_it_dies is None:
        yield rules.NO_SUCCESSOR("design.coordination.choice")


def synchronous_all_reduce_is_chosen(
    communication: CommunicationSlot, consistency: ConsistencySlot
) -> Iterator[Finding]:
    """Check that the commonest pair is a decision, not a habit (Exercise 41.4.1)."""
    rejected = {"communication": communication.rejected, "consistency": consistency.rejected}
    missing = [name for name, alternative in rejected.items() if alternative is None]
    habit = (Communication.ALL_REDUCE, Consistency.SYNCHRONOUS)
    if (communication.choice, consistency.choice) == habit and missing:
        yield rules.BY_DEFAULT(
            f"design.{missing[0]}.choice",
            slots=f"in {' and '.join(missing)}",
            slot=missing[0],
        )


def options_are_told_apart(design: Design) -> Iterator[Finding]:
    """Check, slot by slot, the rejected alternative and the parts of a hybrid."""
    for name, slot in design.slots():
        where = f"design.{name}"
        menu: type[StrEnum] = type(slot.choice)
        exhausted = set(slot.choices) == set(menu)
        if slot.rejected is None and not exhausted:
            yield rules.NOTHING_REJECTED(f"{where}.choice", slot=name)
        elif slot.rejected and slot.rejected.choice is slot.choice:
            yield rules.REJECTED_ITSELF(
                f"{where}.rejected.choice", f"{where}.choice", choice=str(slot.rejected.choice)
            )
        for index, other in enumerate(slot.also):
            if other.choice in slot.choices[: index + 1]:
                yield rules.REJECTED_ITSELF(
                    f"{where}.also[{index}].choice", f"{where}.choice", choice=str(other.choice)
                )
        if slot.also and slot.part is None:
            yield rules.UNNAMED_PART(f"{where}.choice", slot=name, choice=str(slot.choice))


def _parts(slot: Slot[Choice]) -> list[tuple[str | None, Choice]]:
    """Return a slot's choices with the parts that they are for."""
    return [(slot.part, slot.choice), *((other.part, other.choice) for other in slot.also)]


def _placed(name: str, slot: Slot[Choice]) -> list[tuple[str, str | None, Choice]]:
    """Return a slot's choices with their key paths and parts."""
    paths = [f"design.{name}.choice"]
    paths += [f"design.{name}.also[{index}].choice" for index in range(len(slot.also))]
    return [(path, part, choice) for path, (part, choice) in zip(paths, _parts(slot), strict=True)]
