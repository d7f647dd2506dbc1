"""Section 41.2: what a diagnosis leaves out."""

from collections.abc import Iterator

from capstone_report.findings import diagnosing as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.diagnosis import Diagnosis


def ablations_are_named_once(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Check that every ablation has a name of its own."""
    first: dict[str, int] = {}
    for index, ablation in enumerate(diagnosis.ablations):
        earlier = first.setdefault(ablation.name, index)
        if earlier != index:
            yield rules.ABLATION_TWICE(
                f"diagnosis.ablations[{index}].name",
                f"diagnosis.ablations[{earlier}].name",
                name=ablation.name,
            )


def ablations_leave_something_out(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Check that the program is told to leave something out."""
    for index, ablation in enumerate(diagnosis.ablations):
        if not (ablation.env or ablation.args):
            yield rules.NOTHING_LEFT_OUT(
                f"diagnosis.ablations[{index}].name",
                name=ablation.name,
                removes=ablation.removes.value,
            )
