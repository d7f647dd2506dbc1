"""Rounding up to whole things, exactly."""

import math
from fractions import Fraction


def whole_units(amount: float | Fraction, *, each: float | Fraction) -> int:
    """Return how many units of one size cover an amount: the ceiling of amount / each.

    Both count as the decimal numbers that they print as, so that 0.3 / 0.1 is 3 and one byte too
    many is a unit more, whatever the size. Domain: amount >= 0, each > 0.
    """
    return math.ceil(Fraction(str(amount)) / Fraction(str(each)))
