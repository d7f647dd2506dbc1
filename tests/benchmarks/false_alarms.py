"""How often each statistical check accuses a clean study, and how often it finds what is wrong; prints a table.

The clean studies have noise of seven families, six to twenty runs of each case, and points that are exactly as
efficient as can be, where a false accusation is likeliest; their runs come in a random order.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from math import cos, pi
from pathlib import Path
from random import Random

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from capstone_report.findings.catalogue import rules  # noqa: E402 - the tests' folder comes first
from capstone_report.results.records import RunRecord  # noqa: E402
from flaws.clean import NOISES  # noqa: E402
from simulated import SERIAL, STARTED, Times, analyse, codes, pool  # noqa: E402

CLEAN = 1_050
PLANTED = 200
RUNS = (6, 8, 12, 20)
LEVELS = {
    "CAP469": "1 %",
    "CAP470": "1 %",
    "CAP471": "1 %",
    "CAP472": "1 %",
    "CAP473": "1 %",
    "CAP474": "1 %",
    "CAP475": "1 %",
    "CAP480": "1 %",
    "CAP481": "1 %",
}
MEANS = {SERIAL: 8.0, pool(1): 8.0, pool(2): 4.0, pool(4): 2.0}
"""Ideal scaling: efficiencies of exactly 1."""
Change = Callable[[Random, dict[str, list[float]]], object]


def found(random: Random, times: Times, *, shuffled: bool = True) -> set[str]:
    """Return the codes that are found in a study with these times."""
    runs = sum(map(len, times.values()))
    minutes = list(range(runs))
    if shuffled:
        random.shuffle(minutes)
    else:
        first = len(times[SERIAL])
        minutes = [*range(first), *range(first, runs)]
    serial, others = iter(minutes[: len(times[SERIAL])]), iter(minutes[len(times[SERIAL]) :])

    def moved(run: RunRecord) -> RunRecord:
        minute = next(serial if run.benchmark == "serial" else others)
        return run.model_copy(
            update={
                "started_at": STARTED.replace(
                    minute=minute % 60, hour=10 + minute // 60
                ).isoformat()
            }
        )

    repeats = len(times[SERIAL])
    with tempfile.TemporaryDirectory() as folder:
        analysis = analyse(
            Path(folder),
            times,
            edit=moved,
            benchmarks__0__repeats=repeats,
            benchmarks__1__repeats=repeats,
        )
    return set(codes(analysis))


def made(random: Random, noise: str, runs: int) -> dict[str, list[float]]:
    """Return times of ideal scaling with one kind of noise."""
    return {
        case: [mean * NOISES[noise](random) for _ in range(runs)] for case, mean in MEANS.items()
    }


def false_alarms() -> Counter[str]:
    """Return in how many clean studies each code was found."""
    seen: Counter[str] = Counter()
    names = list(NOISES)
    for number in range(CLEAN):
        random = Random(f"clean/{number}")  # noqa: S311 - noise, no secret
        times = made(random, names[number % len(names)], RUNS[number % len(RUNS)])
        seen.update(found(random, times) & LEVELS.keys())
    return seen


def scaled(case: str, factors: Callable[[Random, int, int], float]) -> Change:
    """Return a change that multiplies the times of a case by a factor of their number."""

    def change(random: Random, times: dict[str, list[float]]) -> None:
        runs = len(times[case])
        times[case] = [t * factors(random, n, runs) for n, t in enumerate(times[case])]

    return change


FLAWS: dict[str, tuple[str, int, Change]] = {
    "CAP469": ("workers after the baseline", 6, lambda _, times: times),
    "CAP470": (
        "each of 12 runs 1 % slower than the one before",
        12,
        scaled(pool(4), lambda _, n, __: 1.01**n),
    ),
    "CAP471": (
        "a wave of 5 % through 20 runs",
        20,
        scaled(pool(4), lambda _, n, runs: 1 + 0.05 * cos(2 * pi * n / runs)),
    ),
    "CAP472": (
        "two clock rates 40 % apart in 12 runs",
        12,
        scaled(pool(4), lambda _, n, __: 1 + 0.4 * (n % 2)),
    ),
    "CAP473": (
        "a first run that takes twice as long",
        6,
        scaled(pool(4), lambda _, n, __: 1 + (n == 0)),
    ),
    "CAP474": ("an efficiency of 1.15", 6, scaled(pool(4), lambda *_: 1 / 1.15)),
    "CAP475": ("a point 40 % below its neighbours", 6, scaled(pool(2), lambda *_: 3.4)),
    "CAP480": ("a clock of whole seconds", 6, scaled(pool(4), lambda *_: 1.0)),
    "CAP481": ("a copied series", 6, lambda _, times: times.update({pool(2): times[SERIAL]})),
}
"""By code, the flaw, the number of runs, and what plants it into noise of 2 %."""


def detected(code: str) -> float:
    """Return the share of studies with a planted flaw in which it is found."""
    _, runs, change = FLAWS[code]
    hits = 0
    for number in range(PLANTED):
        random = Random(f"{code}/{number}")  # noqa: S311 - noise, no secret
        times = {
            case: [mean * random.lognormvariate(0, 0.02) for _ in range(runs)]
            for case, mean in MEANS.items()
        }
        change(random, times)
        if code == "CAP480":
            times[pool(4)] = [float(round(t)) for t in times[pool(4)]]
        hits += code in found(random, times, shuffled=code != "CAP469")
    return hits / PLANTED


def table(seen: Counter[str], rates: Sequence[tuple[str, float]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"| code | finds | level | of {CLEAN} clean studies accused | planted | found of {PLANTED} |",
        "|---|---|---|---|---|---|",
    ]
    for code, rate in rates:
        alarms = f"{seen[code]} ({seen[code] / CLEAN:.1%})"
        title, what = rules()[code].title, FLAWS[code][0]
        lines.append(f"| {code} | {title} | {LEVELS[code]} | {alarms} | {what} | {rate:.0%} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table; fail where a check accuses clean studies more often than its level."""
    os.fsync = lambda fd: None  # noqa: ARG005 - as it is called
    seen = false_alarms()
    print(table(seen, [(code, detected(code)) for code in LEVELS]))
    worst = max(seen.values(), default=0)
    if worst / CLEAN > 0.01 + 3 * (0.01 * 0.99 / CLEAN) ** 0.5:
        raise SystemExit("a check accuses clean studies more often than its level")


if __name__ == "__main__":
    main()
