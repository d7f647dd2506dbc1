"""Sizing, pinned to the sketches and profiles of sections 41.2 and 41.5, corrected."""

import math
import shlex
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.cost import BreakEven, build_versus_buy
from capstone_report.perfmodel.flops import flop_budget, training_flop
from capstone_report.perfmodel.footprint import Footprint, Term
from capstone_report.perfmodel.memory import (
    adapter_state,
    serving_state,
    training_state,
)
from capstone_report.perfmodel.sizing import (
    Device,
    Size,
    Tier,
    launch_command,
    size_data,
    size_serving,
    size_training,
    tier_for,
)

DEVICE = Device(memory_bytes=80e9)


def costs(*, accelerators: int, hours: float) -> BreakEven:
    """Return both costs at the numbers of exercise 41.5.3."""
    return build_versus_buy(
        accelerators=accelerators,
        usd_per_hour=2.5,
        hours=hours,
        premium=1.6,
        ops_hours=40,
        ops_usd_per_hour=60,
    )


def holding(amount_bytes: float) -> Footprint:
    """Return a footprint that is given as a plain number of bytes."""
    term = Term(name="state", count=1, things="state", bytes_each=amount_bytes)
    return Footprint(terms=(term,))


def serving(parameters: float, *, requests_per_s: float) -> Size:
    """Return the size of a service whose replica sustains 40 requests per second."""
    return size_serving(
        serving_state(parameters),
        requests_per_s=requests_per_s,
        requests_per_s_per_replica=40,
        device=DEVICE,
    )


