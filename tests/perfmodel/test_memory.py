"""What training and serving hold, pinned to the ZeRO, Megatron and Llama papers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.footprint import Footprint, accelerators_for, fit
from capstone_report.perfmodel.memory import (
    STATE_BYTES,
    ActivationStorage,
    Sharding,
    TrainingRecipe,
    activation_bytes_per_layer,
    adapter_state,
    declared_kv_cache,
    kv_cache,
    kv_cache_bytes_per_token,
    serving_state,
    training_state,
    training_state_per_rank,
    weight_bytes,
)
from capstone_report.perfmodel.rounding import whole_units

A_DEVICE = 80e9


def layer(
    *,
    tensor_parallel: int = 1,
    sequence_parallel: bool = False,
    storage: ActivationStorage = ActivationStorage.EVERYTHING,
) -> float:
    """Return the activations of one layer of GPT-3, one sequence of 2048 tokens."""
    return activation_bytes_per_layer(
        sequence=2048,
        batch=1,
        hidden=12288,
        heads=96,
        tensor_parallel=tensor_parallel,
        sequence_parallel=sequence_parallel,
        storage=storage,
    )


def test_mixed_precision_adam_takes_sixteen_bytes_per_parameter() -> None:
    footprint = training_state(7e9)

    assert footprint.total_bytes == 112e9
    assert [term.bytes for term in footprint.terms] == [14e9, 14e9, 84e9]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (TrainingRecipe.MIXED_ADAM, 16),
        (TrainingRecipe.MIXED_ADAM_FP32_GRADIENTS, 18),
        (TrainingRecipe.FP32_ADAM, 16),
        (TrainingRecipe.MIXED_SGD, 8),
        (TrainingRecipe.MIXED_SGD_MOMENTUM, 12),
        (TrainingRecipe.FP32_SGD, 8),
        (TrainingRecipe.FP32_SGD_MOMENTUM, 12),
    ],
)
def test_a_recipe_fixes_the_bytes_per_parameter(recipe: TrainingRecipe, expected: float) -> None:
    assert STATE_BYTES[recipe].total == expected
    assert training_state(1, recipe=recipe).total_bytes == expected


@pytest.mark.parametrize(
    ("sharding", "expected"),
    [
        (Sharding.NONE, 120e9),
        (Sharding.ZERO_1, 31.40625e9),
        (Sharding.ZERO_2, 16.640625e9),
        (Sharding.ZERO_3, 1.875e9),
    ],
)
def test_zero_shards_as_in_its_first_figure(sharding: Sharding, expected: float) -> None:
    footprint = training_state_per_rank(7.5e9, ranks=64, sharding=sharding)

    assert footprint.total_bytes == pytest.approx(expected, rel=1e-12)


@settings(max_examples=30)
@given(st.integers(1, 10**12), st.integers(1, 4096), st.sampled_from(list(TrainingRecipe)))
def test_each_stage_of_zero_holds_at_most_what_the_stage_before_held(
    parameters: int, ranks: int, recipe: TrainingRecipe
) -> None:
    held = [
        training_state_per_rank(
            parameters, ranks=ranks, sharding=sharding, recipe=recipe
        ).total_bytes
        for sharding in Sharding
    ]

    assert sorted(held, reverse=True) == pytest.approx(held)
    assert held[-1] * ranks == pytest.approx(held[0])


def test_one_layer_of_gpt3_keeps_2_87_gigabytes() -> None:
    assert layer() == 2048 * 12288 * (34 + 5 * 96 * 2048 / 12288)
    assert layer() == 2868903936


def test_tensor_parallelism_leaves_ten_bytes_per_element_whole() -> None:
    elements = 2048 * 12288

    assert layer(tensor_parallel=8) == pytest.approx(elements * (10 + 3 + 80 / 8))
    assert layer(tensor_parallel=8, sequence_parallel=True) == pytest.approx(layer() / 8)


def test_recomputation_and_flash_attention_drop_the_attention_matrix() -> None:
    elements = 2048 * 12288

    assert layer(storage=ActivationStorage.FLASH_ATTENTION) == 34 * elements
    assert (
        layer(
            tensor_parallel=8,
            sequence_parallel=True,
            storage=ActivationStorage.SELECTIVE_RECOMPUTE,
        )
        == 34 * elements / 8
    )
    assert layer(tensor_parallel=8, storage=ActivationStorage.FULL_RECOMPUTE) == 2 * elements


@pytest.mark.parametrize(("layers", "kv_heads", "expected"), [(32, 32, 524288), (80, 8, 327680)])
def test_a_token_of_llama_keeps_its_keys_and_values(
    layers: int, kv_heads: int, expected: int
) -> None:
    per_token = kv_cache_bytes_per_token(layers=layers, kv_heads=kv_heads, head_dimension=128)

    assert per_token == expected


def test_serving_holds_weights_and_cache_but_no_optimiser() -> None:
    weights = serving_state(13e9)
    with_cache = serving_state(13e9, kv_bytes_per_token=524288, cached_tokens=4096)

    assert weights.total_bytes == weight_bytes(13e9) == 26e9
    assert with_cache.total_bytes == 26e9 + 4096 * 524288
    assert [term.name for term in with_cache.terms] == ["weights", "key-value cache"]
    assert weight_bytes(13e9, precision="int4") == 6.5e9


def test_a_cache_is_known_whole_or_by_its_tokens() -> None:
    weights = serving_state(13e9)

    assert weights + kv_cache(524288, tokens=4096) == serving_state(
        13e9, kv_bytes_per_token=524288, cached_tokens=4096
    )
    assert (weights + declared_kv_cache(4e9)).arithmetic == (
        "13e9 parameters x 2 B + 4 GB of key-value cache = 30 GB"
    )


def test_adapters_need_state_for_the_trained_share_only() -> None:
    footprint = adapter_state(7e9, trainable=20e6)

    assert footprint.total_bytes == 14e9 + 16 * 20e6
    assert fit(footprint, accelerator_bytes=A_DEVICE).fits_one


def test_the_books_model_of_thirteen_billion_parameters_does_not_fit() -> None:
    result = fit(training_state(13e9), accelerator_bytes=A_DEVICE, headroom=0)

    assert not result.fits_one
    assert result.accelerators == 3
    assert result.arithmetic == "13e9 parameters x 16 B = 208 GB > 80 GB"


def test_the_arithmetic_names_the_headroom_and_what_is_sharded() -> None:
    footprint = training_state_per_rank(7.5e9, ranks=64, sharding=Sharding.ZERO_1)

    assert fit(footprint, accelerator_bytes=A_DEVICE).arithmetic == (
        "7.5e9 parameters x 4 B + 7.5e9 parameters x 12 B / 64 = 31.41 GB"
        " <= 80 GB less 10 % headroom"
    )
    assert training_state(200).arithmetic == "200 parameters x 16 B = 3.2e-06 GB"
    assert training_state(1e30).arithmetic == "1e30 parameters x 16 B = 1.6e+22 GB"
    assert training_state(125e6).arithmetic == "125e6 parameters x 16 B = 2 GB"
    assert training_state(0.25).arithmetic == "0.25 parameters x 16 B = 4e-09 GB"


@pytest.mark.parametrize(
    ("parameters", "headroom", "expected"),
    [
        (5e9, 0, 1),
        (5.03e9, 0, 2),
        (7e9, 0, 2),
        (9e9, 0.1, 2),
        (15e9, 0, 3),
        (70e9, 0, 14),
        (70e9, 0.1, 16),
        (0, 0.1, 1),
    ],
)
def test_accelerators_are_rounded_up_after_the_division(
    parameters: float, headroom: float, expected: int
) -> None:
    needed = training_state(parameters).total_bytes

    assert accelerators_for(needed, accelerator_bytes=A_DEVICE, headroom=headroom) == expected


def test_a_fraction_of_a_gigabyte_of_the_device_counts() -> None:
    assert accelerators_for(79.7e9, accelerator_bytes=79.6e9, headroom=0) == 2


@settings(max_examples=50)
@given(st.integers(1, 10**15), st.integers(10**9, 10**12), st.sampled_from([0, 0.05, 0.1, 0.3]))
def test_the_accelerators_hold_the_bytes_and_one_fewer_would_not(
    needed: int, device: int, headroom: float
) -> None:
    count = accelerators_for(needed, accelerator_bytes=device, headroom=headroom)

    kept = device * round(100 * (1 - headroom))
    assert count * kept >= 100 * needed
    assert count == 1 or (count - 1) * kept < 100 * needed


def test_numbers_are_divided_as_the_decimals_they_print_as() -> None:
    assert whole_units(0.3, each=0.1) == 3
    assert whole_units(10**18 + 1, each=10**9) == 10**9 + 1


def test_footprints_add_up() -> None:
    together = training_state(1e9) + Footprint(terms=())

    assert together == training_state(1e9)
