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
    """Check that no other resource runs out before the declared ceiling."""
    own = proof_of(problem, problem.ceiling)
    first = next(iter(proofs(problem)), None)
    if own and first and first.share > max(1, own.share) and first.ceiling is not own.ceiling:
        yield rules.OTHER_CEILING(
            "problem.ceiling",
            other=first.ceiling.value,
            ceiling=own.ceiling.value,
            arithmetic=f"{first}, {own}",
        )


def axis_lifts_the_ceiling(problem: ProblemStatement, axis: AxisChoice) -> Iterator[Finding]:
    """Check the axis against the ceiling (Table 41.2.1)."""
    if (problem.ceiling, axis.name) not in LIFTS:
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
