"""How the library answers the reference quantities on scaling and communication."""

from collections.abc import Callable
from typing import Any

from capstone_report.perfmodel import laws, volumes
from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.perfmodel.comm.rabenseifner import Rabenseifner
from capstone_report.perfmodel.comm.recursive_doubling import RecursiveDoubling
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.comm.scatter_gather import any_slow
from capstone_report.perfmodel.comm.two_level import TwoLevel
from capstone_report.perfmodel.optima import (
    Prices,
    below_baseline,
    communication_dominates,
    cost_optimal,
    knee,
    largest_at_efficiency,
    ratio_one,
    relative_cost,
    ring_step,
    time_optimal,
    time_optimal_continuous,
)
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NeverReached,
    NotWithin,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.sensitivity import reach
from capstone_report.perfmodel.step import StepModel

Inputs = dict[str, Any]


def book(given: Inputs) -> StepModel:
    """Return the book's step model with a vector's constants."""
    return StepModel(
        t_comp=given["T_comp"], comm=BookRing(), alpha=given["alpha"], beta=given["beta"]
    )


def workers(answer: Optimum | Last | First) -> int | None:
    """Return an answer as a vector writes it: a number, 1 for never distribute, else None."""
    match answer:
        case At():
            return answer.workers
        case NeverDistribute():
            return 1
        case Unbounded() | NeverReached() | NotWithin():
            return None


def row(given: Inputs) -> Inputs:
    """Return a row of the book's table."""
    point = book(given).point(given["p"])
    return {
        "t_comp": point.compute,
        "t_comm": point.comm,
        "t_step": point.step,
        "speedup": point.speedup,
        "ratio": point.ratio,
        "efficiency": point.efficiency,
    }


def p_star(given: Inputs) -> Inputs:
    """Return the book's optimum, or why there is none."""
    model = book(given)
    optimum = time_optimal(model)
    if isinstance(optimum, Unbounded):
        return {"p_star": None, "reason": "unbounded", "S_limit": optimum.limit_speedup}
    point = optimum.point if isinstance(optimum, At) else model.point(1)
    return {
        "p_star": point.workers,
        "speedup": point.speedup,
        "efficiency": point.efficiency,
        "ratio": point.ratio,
    }


def closed_form(given: Inputs) -> int | None:
    """Return the book's optimum in closed form."""
    closed = ring_step(book(given))
    assert closed is not None
    return closed.optimum()


def gain_after_ratio_one(given: Inputs) -> float | None:
    """Return the speedup at the optimum relative to where communication begins to dominate."""
    model = book(given)
    best, dominated = reach(model), communication_dominates(model)
    if best.workers is None or best.speedup is None or not isinstance(dominated, At):
        return None
    return best.speedup / dominated.point.speedup


def summary(model: StepModel) -> Inputs:
    """Return the optimum in both forms, its speedup, and where communication dominates."""
    best = reach(model)
    return {
        "p_star": best.workers,
        "p_star_cont": time_optimal_continuous(model),
        "speedup": best.speedup,
        "p_dom": workers(best.communication_dominates),
    }


def textbook_ring(given: Inputs) -> Inputs:
    """Return the summary of the ring with 2(p-1) latencies."""
    return summary(
        StepModel(t_comp=given["T_comp"], comm=Ring(), alpha=given["alpha_hop"], beta=given["beta"])
    )


def as_usl(given: Inputs) -> Inputs:
    """Return the book's ring as a universal scalability law."""
    usl = laws.usl_of_ring(t_comp=given["T_comp"], alpha=given["alpha"], beta=given["beta"])
    return {"sigma": usl.sigma, "kappa": usl.kappa, "p_star": usl.peak()}


def with_waiting(given: Inputs) -> Inputs:
    """Return the cheapest number of workers when waiting costs something, too."""
    model, prices = book(given), Prices(worker_hour=given["c"], waiting_hour=given["v"])
    best = workers(cost_optimal(model, prices))
    cost = None if best is None else relative_cost(model, best, prices)
    return {"p": best, "cost_rel": cost}


def all_reduce(comm: CommModel) -> Callable[[Inputs], float]:
    """Return how an all-reduce's seconds follow from bytes and bandwidth."""
    return lambda given: comm.seconds(
        given["p"], alpha=given["alpha"], beta=given["bytes"] / given["B"]
    )


def two_level(given: Inputs) -> float:
    """Return the seconds of the two-level all-reduce."""
    comm = TwoLevel(
        workers_per_node=given["g"],
        fast_alpha=given["a1"],
        bandwidth_ratio=given["B1"] / given["B2"],
    )
    beta = given["bytes"] / given["B2"]
    return comm.seconds(given["g"] * given["N"], alpha=given["a2"], beta=beta)


