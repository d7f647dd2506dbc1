"""Counts the primes below a limit: serially, or in ranges that a pool of processes shares.

python count.py --below 400000 --workers 1 --serial
python count.py --below 400000 --workers 2
"""

import argparse
import itertools
import multiprocessing
import time

from capstone_report.workloads.emit import metric

RANGES = 64


def primes_between(bounds: tuple[int, int]) -> int:
    """Count the primes in [low, high) by trial division."""
    low, high = bounds
    return sum(
        all(number % divisor for divisor in range(2, int(number**0.5) + 1))
        for number in range(max(low, 2), high)
    )


def main() -> None:
    """Time the count and report it; starting the pool is part of the price of distributing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--below", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    edges = [options.below * i // RANGES for i in range(RANGES + 1)]
    ranges = list(itertools.pairwise(edges))

    started = time.perf_counter()
    if options.serial:
        total = primes_between((0, options.below))
    else:
        with multiprocessing.Pool(options.workers) as pool:
            total = sum(pool.imap_unordered(primes_between, ranges))
    metric("count_time", time.perf_counter() - started, "s")
    metric("primes", total, "1")


if __name__ == "__main__":
    main()
