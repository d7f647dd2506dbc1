"""Regular expressions for programs that print what they measure and that nobody can change.

Patterns run in a process of their own, for a limited time.
"""

import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from capstone_report.parsers.fields import MetricName, OutputFile, Unit
from capstone_report.parsers.limited_search import searched
from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.values import Gathering, RefusedError, number, whole
from capstone_report.results.records import Sample

GROUPS = {"v", "step", "rank", "phase"}
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
EXPECTED = re.compile(r"(>=|<=|==|>|<)?\s*(\d{1,9})", re.ASCII)


def _pattern(text: str) -> str:
    """Accept a regular expression whose named groups are known, v among them."""
    try:
        named = set(re.compile(text).groupindex)
    except (re.error, OverflowError, RecursionError) as error:
        said = {"reason": str(error)}
        raise PydanticCustomError("pattern", "not a regular expression: {reason}", said) from None
    if "v" not in named or not named <= GROUPS:
        raise PydanticCustomError(
            "groups", "a pattern names its value (?P<v>...), and may name step, rank and phase"
        )
    return text


def _expected(value: object) -> object:
    """Accept a number of lines, alone or behind a comparison."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"=={value}"
    found = EXPECTED.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise PydanticCustomError("expect", 'a number of lines such as 50 or ">=50"')
    return f"{found[1] or '=='}{found[2]}"


class Pattern(BaseModel):
    """What one kind of line says."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    pattern: Annotated[
        str, StringConstraints(min_length=1, max_length=2000), BeforeValidator(_pattern)
    ]
    """A regular expression, searched in every line: (?P<v>...) is the value, and there may be
    (?P<step>...), (?P<rank>...) and (?P<phase>...)."""
    metric: MetricName
    """The metric that the value belongs to."""
    unit: Unit
    """The unit that the program prints it in."""
    file: OutputFile = "stdout"
    """stdout, stderr, or a path in the run's folder such as metrics/*.log."""
    expect: Annotated[
        str,
        BeforeValidator(_expected, json_schema_input_type=int | str),
    ] = ">=1"
    """How many lines must match: 50, ">=50", "<=1"."""

    def accepts(self, count: int) -> bool:
        """Tell whether as many lines matched as were expected."""
        wanted = self.expect.lstrip("<>=")
        return COMPARISONS[self.expect.removesuffix(wanted)](count, int(wanted))


class Regex(Parser):
    """Reads lines of output with regular expressions."""

    kind: ClassVar[str] = "regex"

    patterns: Annotated[tuple[Pattern, ...], Field(strict=False, min_length=1, max_length=50)]
    """What the lines say: a table for each kind of line."""
    time_limit_s: Annotated[float, Field(gt=0, le=600, json_schema_extra={"unit": "s"})] = 10.0
    """How long all patterns together may take for the output of one run."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return tuple((pattern.metric, pattern.unit) for pattern in self.patterns)

    def sources(self) -> tuple[str, ...]:
        """Return the output that the patterns are searched in."""
        return tuple(dict.fromkeys(pattern.file for pattern in self.patterns))

    def parse(self, run_folder: Path) -> Parsed:
        """Search every line in another process, and take what it found there."""
        gathering = Gathering(Output(run_folder))
        counts = [0] * len(self.patterns)
        for message in searched(self._order(run_folder)):
            if "problem" in message:
                gathering.output.problems.append(message["problem"])
            else:
                counts[message["pattern"]] += 1
                self._take(gathering, message)
        for number_, (pattern, count) in enumerate(zip(self.patterns, counts, strict=True), 1):
            if not pattern.accepts(count):
                found = f"pattern {number_} ({pattern.metric}) matched {count} lines"
                gathering.refuse(pattern.file, f"{found}, not {pattern.expect}")
        return gathering.parsed()

    def _take(self, gathering: Gathering, message: dict[str, Any]) -> None:
        """Turn a match into a sample."""
        pattern, groups = self.patterns[message["pattern"]], message["groups"]
        place = (message["file"], message["line"])
        try:
            step, rank = groups.get("step"), groups.get("rank")
            sample = Sample(
                metric=pattern.metric,
                value=number(groups.get("v") or ""),
                unit=pattern.unit,
                rank=0 if rank is None else whole(rank),
                step=None if step is None else whole(step),
                phase=groups.get("phase"),
            )
        except RefusedError as error:
            gathering.refuse(f"{place[0]}:{place[1]}", error)
        else:
            gathering.samples.append(sample)
            gathering.matched.add(place)

    def _order(self, run_folder: Path) -> dict[str, Any]:
        """Return what the other process is to do."""
        return {
            "run_folder": str(run_folder),
            "time_limit_s": self.time_limit_s,
            "patterns": [{"pattern": p.pattern, "file": p.file} for p in self.patterns],
        }
