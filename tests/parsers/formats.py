"""One example of every kind of parser: options, a file in its format, and what is in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capstone_report.parsers.parser import Parser, parsers

FIXTURES = Path(__file__).parent / "fixtures"

Value = tuple[str, float, str, int, int | None, str | None]
"""Metric, value, unit, rank, step, phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of parser and a file in its format."""

    kind: str
    fixture: str
    place: str
    """Where the file stands in the folder of a run."""
    values: tuple[Value, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def parser(self, **changed: Any) -> Parser:  # noqa: ANN401 - the parser's options
        """Return the parser, some options changed."""
        return parsers()[self.kind].model_validate(self.options | changed)

    def __str__(self) -> str:
        """Return the kind, as the name of a test."""
        return self.kind

    def lines(self) -> list[bytes]:
        """Return the lines of the file."""
        return (FIXTURES / self.fixture).read_bytes().splitlines(keepends=True)

    def write(self, run_folder: Path, content: bytes | None = None) -> Path:
        """Write the file, or something else in its place, into a run's folder."""
        file = run_folder / self.place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((FIXTURES / self.fixture).read_bytes() if content is None else content)
        return file


def steps(metric: str, unit: str, *values: float) -> tuple[Value, ...]:
    """Return the values of rank 0, one for each step from 0."""
    return tuple((metric, value, unit, 0, step, None) for step, value in enumerate(values))


ITERATION = r"rank (?P<rank>\d+) iter (?P<step>\d+) (?:\((?P<phase>\w+)\) )?took (?P<v>[\d.]+) ms"
FORMATS = {
    found.kind: found
    for found in (
        Format(
            kind="jsonl",
            fixture="jsonl.jsonl",
            place="metrics/rank0.jsonl",
            values=steps("step_time", "s", 0.25, 0.5),
        ),
        Format(
            kind="regex",
            fixture="regex.txt",
            place="stdout.txt",
            options={
                "patterns": [
                    {"pattern": ITERATION, "metric": "step_time", "unit": "ms", "expect": 4},
                    {
                        "pattern": r"handled (?P<v>[\d,]+) requests/s",
                        "metric": "rate",
                        "unit": "req/s",
                    },
                ]
            },
            values=(
                ("step_time", 31.5, "ms", 0, 1, "warmup"),
                ("step_time", 29.0, "ms", 1, 1, "warmup"),
                ("step_time", 12.25, "ms", 0, 2, None),
                ("step_time", 12.75, "ms", 1, 2, None),
                ("rate", 1250.0, "req/s", 0, None, None),
            ),
        ),
        Format(
            kind="csv",
            fixture="csv.csv",
            place="metrics/times.csv",
            options={
                "file": "metrics/*.csv",
                "columns": [
                    {"column": "seconds", "metric": "step_time", "unit": "s"},
                    {"column": "rows", "metric": "rows", "unit": "1"},
                ],
                "rank": "worker",
                "step": "step",
            },
            values=(
                ("step_time", 0.5, "s", 0, 0, None),
                ("rows", 1000.0, "1", 0, 0, None),
                ("step_time", 0.75, "s", 1, 0, None),
                ("rows", 1000.0, "1", 1, 0, None),
                ("step_time", 0.25, "s", 0, 1, None),
                ("step_time", 0.3, "s", 1, 1, None),
                ("rows", 2000.0, "1", 1, 1, None),
            ),
        ),
        Format(
            kind="hyperfine",
            fixture="hyperfine.json",
            place="metrics/sort.json",
            values=steps("elapsed_time", "s", 0.21, 0.2, 0.19),
        ),
        Format(
            kind="pytest-benchmark",
            fixture="pytest-benchmark.json",
            place="metrics/benchmark.json",
            values=steps("elapsed_time", "s", 0.012, 0.01, 0.011),
        ),
        Format(
            kind="nccl-tests",
            fixture="nccl-tests.txt",
            place="stdout.txt",
            values=(
                ("collective_time", 200.0, "us", 0, None, None),
                ("algbw", 41.94, "GB/s", 0, None, None),
                ("busbw_normalised", 41.94, "GB/s", 0, None, None),
            ),
        ),
        Format(
            kind="nccl-tests-json",
            fixture="nccl-tests-json.json",
            place="metrics/nccl.json",
            options={"placement": "in-place"},
            values=(
                ("collective_time", 190.5, "us", 0, None, None),
                ("algbw", 44.03, "GB/s", 0, None, None),
                ("busbw_normalised", 44.03, "GB/s", 0, None, None),
            ),
        ),
        Format(
            kind="mllog",
            fixture="mllog.txt",
            place="stdout.txt",
            options={
                "intervals": [{"key": "run", "metric": "time_to_train"}],
                "values": [
                    {
                        "key": "eval_accuracy",
                        "metric": "accuracy",
                        "unit": "1",
                        "step": "epoch_num",
                    },
                    {
                        "key": "tracked_stats.throughput",
                        "metric": "throughput",
                        "unit": "samples/s",
                    },
                ],
            },
            values=(
                ("accuracy", 0.71, "1", 0, 1, None),
                ("accuracy", 0.76, "1", 0, 2, None),
                ("throughput", 2500.5, "samples/s", 0, None, None),
                ("time_to_train", 60.0, "s", 0, None, None),
            ),
        ),
        Format(
            kind="step-log",
            fixture="step-log.txt",
            place="stderr.txt",
            options={"file": "stderr", "warmup_steps": 1},
            values=(
                ("loss", 12.25, "1", 0, 1, "warmup"),
                ("grad_norm", 1.5, "1", 0, 1, "warmup"),
                ("memory", 1.5, "GiB", 0, 1, "warmup"),
                ("tokens_per_second", 1250.0, "tok/s", 0, 1, "warmup"),
                ("flop_per_second", 25e12, "FLOP/s", 0, 1, "warmup"),
                ("mfu", 0.05, "1", 0, 1, "warmup"),
                ("loss", 8.5, "1", 0, 10, None),
                ("grad_norm", 0.75, "1", 0, 10, None),
                ("memory", 1.75, "GiB", 0, 10, None),
                ("tokens_per_second", 5000.0, "tok/s", 0, 10, None),
                ("flop_per_second", 100e12, "FLOP/s", 0, 10, None),
                ("mfu", 0.2, "1", 0, 10, None),
            ),
        ),
    )
}
"""Every kind of parser by its name."""
