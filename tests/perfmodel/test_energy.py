"""Energy and carbon, pinned to the row of GPT-3 in Patterson et al. 2021."""

import pytest

from capstone_report.perfmodel.energy import Energy, EnergyMethod, energy, sampled_joules


def gpt3(method: EnergyMethod) -> Energy:
    """Return the energy of GPT-3's training from the table's rounded inputs."""
    return energy(
        hours=14.8 * 24,
        processors=10_000,
        watts_per_processor=330,
        pue=1.1,
        kg_per_kwh=0.429,
        method=method,
    )


def test_gpt3_took_1287_megawatt_hours_and_552_tonnes() -> None:
    result = gpt3(EnergyMethod.MEASURED_NODE)

    assert result.kwh == pytest.approx(1_287_000, rel=2e-3)
    assert result.tonnes_co2e == pytest.approx(552, rel=3e-3)
    assert result.joules == pytest.approx(4.642e12, rel=1e-3)


def test_only_the_design_power_counts_as_an_estimate() -> None:
    assert gpt3(EnergyMethod.ESTIMATED_TDP).is_estimated
    assert not gpt3(EnergyMethod.MEASURED_GPU).is_estimated
    assert [str(method) for method in EnergyMethod] == [
        "measured_node",
        "measured_cpu_and_gpu",
        "measured_cpu",
        "measured_gpu",
        "estimated_tdp",
    ]


def test_sampled_power_is_integrated_by_trapezoids() -> None:
    assert sampled_joules([0, 1, 3], [100, 200, 200]) == 550
    assert sampled_joules([0], [100]) == 0


def test_times_and_powers_are_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        sampled_joules([0, 1], [100])
