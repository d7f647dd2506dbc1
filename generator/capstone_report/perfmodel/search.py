"""Exact searches over whole numbers of workers, without assuming that curves rise once and fall once.

A bound says what no number of an interval can exceed; an interval that cannot hold the answer is
left out, any other is halved. So the answers are proven for every number up to FARTHEST.
"""

from collections.abc import Callable, Iterator

from capstone_report.perfmodel.ring_step import TIE

OCTAVES = 40
FARTHEST = 2**OCTAVES - 1
# Curves that stay within rounding of a constant cannot be told apart interval by interval.
MOST_INTERVALS = 20_000
BLOCKS = [(2**k, 2 ** (k + 1) - 1) for k in range(OCTAVES)]


class UnprovenError(Exception):
    """The search gave up; `proven` is the largest number below which nothing was left out."""

    def __init__(self, proven: int) -> None:
        """Remember how far the search came."""
        super().__init__(proven)
        self.proven = proven


def _survivors(hopeless: Callable[[int, int], bool], *, backwards: bool = False) -> Iterator[int]:
    """Yield the numbers up to FARTHEST that no hopeless interval holds when their turn comes."""
    waiting = BLOCKS[:] if backwards else BLOCKS[::-1]
    for _ in range(MOST_INTERVALS):
        if not waiting:
            return
        low, high = waiting.pop()
        if hopeless(low, high):
            continue
        if low == high:
            yield low
            continue
        middle = (low + high) // 2
        halves = [(low, middle), (middle + 1, high)]
        waiting += halves if backwards else halves[::-1]
    raise UnprovenError(waiting[-1][0] - 1)


def argmax(
    value: Callable[[float], float], upper: Callable[[int, int], float], *, limit: float
) -> int | None:
    """Return the smallest number whose positive value none exceeds, up to rounding.

    upper(low, high) is at least every value between low and high; limit is what the values approach
    beyond the farthest number. None when they stay below that limit, so that no number is best.
    """
    promised = max(limit, _climb(value)) * (1 - TIE)
    best, best_value = None, 0.0

    def hopeless(low: int, high: int) -> bool:
        """Tell whether a better number is known, or promised, than any of the interval."""
        bound = upper(low, high)
        return bound < promised or bound <= best_value * (1 + TIE)

    for number in _survivors(hopeless):
        if value(number) > best_value * (1 + TIE):
            best, best_value = number, value(number)
    return best


def _climb(value: Callable[[float], float]) -> float:
    """Return a value that is found near the highest power of two: a promise, not yet a proof."""
    _, top = max((value(low), low) for low, _ in BLOCKS)
    low, high = top // 2, min(2 * top, FARTHEST)
    while high - low > 2:  # noqa: PLR2004 - three neighbours are left
        third = max(1, (high - low) // 3)
        if value(low + third) < value(high - third):
            low += third
        else:
            high -= third
    return max(value(number) for number in {top, *range(max(1, low), high + 1)})


def first(holds: Callable[[int], bool], possible: Callable[[int, int], bool]) -> int | None:
    """Return the smallest number for which it holds; possible rules an interval in or out."""
    survivors = _survivors(lambda low, high: not possible(low, high))
    return next((number for number in survivors if holds(number)), None)


def last(holds: Callable[[int], bool], possible: Callable[[int, int], bool]) -> int | None:
    """Return the largest number for which it holds; possible rules an interval in or out."""
    survivors = _survivors(lambda low, high: not possible(low, high), backwards=True)
    return next((number for number in survivors if holds(number)), None)
