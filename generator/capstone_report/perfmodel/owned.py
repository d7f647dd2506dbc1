"""Owning versus renting: from which utilisation on a machine of one's own pays."""

from dataclasses import dataclass

from capstone_report.units import Usd

HOURS_PER_YEAR = 8760
WATTS_PER_KILOWATT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedMachine:
    """What a machine costs whether it works or not, and what it draws while it works."""

    accelerators: int
    purchase_usd: Usd
    residual_usd: Usd
    life_years: float
    staff_usd_per_year: Usd
    watts_per_accelerator: float
    """Average draw of the whole node while it works, per accelerator."""
    pue: float
    usd_per_kwh: Usd

    @property
    def fixed_usd_per_year(self) -> Usd:
        """Return straight-line depreciation and staff: (K - R) / L + staff."""
        return (self.purchase_usd - self.residual_usd) / self.life_years + self.staff_usd_per_year

    @property
    def energy_usd_per_hour(self) -> Usd:
        """Return what one accelerator's working hour takes in power: W PUE price / 1000."""
        return self.watts_per_accelerator * self.pue * self.usd_per_kwh / WATTS_PER_KILOWATT

    def usd_per_used_hour(self, utilization: float) -> Usd:
        """Return what one useful accelerator-hour costs at a utilisation in (0, 1]."""
        used_hours = self.accelerators * HOURS_PER_YEAR * utilization
        return self.fixed_usd_per_year / used_hours + self.energy_usd_per_hour


def break_even_utilization(machine: OwnedMachine, *, rent_usd_per_hour: Usd) -> float | None:
    """Return the utilisation at which owning costs what renting does; None when it never does.

    u* = F / (8760 g (c - e)), with F fixed per year, rent c and energy e per accelerator-hour;
    above 1 even a machine that never rests is dearer than renting.
    """
    margin = rent_usd_per_hour - machine.energy_usd_per_hour
    if margin <= 0:
        return None
    utilization = machine.fixed_usd_per_year / (HOURS_PER_YEAR * machine.accelerators * margin)
    return utilization if utilization <= 1 else None
