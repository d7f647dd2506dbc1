"""The speedup that a declared design can reach: from the study's words to a step model."""

from collections.abc import Sequence
from dataclasses import replace

from capstone_report.perfmodel.comm.gossip import Gossip
from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.perfmodel.comm.parameter_server import ParameterServer
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.comm.scatter_gather import ScatterGather
from capstone_report.perfmodel.link import Link
from capstone_report.perfmodel.step import Scaling as StepScaling
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.benchmarks import Benchmark
from capstone_report.spec.design import CommunicationSlot, ConsistencySlot
from capstone_report.spec.study import Prediction, Study
from capstone_report.spec.vocabulary import Communication, Consistency, Scaling


def calibrated(
    prediction: Prediction, communication: CommunicationSlot, link: Link | None
) -> Prediction:
    """Return a prediction with the constants of its calibrated link, as far as they are identified.

    Declared ones stand in for the others. beta of a link is for one byte, beta_s for the whole message.
    """
    if prediction.link is None or link is None:
        return prediction
    alpha, beta = link.alpha.known, link.beta.known
    whole = None if beta is None else beta * communication.message_bytes
    measured = {"alpha_s": alpha, "beta_s": whole}
    return prediction.model_copy(
        update={name: value for name, value in measured.items() if value is not None}
    )


def step_model(
    prediction: Prediction, communication: CommunicationSlot, consistency: ConsistencySlot
) -> StepModel | None:
    """Return the step model of a declared design; None while its link is not calibrated (41.4.3, 41.4.5).

    Synchronous designs pay their communication in every step; with bounded staleness of s steps it
    is paid once in s, but for what a reduction itself costs. Asynchronous and eventual ones never wait: communication hides behind compute
    as far as that is long enough, and nobody waits for the slowest; but who scatters a task waits
    for the answers, however stale they may be. What staleness costs in further steps is not in the
    model, and gossip is priced for one round.
    """
    if prediction.alpha_s is None or prediction.beta_s is None:
        return None
    waits = communication.choice is Communication.SCATTER_GATHER
    loose = consistency.choice in {Consistency.ASYNCHRONOUS, Consistency.EVENTUAL}
    unbounded = loose and not waits
    bounded = consistency.choice is Consistency.BOUNDED_STALENESS
    steps = (consistency.staleness_steps or 1) if bounded else 1
    return StepModel(
        t_comp=prediction.t_comp_s,
        comm=_model(prediction.model, communication),
        alpha=prediction.alpha_s / steps,
        beta=prediction.beta_s / steps,
        serial=prediction.serial_s,
        overlap=1.0 if unbounded else prediction.overlap,
        imbalance=0.0 if unbounded else prediction.imbalance,
    )


def study_model(study: Study, prediction: Prediction) -> StepModel | None:
    """Return the step model of a study, in the scaling of the benchmark that makes its claim.

    None while its link is not calibrated.
    """
    model = step_model(prediction, study.design.communication, study.design.consistency)
    return None if model is None else in_scaling(model, study.benchmarks)


def in_scaling(model: StepModel, benchmarks: Sequence[Benchmark]) -> StepModel:
    """Return a model whose compute stays with each worker where the work grows or is endless."""
    strong = any(b.scaling is Scaling.STRONG for b in benchmarks)
    grows = not strong and any(b.scaling is not Scaling.NONE for b in benchmarks)
    return replace(model, scaling=StepScaling.WEAK) if grows else model


def prices_the_pattern(declared: CommModel, communication: CommunicationSlot) -> bool:
    """Tell whether a communication model is one of a pattern that the design uses."""
    return not set(declared.collective).isdisjoint(communication.choices)


def _model(declared: CommModel | None, communication: CommunicationSlot) -> CommModel:
    """Return the declared model if it prices a pattern of the design, else the usual one."""
    if declared is None or not prices_the_pattern(declared, communication):
        return usual_model(communication)
    silent = "touched_share" not in declared.model_fields_set
    if isinstance(declared, ParameterServer) and silent:
        return declared.model_copy(update={"touched_share": _touched_share(communication)})
    return declared


def _touched_share(communication: CommunicationSlot) -> float:
    """Return which share of a message one worker needs."""
    touched = communication.touched_bytes or communication.message_bytes
    return min(1.0, touched / communication.message_bytes)


def usual_model(communication: CommunicationSlot) -> CommModel:
    """Return the communication model of a pattern where the study names none."""
    return {
        Communication.ALL_REDUCE: Ring(),
        Communication.PARAMETER_SERVER: ParameterServer(
            touched_share=_touched_share(communication)
        ),
        Communication.GOSSIP: Gossip(degree=communication.neighbours),
        Communication.SCATTER_GATHER: ScatterGather(),
    }[communication.choice]
