"""How well a calibrated link predicts a training step; prints a table. As root, on a quiet machine: make bench.

Two hosts in network namespaces train over links of 1 Gbit/s and of 100 Mbit/s. The compute is that
of the baseline's program, with the whole batch and with half of it, measured in turn with two workers;
latency and bandwidth come from `capstone calibrate`. The measured step of two workers over the predicted
one is shown with its exact interval (Hodges-Lehmann over both samples of runs), beside what the report
concludes. Both hosts share this machine's cores and memory, which two real ones would not: half the
batch is computed on both at once, and shown beside one that computes alone. The same is shown with a
pretended accelerator that a worker only waits for.
"""

import tempfile
from itertools import product
from pathlib import Path
from statistics import median

import pytest

from namespaces import goodput, shaped_hosts
from shaped_training import stepped

REPEATS = 8
WITHIN = 0.15
RATES = (1000, 100)
ACCELERATOR_S = 0.05


def main() -> None:
    """Print one line for each link."""
    for megabits, accelerator_s in product(RATES, (0.0, ACCELERATOR_S)):
        try:
            with (
                shaped_hosts(2, megabits=megabits) as hosts,
                tempfile.TemporaryDirectory() as folder,
            ):
                found = stepped(
                    Path(folder),
                    hosts,
                    megabits=megabits,
                    repeats=REPEATS,
                    accelerator_s=accelerator_s,
                )
        except pytest.skip.Exception as skipped:
            print(f"not measured: {skipped}")
            return
        rate = 1 / found.link["beta_s_per_byte"]["value"] / 1e6
        computes = "pretended accelerator" if accelerator_s else "this machine's cores"
        print(
            f"{megabits} Mbit/s, {computes}: latency {1e6 * found.link['alpha_s']['value']:.0f} us,"
            f" bandwidth {rate:.1f} of {goodput(megabits) / 1e6:.1f} MB/s\n"
            f"  step of one worker {1e3 * median(found.one_s):.1f} ms, with half the batch"
            f" {1e3 * median(found.alone_s):.1f} ms, on both hosts at once"
            f" {1e3 * median(found.half_s):.1f} ms\n"
            f"  step of two workers {1e3 * median(found.two_s):.1f} ms,"
            f" predicted {1e3 * found.predicted_s:.1f} ms"
        )
        ratio = found.ratio
        low, high = ratio.low or 0.0, ratio.high or 0.0
        inside = "within" if abs(ratio.estimate - 1) <= WITHIN else "beyond"
        print(
            f"  measured/predicted {ratio.estimate:.3f} ({low:.3f} to {high:.3f}, 95 %),"
            f" {inside} {WITHIN:.0%}; two workers are {found.verdict} than one",
            flush=True,
        )


if __name__ == "__main__":
    main()