def training(parameters: float, *, tokens: float, hours: float) -> Size:
    """Return the size of a training at 40 % of a dense bfloat16 peak of 989 TFLOP/s."""
    budget = flop_budget(
        training_flop(parameters, tokens=tokens),
        accelerators=1,
        hours=hours,
        peak_flop_per_s=989e12,
        mfu=0.4,
    )
    return size_training(training_state(parameters), device=DEVICE, budget=budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One sketch or profile of the book, with the answer that its text supports."""

    size: Size
    hours: float
    ceiling: str
    axis: str
    collective: str
    framework: str
    tier: Tier
    accelerators: int
    billed: int


SKETCHES = {
    "41.2.1 (a): captions for thousands of users": Sketch(
        size=serving(1.5e9, requests_per_s=1000),
        hours=720,
        ceiling="latency-throughput",
        axis="inference",
        collective="request fan-out",
        framework="vLLM",
        tier=Tier.SELF_MANAGED,
        accelerators=25,
        billed=32,
    ),
    "41.2.1 (b): pretraining at three times the largest device": Sketch(
        size=size_training(holding(240e9), device=DEVICE),
        hours=100,
        ceiling="memory-capacity",
        axis="model",
        collective="reduce-scatter",
        framework="FSDP",
        tier=Tier.SINGLE_NODE,
        accelerators=4,
        billed=8,
    ),
    "41.5.1 (a): 240 GB to train, as the book counts": Sketch(
        size=size_training(holding(240e9), device=DEVICE, headroom=0),
        hours=100,
        ceiling="memory-capacity",
        axis="model",
        collective="all-gather",
        framework="FSDP",
        tier=Tier.SINGLE_NODE,
        accelerators=3,
        billed=8,
    ),
    "41.5.1 (c): 50 requests per second from 7 billion parameters": Sketch(
        size=serving(7e9, requests_per_s=50),
        hours=720,
        ceiling="latency-throughput",
        axis="inference",
        collective="request fan-out",
        framework="vLLM",
        tier=Tier.SINGLE_NODE,
        accelerators=2,
        billed=8,
    ),
    "41.5.2: 70 billion parameters at 200 requests per second": Sketch(
        size=serving(70e9, requests_per_s=200),
        hours=24,
        ceiling="latency-throughput",
        axis="inference",
        collective="all-reduce",
        framework="vLLM",
        tier=Tier.MANAGED,
        accelerators=10,
        billed=16,
    ),
    "A: full fine-tune of 7 billion parameters on 5e9 tokens": Sketch(
        size=training(7e9, tokens=5e9, hours=30),
        hours=30,
        ceiling="memory-capacity",
        axis="model",
        collective="reduce-scatter",
        framework="FSDP",
        tier=Tier.SINGLE_NODE,
        accelerators=6,
        billed=8,
    ),
    "B: pretraining of 70 billion parameters on 1e12 tokens": Sketch(
        size=training(70e9, tokens=1e12, hours=400),
        hours=400,
        ceiling="memory-capacity",
        axis="model",
        collective="all-gather",
        framework="FSDP",
        tier=Tier.SELF_MANAGED,
        accelerators=47 * 16,
        billed=47 * 16,
    ),
    "C: 13 billion parameters at 600 requests per second": Sketch(
        size=serving(13e9, requests_per_s=600),
        hours=720,
        ceiling="latency-throughput",
        axis="inference",
        collective="request fan-out",
        framework="vLLM",
        tier=Tier.SELF_MANAGED,
        accelerators=15,
        billed=16,
    ),
}


@pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES)
def test_a_sketch_gets_its_axis_tools_and_size(sketch: Sketch) -> None:
    size = sketch.size
    remedy = size.remedy

    assert (remedy.ceiling, remedy.axis) == (sketch.ceiling, sketch.axis)
    assert sketch.collective in remedy.collective
    assert sketch.framework in remedy.tools
    assert (size.accelerators, size.billed_accelerators) == (sketch.accelerators, sketch.billed)
    assert tier_for(nodes=size.nodes, costs=_costs_of(sketch)) is sketch.tier


def _costs_of(sketch: Sketch) -> BreakEven:
    """Return both costs of a sketch, for whole nodes."""
    return costs(accelerators=sketch.size.billed_accelerators, hours=sketch.hours)


@pytest.mark.parametrize(
    ("dataset_bytes", "hours", "nodes"),
    [
        # 41.2.1 (c) and 41.5.1 (b), then profile D, on nodes that store 8 TB.
        (50e12, 8, 7),
        (6e12, 8, 1),
        (30e12, 12, 4),
    ],
)
def test_a_data_job_is_sized_by_rate_and_storage_without_accelerators(
    dataset_bytes: float, hours: float, nodes: int
) -> None:
    size = size_data(
        dataset_bytes,
        duration_s=hours * 3600,
        bytes_per_s_per_worker=50e6,
        workers_per_node=16,
        storage_bytes_per_node=8e12,
    )

    assert size.nodes == nodes
    assert size.remedy.ceiling == "data-io"
    assert size.remedy.collective == "shuffle"
    assert "Spark" in size.remedy.tools


def test_the_books_crawl_needs_694_megabytes_per_second() -> None:
    size = size_data(
        30e12,
        duration_s=12 * 3600,
        bytes_per_s_per_worker=50e6,
        workers_per_node=4,
        storage_bytes_per_node=30e12,
    )

    assert size.bytes_per_s == pytest.approx(694.4e6, rel=1e-3)
    assert size.workers == 14
    assert size.nodes == 4


def test_only_a_replica_that_is_split_reduces_within() -> None:
    whole, split = serving(13e9, requests_per_s=600), serving(70e9, requests_per_s=200)

    assert whole.accelerators_per_replica == 1
    assert whole.remedy.collective == "request fan-out"
    assert whole.remedy.tools == split.remedy.tools
    assert split.remedy.collective == "request fan-out, all-reduce for tensor parallelism"


def test_seven_billion_parameters_are_never_offered_plain_data_parallelism() -> None:
    full = size_training(training_state(7e9), device=DEVICE)
    adapters = size_training(adapter_state(7e9, trainable=20e6), device=DEVICE)

    assert full.accelerators == 2
    assert "PyTorch DDP" not in full.remedy.tools
    assert adapters.accelerators == 1
    assert "PyTorch DDP" in adapters.remedy.tools


def test_a_few_megabytes_too_many_take_a_second_device() -> None:
    size = size_training(training_state(5.03e9), device=DEVICE, headroom=0)

    assert size.accelerators == 2


def test_training_and_serving_hold_different_bytes() -> None:
    served = serving(13e9, requests_per_s=1)
    trained = size_training(training_state(13e9), device=DEVICE)

    assert served.accelerators_per_replica == 1
    assert trained.accelerators_per_replica == 3


def test_the_books_pretraining_does_not_fit_its_hours() -> None:
    size = training(70e9, tokens=1e12, hours=400)

    assert size.flop_budget is not None
    assert size.flop_budget.accelerators_needed == 738
    assert size.flop_budget.needed_over_available == pytest.approx(52.6626 * 14 / 16, rel=1e-5)
    assert not size.flop_budget.is_feasible
    assert size.accelerators_per_replica == 16
    assert size.nodes == 94


def test_a_small_model_grows_by_replicas() -> None:
    size = training(1e9, tokens=1e11, hours=100)

    assert size.axis == "training"
    assert size.accelerators_per_replica == 1
    assert size.accelerators == size.replicas == 5


def test_a_service_without_requests_keeps_one_replica() -> None:
    assert serving(7e9, requests_per_s=0).replicas == 1


def test_the_books_pretraining_flips_to_self_managed_by_its_own_inequality() -> None:
    assert tier_for(nodes=2, costs=costs(accelerators=14, hours=400)) is Tier.SELF_MANAGED
    assert tier_for(nodes=2, costs=costs(accelerators=14, hours=20)) is Tier.MANAGED
    assert tier_for(nodes=1, costs=costs(accelerators=8, hours=9999)) is Tier.SINGLE_NODE


@settings(max_examples=50)
@example(1e8, 1.0, 1 / 3, 1)
@given(st.floats(1e8, 1e12), st.floats(0.1, 1e4), st.floats(0.1, 100), st.integers(1, 16))
def test_a_service_clears_its_rate_and_one_replica_fewer_would_not(
    parameters: float, requests_per_s: float, per_replica: float, per_node: int
) -> None:
    size = size_serving(
        serving_state(parameters),
        requests_per_s=requests_per_s,
        requests_per_s_per_replica=per_replica,
        device=Device(memory_bytes=80e9, per_node=per_node),
    )

    # numbers count as the decimals that they print as, so the comparison is exact, too
    asked, each = Fraction(str(requests_per_s)), Fraction(str(per_replica))
    assert size.replicas * each >= asked
    assert (size.replicas - 1) * each < asked or size.replicas == 1
    assert size.accelerators <= size.billed_accelerators


@settings(max_examples=50)
@given(st.integers(1, 20), st.integers(1, 40), st.integers(1, 16))
def test_a_replica_that_fits_into_a_node_never_straddles_two(
    each: int, replicas: int, per_node: int
) -> None:
    size = size_serving(
        holding(each),
        requests_per_s=replicas,
        requests_per_s_per_replica=1,
        device=Device(memory_bytes=1, per_node=per_node),
        headroom=0,
    )

    if each > per_node:
        assert size.replicas_per_node is None
        assert size.nodes == math.ceil(each * replicas / per_node)
    else:
        whole = per_node // each
        assert size.replicas_per_node == whole
        assert (size.nodes - 1) * whole < replicas <= size.nodes * whole
        assert size.used_per_node in {whole * each, replicas * each}


def test_seven_replicas_of_three_accelerators_take_four_nodes_of_eight() -> None:
    size = size_serving(
        holding(200e9), requests_per_s=7, requests_per_s_per_replica=1, device=DEVICE
    )

    assert (size.accelerators, size.nodes, size.billed_accelerators) == (21, 4, 32)
    assert (size.replicas_per_node, size.used_per_node) == (2, 6)


def test_one_node_starts_with_torchrun_and_many_with_sbatch() -> None:
    one = launch_command(axis="training", nodes=1, per_node=8, program="train.py")
    many = launch_command(axis="model", nodes=4, per_node=8, program="train.py --fsdp")

    assert one == "torchrun --standalone --nproc_per_node=8 train.py"
    assert many.startswith("sbatch --nodes=4 --ntasks-per-node=1 --gpus-per-node=8 ")
    assert "--nnodes=4 --nproc_per_node=8" in many
    assert many.endswith("train.py --fsdp'")


@pytest.mark.parametrize(
    "program", ["train.py --name 'a b'", "train.py --name it\\'s", "train.py --prompt '$HOME'"]
)
def test_a_programs_own_quotes_reach_the_shell_of_the_job(program: str) -> None:
    line = launch_command(axis="model", nodes=4, per_node=8, program=program)

    (wrapped,) = [word for word in shlex.split(line) if word.startswith("--wrap=")]
    assert wrapped.endswith(f":29500 {program}")


@pytest.mark.parametrize("axis", ["data", "inference", "coordination", "intelligence"])
def test_everything_but_training_starts_on_ray(axis: str) -> None:
    one = launch_command(axis=axis, nodes=1, per_node=8, program="app.py")
    many = launch_command(axis=axis, nodes=2, per_node=8, program="app.py")

    assert one == "ray start --head && python app.py"
    assert many == "ray up cluster.yaml -y && ray submit cluster.yaml app.py"
