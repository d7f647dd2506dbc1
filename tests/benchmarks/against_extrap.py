"""Fits on the smaller half of the worker counts, judged on the larger half, beside Extra-P's models.

    PYTHONPATH=tests python tests/benchmarks/against_extrap.py --venv FOLDER --studies 30
    PYTHONPATH=tests python tests/benchmarks/against_extrap.py --table measured.csv     # name,workers,seconds

Extra-P (Calotoiu et al. 2013) runs as a command in an environment of its own, which is made with pip
where it is missing. It models p T, as its manual advises for strong scaling. Ours says nothing beyond
twice the largest fitted number of workers; what Extra-P says there is shown beside it.
"""

import argparse
import csv
import math
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from capstone_report.perfmodel.model_choice import FARTHEST, choose
from capstone_report.perfmodel.relative_fit import Launches
from capstone_report.perfmodel.scaling_bootstrap import curves, percentiles, resampled
from capstone_report.perfmodel.scaling_models import STRONG_MODELS
from known_laws import TRUTHS, study

EXTRAP = "extrap==4.2.5"
# Everything that its command needs; its window is not opened.
BESIDE = ("marshmallow<4", "scikit-learn", "matplotlib", "pycubexr", "tqdm", "numpy", "packaging")
SMALLER = (1, 2, 4, 8, 16)
LARGER = (32, 64, 128)
FEWEST = 4
PUBLISHED = {
    "SPEC SDM91 (Gunther 2007)": {
        p: 1 / x
        for p, x in zip(
            (1, 18, 36, 72, 108, 144, 216),
            (64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2),
            strict=True,
        )
    },
    "ray tracer (Gunther 2007)": {
        p: 1 / x
        for p, x in zip(
            (1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64),
            (20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310),
            strict=True,
        )
    },
}
"""Published throughputs of two systems, as the time of a unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Times to fit, and times to be predicted."""

    group: str
    launches: Launches
    unseen: dict[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of one unseen number of workers."""

    group: str
    beyond: bool
    refused: bool
    ours: float
    theirs: float | None
    inside: bool


def simulated(studies: int) -> list[Series]:
    """Return studies of known laws with noise."""
    random = np.random.default_rng(5)
    return [
        Series(
            group=str(truth.law),
            launches=study(truth, SMALLER, random),
            unseen={float(p): truth.time(p) for p in LARGER},
        )
        for truth in TRUTHS
        for _ in range(studies)
    ]


def tabled(name: str, times: dict[float, float]) -> Series:
    """Return a measured series, its smaller half to fit."""
    workers = sorted(times)
    half = (len(workers) + 1) // 2
    first = workers[0]
    return Series(
        group=name,
        launches=Launches(
            ratios=tuple(p / first for p in workers[:half]),
            times=tuple((times[p],) for p in workers[:half]),
        ),
        unseen={p / first: times[p] for p in workers[half:]},
    )


def read_table(path: Path) -> dict[str, dict[float, float]]:
    """Return the series of a CSV file with the columns name, workers and seconds."""
    found: defaultdict[str, dict[float, float]] = defaultdict(dict)
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found[row["name"]][float(row["workers"])] = float(row["seconds"])
    return dict(found)


def extrap_command(folder: Path) -> Path | None:
    """Return Extra-P's command in its own environment, made where it is missing; None if pip fails."""
    command = folder / "bin" / "extrap"
    if command.exists():
        return command
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet"]
    for wanted in (["--no-deps", EXTRAP], BESIDE):
        if subprocess.run([*pip, *wanted], check=False).returncode:
            return None
    return command


def extrap_models(command: Path | None, series: Sequence[Series]) -> list[str | None]:
    """Return Extra-P's model of p T for each series, as an expression in p."""
    if command is None:
        return [None] * len(series)
    found: list[str | None] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(series):
            path = Path(folder) / f"{number}.txt"
            points = " ".join(f"({q:g})" for q in one.launches.ratios)
            rows = [
                "DATA " + " ".join(f"{1000 * q * time:.9g}" for time in times)
                for q, times in zip(one.launches.ratios, one.launches.times, strict=True)
            ]
            lines = ["PARAMETER p", f"POINTS {points}", "REGION all", "METRIC time", *rows]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            options = ["--text", "--disable-progress", "--measure", "median"]
            answer = subprocess.run(
                [str(command), *options, "--print", "functions-python", str(path)],
                capture_output=True,
                text=True,
                check=False,
            )
            said = answer.stdout.strip().splitlines()
            allowed = said and re.fullmatch(r"[-+*/().0-9eplog2]+", said[-1])
            found.append(said[-1] if allowed else None)
    return found


def value_of(expression: str, ratio: float) -> float:
    """Return the time that a model of 1000 p T gives."""
    known = {"p": ratio, "log2": math.log2, "__builtins__": {}}
    return float(eval(expression, known)) / 1000 / ratio  # noqa: S307 - only digits, p and log2 pass


def judged(one: Series, expression: str | None) -> list[Said]:
    """Return what both say of the unseen numbers of workers of a series."""
    choice = choose(STRONG_MODELS, one.launches)
    if not choice.supported:
        return []
    band = curves(choice, resampled(one.launches))
    few = len(one.launches.ratios) < FEWEST or min(map(len, one.launches.times)) < FEWEST
    said = []
    for ratio, true in one.unseen.items():
        far = np.array([ratio])
        low, high = percentiles(band.times(far)[:, 0])
        beyond = ratio > FARTHEST * one.launches.ratios[-1]
        theirs = None if expression is None else abs(value_of(expression, ratio) / true - 1)
        said.append(
            Said(
                group=one.group,
                beyond=beyond,
                refused=beyond or few,
                ours=abs(float(band.middle(far)[0]) / true - 1),
                theirs=theirs,
                inside=low <= true <= high,
            )
        )
    return said


def shown(errors: Sequence[float | None]) -> str:
    """Return the median of the errors that are there."""
    known = [error for error in errors if error is not None]
    return f"{median(known):.1%}" if known else ""


def main() -> None:
    """Print one line for each group within reach, and one for what lies beyond."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "extrap-venv")
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    tables = {name: {float(p): t for p, t in times.items()} for name, times in PUBLISHED.items()}
    tables |= read_table(given.table) if given.table else {}
    series = simulated(given.studies) + [tabled(name, times) for name, times in tables.items()]
    command = extrap_command(given.venv)
    if command is None:
        print(f"{EXTRAP} cannot be installed here; only our own errors are shown")
    models = extrap_models(command, series)
    said = [s for one, model in zip(series, models, strict=True) for s in judged(one, model)]
    print("| series | unseen counts | n | ours | Extra-P | ours refuses | truth inside our band |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for group in dict.fromkeys(one.group for one in said):
        for beyond in (False, True):
            part = [one for one in said if one.group == group and one.beyond is beyond]
            if part:
                where = "beyond twice" if beyond else "up to twice"
                print(
                    f"| {group} | {where} | {len(part)} | {shown([s.ours for s in part])} | "
                    f"{shown([s.theirs for s in part])} | "
                    f"{sum(s.refused for s in part) / len(part):.0%} | "
                    f"{sum(s.inside for s in part) / len(part):.0%} |"
                )
    spoken = [one for one in said if not one.refused]
    both = f"ours {shown([s.ours for s in spoken])}, Extra-P {shown([s.theirs for s in spoken])}"
    print(f"\nmedian error where ours speaks ({len(spoken)} predictions): {both}")
    silent = [one for one in said if one.refused]
    print(f"median error of Extra-P where ours refuses: {shown([s.theirs for s in silent])}")


if __name__ == "__main__":
    main()
