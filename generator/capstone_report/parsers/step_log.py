"""Lines that training programs print for each step: `step: 10  loss: 7.81  tps: 6,500  mfu: 38 %`."""

import re
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from capstone_report.parsers.fields import MetricName, OutputFile, Unit, Word
from capstone_report.parsers.output import Line, Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.prefixes import split_rank
from capstone_report.parsers.values import Gathering, RefusedError, number, whole
from capstone_report.results.records import Sample
from capstone_report.units import UNITS, to_si

STEP = re.compile(r"\bstep\s?[:= ]\s*(\d[\d,]{0,15})\b", re.IGNORECASE | re.ASCII)
PAIR = re.compile(
    r"(?<![\w./-])([A-Za-z_][\w./-]{0,63})\s{0,8}[:=]\s{0,16}"
    r"([+-]?[\w.,]{1,32}(?:(?<=[eE])[+-]\d{1,3})?)(?:\s?%)?",
    re.ASCII,
)
VALUE = re.compile(
    r"([+-]?(?:[\d.,]+(?:[eE][+-]?\d+)?|nan|inf))([A-Za-z/]*)", re.IGNORECASE | re.ASCII
)


class Key(BaseModel):
    """What stands behind one key of a line."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    key: Word
    """The key as the program prints it, such as tps."""
    metric: MetricName
    """The metric that the value belongs to."""
    unit: Unit
    """The metric's unit; a value that carries another unit of the same quantity is converted."""
    factor: Annotated[float, Field(gt=0, le=1e30)] = 1.0
    """What a printed number is multiplied by: 1e12 for teraflops, 0.01 for per cent."""


TORCHTITAN = (
    Key(key="loss", metric="loss", unit="1"),
    Key(key="grad_norm", metric="grad_norm", unit="1"),
    Key(key="memory", metric="memory", unit="GiB"),
    Key(key="tps", metric="tokens_per_second", unit="tok/s"),
    Key(key="tflops", metric="flop_per_second", unit="FLOP/s", factor=1e12),
    Key(key="mfu", metric="mfu", unit="1", factor=0.01),
)


class StepLog(Parser):
    """Reads one line per step with keys and values, such as torchtitan prints under torchrun."""

    kind: ClassVar[str] = "step-log"

    file: OutputFile = "stdout"
    """stdout, stderr, or a path in the run's folder such as metrics/*.log. Python's logging writes
    to stderr."""
    keys: Annotated[tuple[Key, ...], Field(strict=False, min_length=1, max_length=100)] = TORCHTITAN
    """What is read of a line; without it, what torchtitan prints. Its tps and tflops are those of
    one GPU."""
    warmup_steps: Annotated[int, Field(ge=0, le=10**9)] = 0
    """How many of the first steps are marked as warm-up."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return tuple((key.metric, key.unit) for key in self.keys)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the lines are in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read every line that names a step and one of the keys."""
        gathering = Gathering(Output(run_folder))
        for line in gathering.lines(self.file):
            rank, text = split_rank(line.text)
            if found := STEP.search(text):
                self._take(gathering, line, rank, whole(found[1]), text[found.end() :])
        return gathering.parsed()

    def _take(self, gathering: Gathering, line: Line, rank: int, step: int, text: str) -> None:
        """Keep the values of one line."""
        pairs = dict(PAIR.findall(text))
        phase = "warmup" if step <= self.warmup_steps else None
        for key in self.keys:
            if key.key not in pairs:
                continue
            gathering.matched.add(line.place)
            try:
                value = _value(key, pairs[key.key])
            except RefusedError as error:
                gathering.refuse(line, f"{key.key}: {error}")
                continue
            gathering.samples.append(
                Sample(
                    metric=key.metric, value=value, unit=key.unit, rank=rank, step=step, phase=phase
                )
            )


def _value(key: Key, text: str) -> float:
    """Return a printed value in the metric's unit.

    Raises:
        RefusedError: it is no finite number, or in a unit of another quantity.
    """
    found = VALUE.fullmatch(text.rstrip(",."))
    if not found:
        raise RefusedError(f"{text!a} is not a finite number")
    value, unit = number(found[1]) * key.factor, found[2]
    if not unit:
        return value
    if unit not in UNITS or UNITS[unit][0] != UNITS[key.unit][0]:
        raise RefusedError(f"{text!a} is not in a unit like {key.unit}")
    return value * to_si(1.0, unit) / to_si(1.0, key.unit)
