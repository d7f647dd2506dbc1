"""The proof of a ceiling: what the problem needs against what one machine has (section 41.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from capstone_report.spec.study import Demand, OneMachine, ProblemStatement
from capstone_report.spec.vocabulary import Ceiling
from capstone_report.units import prefixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One resource: how much is needed, how much one machine has, in the same SI unit."""

    ceiling: Ceiling
    needed: float
    available: float
    unit: str
    derivation: str
    """How the need comes about, where it is computed: 13 G parameters x 16 B."""

    @property
    def share(self) -> float:
        """Return the need as a share of what one machine has; above 1 it runs out."""
        return self.needed / self.available

    def __str__(self) -> str:
        """Return the arithmetic in one line."""
        need = prefixed(self.needed, self.unit)
        derived = f"{self.derivation} = {need}" if self.derivation else need
        return f"{derived} against {prefixed(self.available, self.unit)}"


# Which keys prove a ceiling; each group is one way to do it.
FIGURES: dict[Ceiling, str] = {
    Ceiling.MEMORY_CAPACITY: "problem.demand.memory_bytes, or parameters and bytes_per_parameter, "
    "and problem.machine.memory_bytes",
    Ceiling.DATA_IO: "problem.demand.data_bytes, and problem.machine.storage_bytes, or "
    "read_bytes_per_s with problem.demand.within_s",
    Ceiling.COMPUTE: "problem.demand.flop and within_s, and problem.machine.flop_per_s",
    Ceiling.MEMORY_BANDWIDTH: "problem.demand.traffic_bytes and within_s, and "
    "problem.machine.memory_bytes_per_s",
    Ceiling.LATENCY: "requests_per_s under problem.demand and problem.machine",
    Ceiling.COORDINATION: "messages_per_s under problem.demand and problem.machine",
}


def proofs(problem: ProblemStatement) -> tuple[Proof, ...]:
    """Return the arithmetic of every resource whose figures are declared, the scarcest first."""
    found = (*_sizes(problem.demand, problem.machine), *_times(problem.demand, problem.machine))
    return tuple(sorted(found, key=lambda proof: -proof.share))


def proof_of(problem: ProblemStatement, ceiling: Ceiling) -> Proof | None:
    """Return the strongest arithmetic for one ceiling, or None where its figures are missing."""
    return next((proof for proof in proofs(problem) if proof.ceiling is ceiling), None)


def replica_proof(problem: ProblemStatement, *, replicated: bool) -> Proof | None:
    """Return the memory of one whole replica against one machine's, or None without figures.

    It is the parameters' memory; with `replicated`, all that must be held at once.
    """
    demand, available = problem.demand, problem.machine.memory_bytes
    if not replicated:
        demand = demand.model_copy(update={"memory_bytes": None})
    needed, derivation = memory_needed(demand)
    if not (needed and available):
        return None
    return Proof(
        ceiling=Ceiling.MEMORY_CAPACITY,
        needed=needed,
        available=available,
        unit="B",
        derivation=derivation,
    )


def memory_needed(demand: Demand) -> tuple[float, str]:
    """Return the bytes that must be held at once, and how they come about; zero when undeclared."""
    state = (demand.parameters or 0) * (demand.bytes_per_parameter or 0)
    parts = []
    if state:
        parts.append(
            f"{prefixed(demand.parameters or 0, '')} parameters x "
            f"{prefixed(demand.bytes_per_parameter or 0, 'B')}"
        )
    if state and demand.memory_bytes:
        parts.append(f"+ {prefixed(demand.memory_bytes, 'B')}")
    return state + (demand.memory_bytes or 0), " ".join(parts)


def _sizes(demand: Demand, machine: OneMachine) -> Iterator[Proof]:
    """Yield what is held or arrives at once, against what fits or is handled."""
    memory, derivation = memory_needed(demand)
    for ceiling, needed, available, unit, derived in (
        (Ceiling.MEMORY_CAPACITY, memory, machine.memory_bytes, "B", derivation),
        (Ceiling.DATA_IO, demand.data_bytes, machine.storage_bytes, "B", ""),
        (Ceiling.LATENCY, demand.requests_per_s, machine.requests_per_s, "req/s", ""),
        (Ceiling.COORDINATION, demand.messages_per_s, machine.messages_per_s, "messages/s", ""),
    ):
        if needed and available:
            yield Proof(
                ceiling=ceiling, needed=needed, available=available, unit=unit, derivation=derived
            )


def _times(demand: Demand, machine: OneMachine) -> Iterator[Proof]:
    """Yield how long one machine takes, against how soon the result is needed."""
    for ceiling, amount, rate, unit in (
        (Ceiling.DATA_IO, demand.data_bytes, machine.read_bytes_per_s, "B"),
        (Ceiling.COMPUTE, demand.flop, machine.flop_per_s, "FLOP"),
        (Ceiling.MEMORY_BANDWIDTH, demand.traffic_bytes, machine.memory_bytes_per_s, "B"),
    ):
        if amount and rate and demand.within_s:
            yield Proof(
                ceiling=ceiling,
                needed=amount / rate,
                available=demand.within_s,
                unit="s",
                derivation=f"{prefixed(amount, unit)} / {prefixed(rate, unit + '/s')}",
            )