def busbw(given: Inputs) -> Inputs:
    """Return both bandwidths of an all-reduce in GB/s."""
    found = volumes.bandwidth(
        volumes.Collective(given.get("op", "all_reduce")),
        given["n"],
        array_bytes=given["bytes"],
        seconds=given["t"],
    )
    return {"algbw": found.algorithm / 1e9, "busbw": found.bus / 1e9}


def bubble(given: Inputs) -> Inputs:
    """Return the bubble of a pipeline."""
    found = volumes.pipeline_bubble(given["p"], micro_batches=given["m"])
    return {"fraction": found.fraction, "overhead": found.overhead}


QUANTITIES: dict[str, Callable[[Inputs], object]] = {
    "book_ring_row": row,
    "book_ring_p_star": p_star,
    "book_ring_p_star_continuous": lambda given: time_optimal_continuous(book(given)),
    "book_ring_p_star_closed_form": closed_form,
    "book_ring_ratio_one_first_p": lambda given: workers(communication_dominates(book(given))),
    "book_ring_ratio_one_continuous": lambda given: ratio_one(book(given)),
    "book_ring_gain_after_ratio_one": gain_after_ratio_one,
    "book_ring_largest_p_at_efficiency": lambda given: workers(
        largest_at_efficiency(book(given), given["E"])
    ),
    "book_ring_first_p_below_baseline": lambda given: workers(below_baseline(book(given))),
    "book_ring_knee_efficiency_times_speedup": lambda given: workers(knee(book(given))),
    "book_ring_sensitivity": lambda given: summary(book(given)),
    "ring_p_star": textbook_ring,
    "ring_as_usl": as_usl,
    "efficiency_from_ratio": lambda given: laws.efficiency_from_ratio(given["R"]),
    "karp_flatt": lambda given: laws.karp_flatt(given["p"], speedup=given["speedup"]),
    "amdahl_speedup": lambda given: laws.amdahl_speedup(given["p"], serial_share=given["s"]),
    "amdahl_limit": lambda given: laws.amdahl_limit(serial_share=given["s"]),
    "gustafson_scaled_speedup": lambda given: laws.gustafson_speedup(
        given["p"], serial_share=given["s"]
    ),
    "isoefficiency_work_ring": lambda given: laws.isoefficiency_work_ring(
        given["p"], efficiency=given["E"], alpha=given["alpha"], beta=given["beta"]
    ),
    "relative_cost_at_p": lambda given: book(given).point(given["p"]).relative_cost,
    "cost_optimal_p_with_waiting": with_waiting,
    "allreduce_ring_time": all_reduce(Ring()),
    "allreduce_rabenseifner_time": all_reduce(Rabenseifner()),
    "allreduce_recursive_doubling_time": all_reduce(RecursiveDoubling()),
    "allreduce_two_level_time": two_level,
    "busbw_factor": lambda given: volumes.busbw_factor(volumes.Collective(given["op"]), given["n"]),
    "busbw": busbw,
    "ddp_bytes_per_rank": lambda given: volumes.ddp_bytes(
        given["p"], parameters=given["params"], element_bytes=given["bytes"]
    ),
    "fsdp_bytes_per_rank": lambda given: volumes.fsdp_bytes(
        given["p"], parameters=given["params"], element_bytes=given["bytes"]
    ),
    "tensor_parallel_bytes_per_layer": lambda given: volumes.tensor_parallel_bytes_per_layer(
        given["t"],
        batch=given["b"],
        sequence=given["s"],
        hidden=given["h"],
        element_bytes=given["bytes"],
    ),
    "pipeline_bubble": bubble,
    "pipeline_bubble_interleaved": lambda given: (
        volumes.pipeline_bubble(given["p"], micro_batches=given["m"], chunks=given["v"]).overhead
    ),
    "tail_fanout": lambda given: any_slow(given["p"], slow_share=given["q"]),
    "speedup_no_overlap": lambda given: laws.speedup_without_overlap(
        given["p"], t_comp=given["t_comp"], t_comm=given["t_net"]
    ),
    "speedup_full_overlap": lambda given: laws.speedup_with_full_overlap(
        given["p"], t_comp=given["t_comp"], t_comm=given["t_net"]
    ),
    "communication_dominates_first_p": lambda given: laws.communication_exceeds_from(
        t_comp=given["t_comp"], t_comm=given["t_net"]
    ),
}
