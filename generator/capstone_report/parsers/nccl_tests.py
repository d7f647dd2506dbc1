"""The tables that nccl-tests prints, behind the rank that mpirun, srun or torchrun put there."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from capstone_report.parsers.collective import Collective, Transfer
from capstone_report.parsers.output import Line, Output
from capstone_report.parsers.parser import Parsed
from capstone_report.parsers.prefixes import split_rank
from capstone_report.parsers.values import Gathering, RefusedError, number, whole

HEADER = re.compile(r"#\s*size\s+count\s")
ROW = re.compile(r"\d+\s+\d+\s+[a-z]\w*\s", re.ASCII)
FAILED = re.compile(r"#\s*(?:Out of bounds values|Avg bus bandwidth)\s*:.*\bFAILED\s*$")
TIMES = {"time", "cputime"}
PER_RESULT = ("time", "algbw", "busbw", "#wrong")


class NcclTests(Collective):
    """Reads the tables of nccl-tests; a result with wrong elements is refused."""

    kind: ClassVar[str] = "nccl-tests"

    def parse(self, run_folder: Path) -> Parsed:
        """Read every table, each under its own header."""
        gathering = Gathering(Output(run_folder))
        self.take(gathering, list(self._transfers(gathering)))
        return gathering.parsed()

    def _transfers(self, gathering: Gathering) -> Iterator[Transfer]:
        """Yield the results of all rows."""
        headers: dict[int, list[str]] = {}
        for line in gathering.lines(self.file):
            rank, rest = split_rank(line.text)
            text = rest.lstrip()
            if HEADER.match(text):
                headers[rank] = text.lstrip("#").split()
            elif FAILED.match(text):
                gathering.refuse(line, text.lstrip("# ").strip())
            elif rank in headers and ROW.match(text):
                try:
                    yield from _results(line, rank, headers[rank], text.split())
                except RefusedError as error:
                    gathering.refuse(line, error)
                    continue
            elif not text.startswith("#"):
                continue
            gathering.matched.add(line.place)


def _results(
    line: Line, rank: int, header: Sequence[str], cells: Sequence[str]
) -> Iterator[Transfer]:
    """Yield the two results of a row, out of place and in place.

    Raises:
        RefusedError: it does not fit its header, or a cell is no number.
    """
    dated = header[-1] == "timestamp"  # a date and a time are two words
    if len(cells) != len(header) + dated:
        raise RefusedError(f"{len(cells)} cells under a header of {len(header)}")
    starts = [index for index, name in enumerate(header) if name in TIMES]
    for in_place, start in enumerate(starts[:2]):
        if len(header) < start + len(PER_RESULT):
            raise RefusedError("the header ends in the middle of a result")
        time, algbw, busbw, wrong = cells[start : start + len(PER_RESULT)]
        yield Transfer(
            where=str(line),
            size_bytes=whole(cells[0]),
            in_place=bool(in_place),
            rank=rank,
            time_us=number(time),
            algbw=number(algbw),
            busbw=number(busbw),
            wrong=None if wrong == "N/A" else number(wrong),
        )
