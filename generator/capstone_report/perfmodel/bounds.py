"""What a step model can reach at best or at worst anywhere between two numbers of workers.

Interval arithmetic on the step model's formula. Compute falls with the number of workers or stays;
communication lies between its model's monotone envelopes.
"""

from dataclasses import dataclass

from capstone_report.perfmodel.step import Scaling, StepModel
from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of one step model on the whole numbers from low to high, both included."""

    model: StepModel

    def _compute(self, low: int, high: int) -> tuple[Seconds, Seconds]:
        model = self.model
        least = model.even_compute(high) * (1 + model.imbalance * (low > 1))
        most = model.even_compute(low) * (1 + model.imbalance * (high > 1))
        return least, most

    def _comm(self, low: int, high: int) -> tuple[Seconds, Seconds]:
        model = self.model
        return model.comm.range_seconds(low, high, alpha=model.alpha, beta=model.beta)

    def _constant(self) -> Seconds:
        return self.model.serial + self.model.io

    def step_least(self, low: int, high: int) -> Seconds:
        """Return what no step takes less than: compute and its overlap fall together."""
        compute, _ = self._compute(low, high)
        comm, _ = self._comm(low, high)
        # T_p = max(T_c, T_comm + (1 - omega) T_c) grows with both of its parts.
        exposed = max(0.0, comm - self.model.overlap * compute)
        return self._constant() + compute + exposed

    def step_most(self, low: int, high: int) -> Seconds:
        """Return what no step takes more than."""
        _, compute = self._compute(low, high)
        _, comm = self._comm(low, high)
        return self._constant() + compute + max(0.0, comm - self.model.overlap * compute)

    def speedup_most(self, low: int, high: int) -> float:
        """Return what no speedup exceeds."""
        if self.model.scaling is Scaling.STRONG:
            return self.model.one_worker / self.step_least(low, high)
        compute, _ = self._compute(low, high)
        hidden = self.model.overlap * compute / low
        exposed = max(0.0, self._comm_per_worker(low, high) - hidden)
        return self.model.one_worker / ((self._constant() + compute) / high + exposed)

    def _comm_per_worker(self, low: int, high: int) -> Seconds:
        """Return what T_comm(p)/p does not fall below."""
        model = self.model
        return model.comm.per_worker_least(low, high, alpha=model.alpha, beta=model.beta)

    def speedup_least(self, low: int, high: int) -> float:
        """Return what no speedup falls below."""
        gained = low if self.model.scaling is Scaling.WEAK else 1
        return gained * self.model.one_worker / self.step_most(low, high)

    def efficiency_most(self, low: int, high: int) -> float:
        """Return what no efficiency exceeds."""
        if self.model.scaling is Scaling.WEAK:
            return self.model.one_worker / self.step_least(low, high)
        # p T_p itself is bounded, part by part: T_c/p times p does not depend on p at all.
        compute, _ = self._compute(low, high)
        comm, _ = self._comm(low, high)
        exposed = max(0.0, low * comm - self.model.overlap * compute * high)
        worker_seconds = low * self._constant() + compute * high + exposed
        return self.model.one_worker / worker_seconds

    def ratio_most(self, low: int, high: int) -> float:
        """Return what no ratio of communication to compute exceeds."""
        compute, _ = self._compute(low, high)
        _, comm = self._comm(low, high)
        return comm / compute
