"""How much arithmetic a model takes, and whether the accelerators can do it in time.

Sources: Kaplan et al. 2020 and Hoffmann et al. 2022 for 6ND, Chowdhery et al. 2022 for MFU.
"""

from dataclasses import dataclass

from capstone_report.perfmodel.rounding import whole_units
from capstone_report.units import Seconds

SECONDS_PER_HOUR = 3600


def forward_flop(parameters: float, *, tokens: float) -> float:
    """Return 2 N FLOP for each token that passes a dense model of N parameters once."""
    return 2 * parameters * tokens


def training_flop(parameters: float, *, tokens: float) -> float:
    """Return 6 N D: forward once, and backward at twice the price (Kaplan et al. 2020, 2.1)."""
    return 3 * forward_flop(parameters, tokens=tokens)


def training_flop_with_recompute(parameters: float, *, tokens: float) -> float:
    """Return 8 N D: full recomputation of activations is a second forward pass.

    It counts for the time and for hardware utilisation (HFU), never for model utilisation (MFU).
    """
    return 4 * forward_flop(parameters, tokens=tokens)


def flop_utilization(flop: float, *, duration_s: Seconds, peak_flop_per_s: float) -> float:
    """Return which share of the peak was reached: MFU for a model's FLOP, HFU for all executed."""
    return flop / duration_s / peak_flop_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FlopBudget:
    """What accelerators can compute in the hours they are rented for, beside what is needed."""

    needed_flop: float
    flop_per_accelerator: float
    accelerators: int

    @property
    def available_flop(self) -> float:
        """Return what all accelerators compute together."""
        return self.accelerators * self.flop_per_accelerator

    @property
    def needed_over_available(self) -> float:
        """Return how many times the budget the work takes; above 1 it cannot be done."""
        return self.needed_flop / self.available_flop

    @property
    def is_feasible(self) -> bool:
        """Tell whether the work is done in time."""
        return self.needed_over_available <= 1

    @property
    def accelerators_needed(self) -> int:
        """Return how many accelerators would do the work in the same hours."""
        return max(1, whole_units(self.needed_flop, each=self.flop_per_accelerator))


def flop_budget(
    needed_flop: float, *, accelerators: int, hours: float, peak_flop_per_s: float, mfu: float
) -> FlopBudget:
    """Compare work with g h 3600 peak MFU, the FLOP of g accelerators in h hours.

    Domain: hours, peak and MFU above 0; the peak is the dense one of the precision in use.
    """
    return FlopBudget(
        needed_flop=needed_flop,
        flop_per_accelerator=hours * SECONDS_PER_HOUR * peak_flop_per_s * mfu,
        accelerators=accelerators,
    )


def gemm_flop(*, rows: int, columns: int, inner: int) -> float:
    """Return 2 m n k: a multiplication and an addition for each of m n k products."""
    return 2 * rows * columns * inner


def gemm_intensity(*, rows: int, columns: int, inner: int, bytes_per_element: float) -> float:
    """Return a matrix product's FLOP per byte when each matrix moves once: an upper bound."""
    elements = rows * inner + inner * columns + rows * columns
    return gemm_flop(rows=rows, columns=columns, inner=inner) / (elements * bytes_per_element)


def array_megabytes(elements: int, *, bytes_per_element: float = 8) -> float:
    """Return the size of an array in MB, 10^6 bytes."""
    return elements * bytes_per_element / 10**6


def array_mebibytes(elements: int, *, bytes_per_element: float = 8) -> float:
    """Return the size of an array in MiB, 2^20 bytes; book section 41.2.3 calls these MB."""
    return elements * bytes_per_element / 2**20
