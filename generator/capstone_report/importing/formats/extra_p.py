"""The text format of Extra-P: parameters, their points, and one DATA line per point."""

import re
from typing import ClassVar

from capstone_report.importing.formats.format import TABLE, Refused, Row, Table, TableFormat

GROUPS = re.compile(r"\(([^()]*)\)")
VALUE = "value"
"""The cell that holds one measured value."""


class ExtraP(TableFormat):
    """Every value of every DATA line is a row, beside its parameters, its region and its metric."""

    kind: ClassVar[str] = "extra-p"

    def read(self, text: str) -> Table:
        """Return one row per value; the nth DATA line of a metric belongs to the nth point."""
        reading = _Reading()
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split()
            if words and not line.lstrip().startswith("#"):
                reading.take(number, words[0].upper(), line.strip()[len(words[0]) :].strip())
        return Table(rows=tuple(reading.rows), refused=tuple(reading.refused))


class _Reading:
    """What has been read of a file so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.refused: list[Refused] = []
        self._parameters: list[str] = []
        self._points: list[list[str]] = []
        self._named = {"region": "", "metric": ""}
        self._point = 0

    def take(self, number: int, keyword: str, rest: str) -> None:
        """Read one line."""
        if keyword == "PARAMETER":
            self._parameters += rest.split()
        elif keyword == "POINTS":
            self._points += _points(rest)
        elif keyword in {"REGION", "METRIC"}:
            self._named[keyword.lower()] = rest
            self._point = 0
        elif keyword == "DATA":
            self._data(number, rest.split())
        elif keyword != "EXPERIMENT":
            self.refused.append(Refused(line=number, reason=f"{keyword} is no keyword of Extra-P"))

    def _data(self, number: int, values: list[str]) -> None:
        """Read the values of the next point."""
        if self._point >= len(self._points):
            reason = f"this DATA line has no point: POINTS names {len(self._points)}"
            self.refused.append(Refused(line=number, reason=reason))
            return
        point = dict(zip(self._parameters, self._points[self._point], strict=False))
        self._point += 1
        for value in values:
            cells = {TABLE: "1", **self._named, **point, VALUE: value}
            self.rows.append(Row(line=number, cells=cells))


def _points(rest: str) -> list[list[str]]:
    """Return the points of a line: groups in brackets, or plain values of one parameter."""
    groups = [group.replace(",", " ").split() for group in GROUPS.findall(rest)]
    return groups or [[word] for word in rest.split()]
