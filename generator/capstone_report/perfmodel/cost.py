"""Build versus buy: when running it yourself pays (book section 41.5.2, exercise 41.5.3)."""

import math
from dataclasses import dataclass
from enum import StrEnum

from capstone_report.perfmodel.rounding import whole_units
from capstone_report.units import Usd

# Two amounts that are equal on paper differ by a few roundings, each of 2^-53 = 1.1e-16 of the
# amount; no price, wage or hour is known to twelve digits. Between the two lies what counts as equal.
SAME_AMOUNT = 1e-12


class Offer(StrEnum):
    """Who operates the accelerators."""

    SELF_MANAGED = "self-managed"
    MANAGED = "managed"


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
    break_even_usd: Usd | None
    """What both cost there: m v T_ops / (m - 1)."""

    @property
    def self_managed_usd(self) -> Usd:
        """Return rent and operations together."""
        return self.rent_usd + self.operations_usd

    @property
    def premium_usd(self) -> Usd:
        """Return what the managed service takes on top of the rent: (m - 1) g c h."""
        return self.managed_usd - self.rent_usd

    @property
    def cheaper(self) -> Offer:
        """Return the winner; buying is rational up to and including the tie."""
        difference = _difference(self.managed_usd, self.self_managed_usd)
        return Offer.MANAGED if difference <= 0 else Offer.SELF_MANAGED

    @property
    def saved_usd(self) -> Usd:
        """Return by how much the winner is cheaper."""
        return abs(_difference(self.managed_usd, self.self_managed_usd))


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
    rent_per_hour = accelerators * usd_per_hour
    rent = rent_per_hour * hours
    operations = ops_hours * ops_usd_per_hour
    extra_per_hour = _extra_per_hour(accelerators, usd_per_hour, premium)
    meets = operations / extra_per_hour if extra_per_hour > 0 else None
    return BreakEven(
        rent_usd=rent,
        operations_usd=operations,
        managed_usd=premium * rent,
        break_even_hours=meets,
        break_even_unit_hours=None if meets is None else meets * accelerators,
        break_even_usd=None if meets is None else premium * rent_per_hour * meets,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipValues:
    """At which value of each variable, the others kept, both offers cost the same; or None."""

    hours: float | None
    premium: float | None
    ops_hours: float | None
    ops_usd_per_hour: Usd | None
    usd_per_hour: Usd | None
    """The price of an accelerator-hour."""
    accelerators: float | None


def flip_values(
    *,
    accelerators: int,
    usd_per_hour: Usd,
    hours: float,
    premium: float,
    ops_hours: float,
    ops_usd_per_hour: Usd,
) -> FlipValues:
    """Solve (m - 1) g c h = v T_ops for h, m, T_ops, v, c and g in turn.

    None where no value above zero flips the choice: with m <= 1 nothing but the premium does.
    """
    rent = accelerators * usd_per_hour * hours
    operations = ops_hours * ops_usd_per_hour
    extra = premium * rent - rent
    return FlipValues(
        hours=_positive_quotient(operations, _extra_per_hour(accelerators, usd_per_hour, premium)),
        premium=1 + operations / rent if rent else None,
        ops_hours=_positive_quotient(extra, ops_usd_per_hour),
        ops_usd_per_hour=_positive_quotient(extra, ops_hours),
        usd_per_hour=_positive_quotient(operations, _extra_per_hour(accelerators, hours, premium)),
        accelerators=_positive_quotient(
            operations, premium * usd_per_hour * hours - usd_per_hour * hours
        ),
    )


def _positive_quotient(numerator: float, denominator: float) -> float | None:
    """Return a quotient of two positive numbers, else None."""
    return numerator / denominator if numerator > 0 and denominator > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Engineer hours that an offer takes: once, and for every hour that it runs."""

    once_hours: float
    hours_per_run_hour: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Which offer is cheaper before and after their costs meet; without hours, always the same."""

    hours: float | None
    before: Offer
    after: Offer


def crossing(
    *,
    accelerators: int,
    usd_per_hour: Usd,
    premium: float,
    ops_usd_per_hour: Usd,
    self_managed: Operations,
    managed: Operations,
) -> Crossing:
    """Return where the costs meet when both offers take operations.

    h* = v (F_s - F_m) / ((m - 1) g c - v (r_s - r_m)), with F hours once and r hours per hour of
    running. When managed needs less at first and does not grow faster, it is cheaper for ever;
    when self-managed needs less at first and grows no faster, it is. Amounts in USD and USD per
    hour count as equal where only rounding tells them apart.
    """
    rent = accelerators * usd_per_hour
    head_start = _difference(
        ops_usd_per_hour * self_managed.once_hours, ops_usd_per_hour * managed.once_hours
    )
    caught_up = _difference(
        premium * rent + ops_usd_per_hour * managed.hours_per_run_hour,
        rent + ops_usd_per_hour * self_managed.hours_per_run_hour,
    )
    first, second = (
        (Offer.MANAGED, Offer.SELF_MANAGED)
        if head_start >= 0
        else (Offer.SELF_MANAGED, Offer.MANAGED)
    )
    meets = caught_up > 0 if head_start >= 0 else caught_up < 0
    if not meets:
        return Crossing(hours=None, before=first, after=first)
    return Crossing(hours=head_start / caught_up, before=first, after=second)


def billed_hours(hours: float, *, granularity_hours: float) -> float:
    """Return the hours that are paid for when time is sold in whole steps."""
    return whole_units(hours, each=granularity_hours) * granularity_hours


def rent_usd(
    *,
    accelerators: int,
    hours: float,
    usd_per_hour: Usd,
    per_node: int = 1,
    granularity_hours: float | None = None,
) -> Usd:
    """Return what a rental costs in whole nodes and whole billing steps."""
    paid = whole_units(accelerators, each=per_node) * per_node
    if granularity_hours is not None:
        hours = billed_hours(hours, granularity_hours=granularity_hours)
    return paid * usd_per_hour * hours


def _difference(first: Usd, second: Usd) -> Usd:
    """Return first - second, zero where only rounding tells them apart."""
    return 0.0 if math.isclose(first, second, rel_tol=SAME_AMOUNT) else first - second


def _extra_per_hour(accelerators: int, usd_per_hour: Usd, premium: float) -> Usd:
    """Return (m - 1) g c as m g c - g c, which is exact where m - 1 is not: 1.6 times 40 less 40."""
    rent = accelerators * usd_per_hour
    return premium * rent - rent
