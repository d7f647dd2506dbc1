"""Bytes on the wire, pinned to the papers that count them."""

import pytest

from capstone_report.perfmodel import volumes
from capstone_report.perfmodel.volumes import Collective


@pytest.mark.parametrize(
    ("collective", "factor"),
    [
        ("all_reduce", 1.75),
        ("reduce_scatter", 0.875),
        ("all_gather", 0.875),
        ("all_to_all", 0.875),
        ("gather", 0.875),
        ("scatter", 0.875),
        ("broadcast", 1),
        ("reduce", 1),
    ],
)
def test_the_bus_factors_of_eight_ranks_are_those_of_nccl_tests(
    collective: str, factor: float
) -> None:
    assert volumes.busbw_factor(Collective(collective), 8) == factor


def test_the_bus_carries_more_than_the_algorithm_shows() -> None:
    found = volumes.bandwidth(Collective.ALL_REDUCE, 8, array_bytes=1e9, seconds=0.01)

    assert found.algorithm == pytest.approx(1e11)
    assert found.bus == pytest.approx(1.75e11)


def test_sharding_parameters_sends_half_as_much_again() -> None:
    ddp = volumes.ddp_bytes(8, parameters=7e9, element_bytes=2)
    fsdp = volumes.fsdp_bytes(8, parameters=7e9, element_bytes=2)

    assert ddp == pytest.approx(24.5e9)
    assert fsdp == pytest.approx(1.5 * ddp)


def test_one_rank_sends_nothing() -> None:
    assert volumes.ddp_bytes(1, parameters=7e9, element_bytes=2) == 0
    assert volumes.fsdp_bytes(1, parameters=7e9, element_bytes=2) == 0


def test_accumulation_saves_ddp_its_synchronisations_but_not_fsdp_its_gathers() -> None:
    once = volumes.ddp_bytes(8, parameters=1e9, element_bytes=2)
    each = volumes.ddp_bytes(8, parameters=1e9, element_bytes=2, synchronisations=4)
    fsdp = volumes.fsdp_bytes(8, parameters=1e9, element_bytes=2, micro_steps=4)

    assert each == 4 * once
    assert fsdp == 6 * once


def test_recomputation_adds_half_to_tensor_parallelism() -> None:
    layer = {"batch": 1, "sequence": 2048, "hidden": 12288, "element_bytes": 2}

    plain = volumes.tensor_parallel_bytes_per_layer(8, **layer)
    recomputed = volumes.tensor_parallel_bytes_per_layer(8, **layer, all_reduces=6)

    assert plain == pytest.approx(4 * 1.75 * 2048 * 12288 * 2)
    assert recomputed == pytest.approx(1.5 * plain)


def test_a_pipeline_sends_activations_forwards_and_gradients_back() -> None:
    found = volumes.pipeline_bytes_per_boundary(
        batch=2, sequence=10, hidden=5, element_bytes=2, micro_batches=3
    )

    assert found == 2 * 3 * (2 * 10 * 5 * 2)


def test_four_stages_idle_for_three_of_eleven_slots() -> None:
    bubble = volumes.pipeline_bubble(4, micro_batches=8)

    assert bubble.fraction == pytest.approx(3 / 11)
    assert bubble.overhead == pytest.approx(3 / 8)


def test_interleaving_divides_the_overhead_by_the_chunks() -> None:
    assert volumes.pipeline_bubble(4, micro_batches=8, chunks=2).overhead == pytest.approx(3 / 16)


def test_one_stage_has_no_bubble() -> None:
    bubble = volumes.pipeline_bubble(1, micro_batches=8)

    assert (bubble.fraction, bubble.overhead) == (0, 0)


def test_an_embedding_server_moves_rows_and_their_names() -> None:
    dense = volumes.parameter_server_bytes(parameters=1e9, element_bytes=4)
    sparse = volumes.sparse_parameter_server_bytes(rows=1000, dimension=64, element_bytes=4)

    assert dense == 8e9
    assert sparse == 2 * 1000 * (256 + 8)


def test_experts_receive_tokens_and_return_them_twice() -> None:
    found = volumes.expert_parallel_bytes_per_layer(
        8, tokens=1024, hidden=512, element_bytes=2, experts_per_token=2
    )

    assert found == pytest.approx(4 * 7 / 8 * 1024 * 2 * 512 * 2)
