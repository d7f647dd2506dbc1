"""The step model: what one step takes on p workers, and what that is worth."""

from dataclasses import dataclass
from enum import StrEnum

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.units import Seconds


class Scaling(StrEnum):
    """What stays the same when workers are added."""

    STRONG = "strong"
    """The whole problem: each worker computes 1/p of it."""
    WEAK = "weak"
    """The share of each worker: p workers do p times as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One row of a prediction: a number of workers and what it leads to."""

    workers: float
    compute: Seconds
    """T_comp per worker, with its imbalance."""
    comm: Seconds
    """T_comm, whether hidden or not."""
    step: Seconds
    speedup: float
    """T_1/T_p, and p T_1/T_p in weak scaling."""
    efficiency: float
    ratio: float
    """R = T_comm/compute: relative to the slowest worker's."""

    @property
    def relative_cost(self) -> float:
        """Return what a result costs in worker-seconds, relative to one worker: 1/E."""
        return 1 / self.efficiency


@dataclass(frozen=True, slots=True, kw_only=True)
class StepModel:
    """T_p = T_s + T_c g(p) (1 + lambda) + max(0, T_comm(p) - omega T_c g(p) (1 + lambda)) + T_io.

    g(p) is 1/p in strong scaling and 1 in weak scaling. One worker has neither communication nor
    imbalance, so T_1 = T_s + T_c + T_io. Book section 41.4.5 is the case T_s = lambda = omega =
    T_io = 0. Domain: t_comp > 0, 0 <= omega <= 1, all else >= 0.
    """

    t_comp: Seconds
    """T_c: what one machine computes in a step."""
    comm: CommModel
    alpha: Seconds
    """Latency of one message."""
    beta: Seconds
    """Time to move the whole message once over one link."""
    serial: Seconds = 0.0
    """T_s: what no further worker shortens."""
    overlap: float = 0.0
    """omega: the share of a worker's compute behind which communication hides."""
    imbalance: float = 0.0
    """lambda: by which share the slowest worker computes longer than the mean."""
    io: Seconds = 0.0
    """T_io: input and output of a step, which the workers share."""
    scaling: Scaling = Scaling.STRONG

    @property
    def one_worker(self) -> Seconds:
        """Return T_1 in seconds."""
        return self.serial + self.t_comp + self.io

    def even_compute(self, workers: float) -> Seconds:
        """Return T_c g(p): what each worker computes when the work is split evenly."""
        return self.t_comp / workers if self.scaling is Scaling.STRONG else self.t_comp

    def compute(self, workers: float) -> Seconds:
        """Return what the slowest worker computes: T_c g(p) (1 + lambda)."""
        return self.even_compute(workers) * (1 + self.imbalance * (workers > 1))

    def comm_seconds(self, workers: float) -> Seconds:
        """Return T_comm(p)."""
        return self.comm.seconds(workers, alpha=self.alpha, beta=self.beta)

    def step_seconds(self, workers: float) -> Seconds:
        """Return T_p."""
        compute = self.compute(workers)
        exposed = max(0.0, self.comm_seconds(workers) - self.overlap * compute)
        return self.serial + compute + exposed + self.io

    def speedup(self, workers: float) -> float:
        """Return S = T_1/T_p in strong, the scaled speedup p T_1/T_p in weak scaling."""
        gained = workers if self.scaling is Scaling.WEAK else 1
        return gained * self.one_worker / self.step_seconds(workers)

    def efficiency(self, workers: float) -> float:
        """Return E = S/p: T_1/(p T_p) in strong, T_1/T_p in weak scaling."""
        return self.speedup(workers) / workers

    def ratio(self, workers: float) -> float:
        """Return R = T_comm(p)/(T_c g(p) (1 + lambda)), relative to what the slowest worker computes."""
        return self.comm_seconds(workers) / self.compute(workers)

    def point(self, workers: float) -> Point:
        """Return the row of a number of workers."""
        return Point(
            workers=workers,
            compute=self.compute(workers),
            comm=self.comm_seconds(workers),
            step=self.step_seconds(workers),
            speedup=self.speedup(workers),
            efficiency=self.efficiency(workers),
            ratio=self.ratio(workers),
        )
