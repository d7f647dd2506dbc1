"""Numbers as they stand in a calculator's table: with fixed decimals while these stay readable."""

SIGNIFICANT = 6


def cell(number: float, decimals: int) -> str:
    """Return a number with so many decimals, or with six significant digits where those are not its.

    A large number would have more digits than anybody reads, a small one would be all zeros.
    """
    if abs(number) >= 10 ** (SIGNIFICANT - decimals):
        return f"{number:.{SIGNIFICANT}g}"
    if 0 < abs(number) < 0.5 * 10**-decimals:
        return f"{number:.3g}"
    return f"{number:.{decimals}f}"


def counted(workers: float) -> str:
    """Return a number of workers: whole while that takes six digits, and rounded beyond."""
    return f"{workers:.{SIGNIFICANT}g}"
