"""Build versus buy: when running it yourself pays (book section 41.5.3)."""

from dataclasses import dataclass

from capstone_report.units import Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Both costs at the declared hours, and where they meet."""

    rent_usd: Usd
    operations_usd: Usd
    managed_usd: Usd
    break_even_hours: float | None
    """From how many hours on self-managed is cheaper; None when it never is."""
    break_even_unit_hours: float | None
    """The same in hours of one accelerator: v T_ops / ((m - 1) c), whatever g is."""

    @property
    def self_managed_usd(self) -> Usd:
        """Return rent and operations together."""
        return self.rent_usd + self.operations_usd


def build_versus_buy(
    *,
    accelerators: int,
    usd_per_hour: Usd,
    hours: float,
    premium: float,
    ops_hours: float,
    ops_usd_per_hour: Usd,
) -> BreakEven:
    """Compare C_self = g c h + v T_ops with C_managed = m g c h.

    g accelerators at c USD per hour for h hours, T_ops engineer hours at v USD per hour, managed
    premium m. They meet at h* = v T_ops / ((m - 1) g c); for m <= 1 managed is never dearer and
    there is no break-even, unless nothing is to be paid for operations.
    """
    rent = accelerators * usd_per_hour * hours
    operations = ops_hours * ops_usd_per_hour
    extra_per_hour = (premium - 1) * accelerators * usd_per_hour
    hours_at_break_even = operations / extra_per_hour if extra_per_hour > 0 else None
    return BreakEven(
        rent_usd=rent,
        operations_usd=operations,
        managed_usd=premium * rent,
        break_even_hours=hours_at_break_even,
        break_even_unit_hours=hours_at_break_even and hours_at_break_even * accelerators,
    )
