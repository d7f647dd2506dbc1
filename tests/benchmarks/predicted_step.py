"""How well a calibrated link predicts a training step; prints a table. As root, on a quiet machine: make bench.

Two hosts in network namespaces train over links of 1 Gbit/s and of 100 Mbit/s. The compute time is
the median step of one worker, measured in turn with two; latency and bandwidth come from `capstone
calibrate`. The measured step of two workers over the predicted one is shown with its exact interval
(Hodges-Lehmann over both samples of runs), beside what the report concludes.
"""

import tempfile
from pathlib import Path
from statistics import median

import pytest

from namespaces import goodput, shaped_hosts
from shaped_training import stepped

REPEATS = 8
WITHIN = 0.15
RATES = (1000, 100)


def main() -> None:
    """Print one line for each link."""
    print(f"{'link':>12} {'latency':>9} {'bandwidth':>22} {'T_1':>8} {'T_2':>8} {'predicted':>9}")
    for megabits in RATES:
        try:
            with (
                shaped_hosts(2, megabits=megabits) as hosts,
                tempfile.TemporaryDirectory() as folder,
            ):
                found = stepped(Path(folder), hosts, repeats=REPEATS)
        except pytest.skip.Exception as skipped:
            print(f"not measured: {skipped}")
            return
        rate = 1 / found.link["beta_s_per_byte"]["value"] / 1e6
        true = goodput(megabits) / 1e6
        print(
            f"{megabits:>5} Mbit/s {1e6 * found.link['alpha_s']['value']:>6.0f} us"
            f" {rate:>6.1f} of {true:>5.1f} MB/s {1e3 * median(found.one_s):>5.1f} ms"
            f" {1e3 * median(found.two_s):>5.1f} ms {1e3 * found.predicted_s:>6.1f} ms"
        )
        ratio = found.ratio
        low, high = ratio.low or 0.0, ratio.high or 0.0
        inside = "within" if abs(ratio.estimate - 1) <= WITHIN else "beyond"
        print(
            f"{'':>12} measured/predicted {ratio.estimate:.3f} ({low:.3f} to {high:.3f}, 95 %),"
            f" {inside} {WITHIN:.0%}; two workers are {found.verdict} than one"
        )


if __name__ == "__main__":
    main()
