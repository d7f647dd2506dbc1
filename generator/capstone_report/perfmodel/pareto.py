"""Choosing between time and money: what no other option beats on both."""

from collections.abc import Iterable
from dataclasses import dataclass

from capstone_report.perfmodel.flops import SECONDS_PER_HOUR
from capstone_report.units import Seconds, Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to get the result, with its time and its price."""

    name: str
    time_s: Seconds
    usd: Usd


def pareto_front(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return the options that no other is at least as fast and as cheap as, fastest first.

    Of options that are equal in both, the first stays.
    """
    front: list[Option] = []
    for option in sorted(options, key=lambda each: (each.time_s, each.usd)):
        if not front or option.usd < front[-1].usd:
            front.append(option)
    return tuple(front)


def is_dominated(*, times: tuple[float, float], costs: tuple[float, float]) -> bool:
    """Tell whether an option is shown to be slower and dearer than another.

    `times` and `costs` bound its time and its price over those of the other. Only intervals that lie
    above 1 show it: options that cannot be told apart both stay.
    """
    return min(times) > 1 and min(costs) > 1


def cheapest_within(options: Iterable[Option], *, deadline_s: Seconds) -> Option | None:
    """Return the cheapest option that meets a deadline; None when none does."""
    in_time = [option for option in options if option.time_s <= deadline_s]
    return min(in_time, key=lambda option: (option.usd, option.time_s), default=None)


def cheapest_with_waiting(options: Iterable[Option], *, usd_per_hour: Usd) -> Option:
    """Return the option of least price plus the value of the time that is spent waiting for it.

    Minimises C + v T, with T in hours. Domain: at least one option.
    """
    return min(
        options, key=lambda option: option.usd + usd_per_hour * option.time_s / SECONDS_PER_HOUR
    )
