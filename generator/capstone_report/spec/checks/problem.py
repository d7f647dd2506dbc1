"""Section 41.1 and 41.2: one machine runs out, and the axis lifts what it runs out of."""

from collections.abc import Iterator

from capstone_report.findings import design as conflicts
from capstone_report.findings import problem as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.remedies import AXES, CEILINGS
from capstone_report.spec.arithmetic import FIGURES, proof_of, proofs
from capstone_report.spec.study import AxisChoice, ProblemStatement
from capstone_report.spec.vocabulary import Axis, Ceiling

# Table 41.2.1 as printed, and what it leaves out: where the bytes that stream are those of each
# example, more replicas also bring more memory bandwidth.
LIFTS = {(Ceiling(row.ceiling), Axis(row.axis)) for row in (*AXES.values(), *CEILINGS.values())} | {
    (Ceiling.MEMORY_BANDWIDTH, Axis.DATA),
    (Ceiling.MEMORY_BANDWIDTH, Axis.TRAINING),
    (Ceiling.MEMORY_BANDWIDTH, Axis.INFERENCE),
    (Ceiling.MEMORY_CAPACITY, Axis.INFERENCE),  # a served model is divided, too (Table 41.5.1)
}


def ceiling_is_proved(problem: ProblemStatement) -> Iterator[Finding]:
    """Check that the declared ceiling is reached, by the declared figures."""
    proof = proof_of(problem, problem.ceiling)
    if proof is None:
        yield rules.CEILING_NOT_PROVED(
            "problem.ceiling", ceiling=problem.ceiling.value, needed=FIGURES[problem.ceiling]
        )
    elif proof.share <= 1:
        yield rules.FITS_ONE_MACHINE(
            "problem.ceiling", arithmetic=f"{problem.ceiling}: {proof}", share=proof.share
        )


def scarcest_is_the_ceiling(problem: ProblemStatement) -> Iterator[Finding]:
    """Check that no other resource runs out before the declared ceiling.

    What does not fit never starts, so sizes come before times, whatever the shares are.
    """
    own = proof_of(problem, problem.ceiling)
    exceeded = [proof for proof in proofs(problem) if proof.share > 1]
    first = min(exceeded, key=lambda proof: (proof.unit != "B", -proof.share), default=None)
    if own is None or first is None or first.ceiling is own.ceiling:
        return
    if own.unit == "B" and own.share > 1:
        return
    yield rules.OTHER_CEILING(
        "problem.ceiling",
        other=first.ceiling.value,
        ceiling=own.ceiling.value,
        arithmetic=f"{first}, {own}",
    )


def figures_are_whole(problem: ProblemStatement) -> Iterator[Finding]:
    """Check that parameters and the bytes for each come together."""
    pair = {
        "parameters": problem.demand.parameters,
        "bytes_per_parameter": problem.demand.bytes_per_parameter,
    }
    given = [name for name, value in pair.items() if value is not None]
    if len(given) == 1:
        (missing,) = pair.keys() - set(given)
        yield rules.HALF_A_FIGURE(f"problem.demand.{given[0]}", given=given[0], missing=missing)


def axis_lifts_the_ceiling(problem: ProblemStatement, axis: AxisChoice) -> Iterator[Finding]:
    """Check the axis, or the second one, against the ceiling (Table 41.2.1)."""
    names = {axis.name, *([axis.second.name] if axis.second else [])}
    if not any((problem.ceiling, name) in LIFTS for name in names):
        yield conflicts.AXIS_AGAINST_CEILING(
            "axis.name",
            "problem.ceiling",
            axis=axis.name.value,
            ceiling=problem.ceiling.value,
            axes=" or ".join(a for a in Axis if (problem.ceiling, a) in LIFTS),
            ceilings=" or ".join(c for c in Ceiling if (c, axis.name) in LIFTS),
        )


def second_axis_is_another(axis: AxisChoice) -> Iterator[Finding]:
    """Check that the second axis is not the first one again."""
    if axis.second and axis.second.name is axis.name:
        yield conflicts.SAME_AXIS_TWICE("axis.second.name", "axis.name", axis=axis.name.value)
