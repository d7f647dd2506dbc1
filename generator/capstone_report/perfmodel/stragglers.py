"""What waiting for the slowest costs when nothing but noise tells the workers apart."""

import math

STEP = 1 / 32
"""Of the trapezoidal rule, in standard deviations: far below where its error shows in a float."""


def expected_max_normal(workers: int) -> float:
    """Return the expected maximum of p standard normal values, in standard deviations.

    E = integral over x > 0 of 1 - F(x)^p - F(-x)^p (David and Nagaraja 2003, section 3.1). A step
    that ends with its slowest worker takes this many standard deviations more than the mean: the
    bound to show before the network is blamed. Domain: workers >= 1.
    """
    # Beyond, even p tails weigh less than a float can tell.
    reach = math.sqrt(2 * math.log(workers)) + 10
    points = (_beyond(step * STEP, workers) for step in range(1, math.ceil(reach / STEP)))
    return STEP * (math.fsum(points) + _beyond(0, workers) / 2)


def _beyond(x: float, workers: int) -> float:
    """Return 1 - F(x)^p - F(-x)^p, even in x, which makes the trapezoidal rule exact."""
    tail = math.erfc(x / math.sqrt(2)) / 2
    return -math.expm1(workers * math.log1p(-tail)) - tail**workers
