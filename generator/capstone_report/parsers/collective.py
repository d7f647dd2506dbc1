"""What the results of nccl-tests mean, whether they come as text or as JSON.

algbw is bytes over time. busbw is algbw times a factor of the collective, 2(n-1)/n for an all-reduce
of n ranks, so that it can be held against a link: it is normalised, and nobody measured it
(nccl-tests, doc/PERFORMANCE.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from capstone_report.parsers.fields import OutputFile
from capstone_report.parsers.parser import Parser
from capstone_report.parsers.values import Gathering
from capstone_report.results.records import Sample
from capstone_report.units import Bytes

NORMALISED = "busbw_normalised is algbw times the collective's factor: normalised, not measured"
METRICS = (("collective_time", "us"), ("algbw", "GB/s"), ("busbw_normalised", "GB/s"))
UNCHECKED = "the results were not checked (#wrong is N/A)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One result: a message size, in place or not, on one rank."""

    where: str
    size_bytes: Bytes
    in_place: bool
    rank: int
    time_us: float
    algbw: float
    """In GB/s."""
    busbw: float
    """In GB/s, normalised."""
    wrong: float | None
    """How many elements were wrong; None where nobody looked."""


class Collective(Parser):
    """What the two forms of nccl-tests have in common; no kind of its own."""

    file: OutputFile = "stdout"
    """stdout, stderr, or a path in the run's folder."""
    size_bytes: Annotated[int, Field(ge=0, json_schema_extra={"unit": "B"})] | None = None
    """Which message size is read; without it the largest."""
    placement: Literal["out-of-place", "in-place"] = "out-of-place"
    """Which of the two results of a size is read."""

    def gives(self) -> tuple[tuple[str, str], ...]:
        """Return each metric with its unit."""
        return METRICS

    def sources(self) -> tuple[str, ...]:
        """Return the output that the results are in."""
        return (self.file,)

    def take(self, gathering: Gathering, transfers: Iterable[Transfer]) -> None:
        """Keep the values of the size that is asked for; refuse every result that is wrong."""
        known = [t for t in transfers if t.in_place == (self.placement == "in-place")]
        for transfer in known:
            if transfer.wrong:
                gathering.refuse(transfer.where, f"{transfer.wrong:g} elements are wrong")
        sizes = {transfer.size_bytes for transfer in known}
        size = max(sizes, default=None) if self.size_bytes is None else self.size_bytes
        if sizes and size not in sizes:
            listed = ", ".join(str(known_size) for known_size in sorted(sizes))
            gathering.refuse(self.file, f"there is no size of {size} bytes; there are {listed}")
        chosen = [transfer for transfer in known if transfer.size_bytes == size]
        for transfer in chosen:
            gathering.samples += _samples(transfer)
        gathering.notes += [NORMALISED] if chosen else []
        gathering.notes += [UNCHECKED] if any(t.wrong is None for t in chosen) else []


def _samples(transfer: Transfer) -> Iterator[Sample]:
    """Yield the values of one result."""
    values = (transfer.time_us, transfer.algbw, transfer.busbw)
    for (metric, unit), value in zip(METRICS, values, strict=True):
        yield Sample(metric=metric, value=value, unit=unit, rank=transfer.rank)
