"""Energy and carbon of a run, with how they were found out (Patterson et al. 2021)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from capstone_report.units import Seconds

JOULES_PER_KWH = 3.6e6
WATTS_PER_KILOWATT = 1000
KILOGRAMS_PER_TONNE = 1000


class EnergyMethod(StrEnum):
    """Where the watts come from, from the best evidence to the weakest."""

    MEASURED_NODE = "measured_node"
    MEASURED_CPU_AND_GPU = "measured_cpu_and_gpu"
    MEASURED_CPU = "measured_cpu"
    MEASURED_GPU = "measured_gpu"
    ESTIMATED_TDP = "estimated_tdp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy and carbon of one run, and the method behind them."""

    kwh: float
    kg_per_kwh: float
    method: EnergyMethod

    @property
    def joules(self) -> float:
        """Return the energy in J."""
        return self.kwh * JOULES_PER_KWH

    @property
    def tonnes_co2e(self) -> float:
        """Return the carbon in metric tonnes of CO2 equivalents."""
        return self.kwh * self.kg_per_kwh / KILOGRAMS_PER_TONNE

    @property
    def is_estimated(self) -> bool:
        """Tell whether no power was measured."""
        return self.method is EnergyMethod.ESTIMATED_TDP


def energy(
    *,
    hours: float,
    processors: int,
    watts_per_processor: float,
    pue: float,
    kg_per_kwh: float,
    method: EnergyMethod,
) -> Energy:
    """Return kWh = h n W PUE / 1000, with W the average draw per processor, host included."""
    kwh = hours * processors * watts_per_processor * pue / WATTS_PER_KILOWATT
    return Energy(kwh=kwh, kg_per_kwh=kg_per_kwh, method=method)


def sampled_joules(times_s: Sequence[Seconds], watts: Sequence[float]) -> float:
    """Return the energy under sampled power, by the trapezoid rule, in J."""
    samples = zip(times_s, watts, strict=True)
    return sum((t1 - t0) * (w0 + w1) / 2 for (t0, w0), (t1, w1) in pairwise(samples))
