"""MLPerf's log: events behind :::MLLOG, anywhere in a line, on every rank, and often twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from capstone_report.parsers.document import Node, strict_object
from capstone_report.parsers.fields import MetricName, OutputFile, TimeUnit, Unit, Word
from capstone_report.parsers.output import Line, Output
from capstone_report.parsers.parser import Parsed, Parser
from capstone_report.parsers.prefixes import split_rank
from capstone_report.parsers.values import Gathering, RefusedError
from capstone_report.results.records import Check, Sample
from capstone_report.units import to_si

TOKEN = ":::MLLOG"  # noqa: S105 - a mark in a log
START, END, POINT = "INTERVAL_START", "INTERVAL_END", "POINT_IN_TIME"
STOPS = ("_stop", "_end")
MS = 1e-3


class MlPerfValue(BaseModel):
    """An event whose value is read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    key: Word
    """The event's key, such as eval_accuracy; tracked_stats.throughput is a part of its value."""
    metric: MetricName
    """The metric that the value belongs to."""
    unit: Unit
    """The unit that the program logs it in."""
    step: Word | None = None
    """The part of the metadata that holds the step, such as epoch_num; else events are counted."""


class MlPerfInterval(BaseModel):
    """A pair of events whose distance in time is read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    key: Word
    """What the two keys share: run for run_start and run_stop."""
    metric: MetricName
    """The metric that the duration belongs to."""
    unit: TimeUnit = "s"
    """The unit of time that the metric is in."""


TIME_TO_TRAIN = MlPerfInterval(key="run", metric="time_to_train")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log."""

    line: Line
    rank: int
    node: Node

    @property
    def key(self) -> str:
        """Return the event's key."""
        return str(self.node["key"].value)

    @property
    def kind(self) -> str:
        """Return whether it begins or ends an interval, or neither."""
        return str(self.node["event_type"].value)

    @property
    def interval(self) -> str:
        """Return the name of the interval that it begins or ends."""
        ends = ("_start",) if self.kind == START else STOPS
        return next(
            (self.key.removesuffix(end) for end in ends if self.key.endswith(end)), self.key
        )


class MlPerfLog(Parser):
    """Reads MLPerf's log: durations between two events, and values of others."""

    kind: ClassVar[str] = "mllog"

    file: OutputFile = "stdout"
    """stdout, stderr, or a path in the run's folder such as metrics/*.log."""
    intervals: Annotated[tuple[MlPerfInterval, ...], Field(strict=False, max_length=100)] = (
        TIME_TO_TRAIN,
    )
    """The intervals whose duration is read."""
    values: Annotated[tuple[MlPerfValue, ...], Field(strict=False, max_length=100)] = ()
    """The events whose value is read."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        durations = tuple((interval.metric, interval.unit) for interval in self.intervals)
        return (*durations, *((value.metric, value.unit) for value in self.values))

    def sources(self) -> tuple[str, ...]:
        """Return the output that the log is in."""
        return (self.file,)

    def parse(self, run_folder: Path) -> Parsed:
        """Read the events in their order; the same event on a second line counts once."""
        gathering = Gathering(Output(run_folder))
        begun: dict[tuple[int, str], Event] = {}
        for event in _events(gathering, self.file):
            try:
                self._take(gathering, begun, event)
            except RefusedError as error:
                gathering.refuse(event.line, error)
        for event in begun.values():
            gathering.refuse(event.line, f"{event.interval} begins here and never ends")
        return gathering.parsed()

    def _take(
        self, gathering: Gathering, begun: dict[tuple[int, str], Event], event: Event
    ) -> None:
        """Keep what an event says."""
        wanted = [interval for interval in self.intervals if interval.key == event.interval]
        place = (event.rank, event.interval)
        if event.kind == START and wanted:
            if place in begun:
                raise RefusedError(f"{event.interval} begins again before it has ended")
            begun[place] = event
        elif event.kind == END and wanted:
            if place not in begun:
                raise RefusedError(f"{event.interval} ends without having begun")
            duration_s = _duration_s(begun.pop(place), event)
            gathering.samples += [
                Sample(
                    metric=interval.metric,
                    value=duration_s / to_si(1.0, interval.unit),
                    unit=interval.unit,
                    rank=event.rank,
                )
                for interval in wanted
            ]
        gathering.checks += _status(event)
        for value in self.values:
            if value.key == event.key or value.key.startswith(f"{event.key}."):
                gathering.samples.append(_value(value, event))


def _events(gathering: Gathering, source: str) -> Iterator[Event]:
    """Yield the events of a log, each once per rank."""
    seen: set[tuple[int, str]] = set()
    for line in gathering.lines(source):
        before, token, text = line.text.partition(TOKEN)
        if not token:
            continue
        rank, _ = split_rank(before)
        gathering.matched.add(line.place)
        if (rank, text.strip()) in seen:
            continue
        seen.add((rank, text.strip()))
        try:
            yield Event(line=line, rank=rank, node=Node(strict_object(text.strip()), ""))
        except (ValueError, OverflowError, RecursionError) as error:
            gathering.refuse(line, error)


def _duration_s(start: Event, end: Event) -> float:
    """Return the seconds between two events."""
    duration_s = (end.node["time_ms"].number() - start.node["time_ms"].number()) * MS
    if duration_s < 0:
        raise RefusedError(f"{end.interval} ends before it begins, at {start.line}")
    return duration_s


def _value(wanted: MlPerfValue, event: Event) -> Sample:
    """Return the value of an event, or of a part of it."""
    node = event.node["value"]
    if wanted.key != event.key:
        node = node[wanted.key.removeprefix(f"{event.key}.")]
    step = event.node["metadata"][wanted.step] if wanted.step else None
    return Sample(
        metric=wanted.metric,
        value=node.number(),
        unit=wanted.unit,
        rank=event.rank,
        step=None if step is None else int(step.number()),
    )


def _status(event: Event) -> Iterator[Check]:
    """Yield whether a run that ended was a success, where it says so."""
    status: Any = event.node["metadata"]["status"].value
    if event.kind == END and event.interval == "run" and status is not None:
        said = json.dumps(status)[:100]
        ok = status == "success"
        yield Check(name="mlperf_run_status", ok=ok, detail=said, rank=event.rank)
