"""A step under a machine's roofs, alone and among peers: what `capstone roofline` computes."""

from dataclasses import dataclass, replace
from typing import Literal, cast

from capstone_report.calculators.inputs import misfit, together
from capstone_report.calculators.probed_roofs import roofs
from capstone_report.calculators.roofline import RooflineInputs
from capstone_report.calculators.step_models import communication_model
from capstone_report.errors import UsageError
from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.perfmodel.diagnosis import Diagnosis, diagnose
from capstone_report.perfmodel.laws import (
    communication_exceeds_from,
    speedup_with_full_overlap,
    speedup_without_overlap,
)
from capstone_report.perfmodel.optima import communication_dominates
from capstone_report.perfmodel.outcomes import At
from capstone_report.perfmodel.profile import Profile, Thresholds, Verdict, around
from capstone_report.perfmodel.roofline import Achieved, Machine, Roofline, Step, achieved, place
from capstone_report.perfmodel.step import StepModel
from capstone_report.units import Seconds, prefixed

# Roofs and times are measured, too: up to the end of the grey zone they explain each other.
REACHABLE = around(1.0)
# What whole percents show of a step that is faster than a roof.
NOTICEABLY_BEYOND = 1.005
# From which share of a step on communication dominates; the same threshold as the diagnosis has.
DOMINANT_SHARE = Thresholds().communication_share
Roof = Literal["arithmetic", "memory"]
RoofVerdict = Literal["compute", "memory", "balanced", "implementation", "none", "undecided"]
_ENDS: dict[str, RoofVerdict] = {
    "inefficient-implementation": "implementation",
    "parameters-stream": "memory",
    "examples-stream": "memory",
    "arithmetic-binds": "compute",
    "nothing-binds": "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step under a machine's roofs, alone and among peers."""

    machine: Machine
    roofs_from: str
    """Where the roofs were measured; empty where they were typed in."""
    step: Step
    roofline: Roofline
    workers: int
    collective: CommModel | None
    """How peers exchange the message; None where each sends the same bytes among any number."""
    measured_s: Seconds | None
    achieved: Achieved | None
    """Which shares of the roofs a measured step reached."""
    verdict: RoofVerdict
    """compute, memory or balanced; of a measured step also implementation, none or undecided."""
    diagnoses: tuple[tuple[int, Diagnosis], ...]
    """What one worker meets, and what the workers that are asked for meet."""

    @property
    def beyond_roofs(self) -> dict[Roof, float]:
        """Return the roofs that a measured step passes by a percent or more, with its shares."""
        if self.achieved is None:
            return {}
        shares: dict[Roof, float] = {
            "arithmetic": self.achieved.compute_share,
            "memory": self.achieved.bandwidth_share,
        }
        return {roof: share for roof, share in shares.items() if share >= NOTICEABLY_BEYOND}

    @property
    def local_s(self) -> Seconds:
        """Return what the step takes without peers: as measured, else at its lower roof."""
        return _local_s(self.roofline, self.measured_s)

    @property
    def communicates(self) -> bool:
        """Tell whether anything is sent."""
        return self.roofline.communication_s > 0

    def communication_s(self, workers: int) -> Seconds:
        """Return what communication takes among more than one worker."""
        return _communication_s(self.step, self.roofline, self.collective, workers)

    @property
    def exceeds_from(self) -> int | None:
        """Return the first number of workers whose work takes less than communication."""
        if self.collective is None:
            return communication_exceeds_from(
                t_comp=self.local_s, t_comm=self.roofline.communication_s
            )
        model = StepModel(
            t_comp=self.local_s,
            comm=self.collective,
            alpha=self.step.message_latency_s,
            beta=_transfer_s(self.step),
        )
        found = communication_dominates(model)
        return found.workers if isinstance(found, At) else None

    @property
    def exceeds(self) -> bool:
        """Tell whether communication takes longer than the work of each of the workers: R > 1."""
        work_s = self.local_s / self.workers
        return self.workers > 1 and self.communication_s(self.workers) > work_s

    @property
    def communication_share(self) -> float | None:
        """Return T_comm / (T_comm + T/p), the share that the diagnosis judges; None for one worker."""
        if self.workers == 1:
            return None
        communication_s = self.communication_s(self.workers)
        return communication_s / (communication_s + self.local_s / self.workers)

    @property
    def speedup_without_overlap(self) -> float:
        """Return S when every worker waits for the network."""
        return speedup_without_overlap(
            self.workers, t_comp=self.local_s, t_comm=self.communication_s(self.workers)
        )

    @property
    def speedup_with_full_overlap(self) -> float:
        """Return S when the network works while the workers do."""
        return speedup_with_full_overlap(
            self.workers, t_comp=self.local_s, t_comm=self.communication_s(self.workers)
        )


def placed(given: RooflineInputs) -> Placed:
    """Compute everything from the inputs.

    Raises:
        UsageError: inputs do not fit together, or a step is faster than its roofs allow.
    """
    used = roofs(given)
    machine = used.machine
    step, collective = _step(given), _collective(given)
    roofline = place(step, machine)
    measured = given["measured"]
    shares = achieved(step, machine, measured_s=measured) if measured else None
    if measured and shares:
        _refuse_beyond_the_roofs(shares, measured)
    counts = sorted({1, given["workers"]}) if roofline.communication_s else [1]
    profiles = {
        n: _profile(given, roofline, shares, _communication_s(step, roofline, collective, n), n)
        for n in counts
    }
    return Placed(
        machine=machine,
        roofs_from=used.source,
        step=step,
        roofline=roofline,
        workers=given["workers"],
        collective=collective,
        measured_s=measured,
        achieved=shares,
        verdict=_verdict(roofline, shares),
        diagnoses=tuple((n, diagnose(profile)) for n, profile in profiles.items()),
    )


def _step(given: RooflineInputs) -> Step:
    """Return what a step computes, moves and sends."""
    values = cast("dict[str, object]", given)
    sends = together(values, ("net_bytes", "net_bandwidth"))
    together(values, ("working_set", "memory"))
    network = {
        "network_bytes": float(given["net_bytes"] or 0),
        "network_bytes_per_s": float(given["net_bandwidth"] or 1),
    }
    step = Step(
        flop=given["flops"],
        memory_bytes=given["bytes"],
        message_latency_s=given["latency"] or 0.0,
        **(network if sends else {}),
    )
    if given["workers"] > 1 and not step.network_bytes and not step.message_latency_s:
        remedy = "add --net-bytes and --net-bandwidth, or --latency"
        raise UsageError(misfit("--workers", "peers who say nothing cost nothing", remedy))
    return step


def _collective(given: RooflineInputs) -> CommModel | None:
    """Return how peers exchange the message, where that is said."""
    kind = given["collective"]
    if kind is None:
        return None
    if given["net_bytes"] is None:
        remedy = "add --net-bytes, the whole message, and --net-bandwidth"
        raise UsageError(misfit("--collective", "there is no message to exchange", remedy))
    return communication_model(kind, (), where="--collective")


def _transfer_s(step: Step) -> Seconds:
    """Return beta: the time to move the whole message once."""
    return step.network_bytes / step.network_bytes_per_s


def _local_s(roofline: Roofline, measured_s: Seconds | None) -> Seconds:
    """Return what one machine takes for a step: as measured, else at its lower roof."""
    if measured_s is not None:
        return measured_s
    return max(roofline.compute_s, roofline.memory_s)


def _communication_s(
    step: Step, roofline: Roofline, collective: CommModel | None, workers: int
) -> Seconds:
    """Return what communication takes: by its collective, or the same among any number."""
    if collective is None:
        return roofline.communication_s
    return collective.seconds(workers, alpha=step.message_latency_s, beta=_transfer_s(step))


def _refuse_beyond_the_roofs(shares: Achieved, measured: Seconds) -> None:
    """Refuse a step that is faster than its roofs by more than measuring explains."""
    compute, memory = shares.compute_share, shares.bandwidth_share
    reasons = {
        "arithmetic": (compute, "--peak-flops is too low, or --flops counts what is not computed"),
        "memory": (memory, "--bandwidth is too low, or --bytes counts what a cache serves"),
    }
    beyond = {
        roof: wrong
        for roof, (share, wrong) in reasons.items()
        if REACHABLE.judge(share) is Verdict.YES
    }
    if beyond:
        most = f"{max(compute, memory):.0%} of what the {' and the '.join(beyond)} roof allows"
        reason = (
            f"a step of {prefixed(measured, 's')} reaches {most}, and none reaches more than all"
        )
        remedy = "; ".join(("it is too short, or another input is wrong", *beyond.values()))
        raise UsageError(misfit("--measured", reason, remedy))


def _verdict(roofline: Roofline, shares: Achieved | None) -> RoofVerdict:
    """Return what binds: the longer time at the roofs, and of a measured step what it reaches."""
    if shares is None:
        return roofline.verdict
    found = diagnose(_roofs(roofline, shares))
    ends = {_ENDS[leaf.name] for leaf in found.leaves}
    if ends == {"compute", "memory"}:
        return "balanced"
    return ends.pop() if len(ends) == 1 else "undecided"


def _roofs(roofline: Roofline, shares: Achieved | None) -> Profile:
    """Return what the roofs alone say; a measured step is one whose data are in memory."""
    return Profile(
        compute_roof_share=shares.compute_share if shares else None,
        bandwidth_roof_share=shares.bandwidth_share if shares else None,
        step_s=1.0 if shares else None,
        step_without_loading_s=1.0 if shares else None,
        compute_s=roofline.compute_s,
        memory_s=roofline.memory_s,
    )


def _profile(
    given: RooflineInputs,
    roofline: Roofline,
    shares: Achieved | None,
    communication_s: Seconds,
    workers: int,
) -> Profile:
    """Return what is known for the diagnosis; one worker has nobody to wait for."""
    return replace(
        _roofs(roofline, shares),
        working_set_bytes=given["working_set"],
        memory_bytes=given["memory"],
        workers=workers if workers > 1 else None,
        work_s=_local_s(roofline, given["measured"]),
        communication_s=communication_s if workers > 1 else None,
        parameters_stream=given["streams"] == "parameters" if given["streams"] else None,
    )
