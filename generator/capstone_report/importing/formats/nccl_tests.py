"""The text that nccl-tests prints: one line per message size, out of place and in place."""

import re
from typing import ClassVar

from capstone_report.importing.formats.format import TABLE, Refused, Row, Table, TableFormat

RANK_MARK = re.compile(r"^(?:\[\d+,(\d+)\]<std(?:out|err)>:|\[?\d+\]?: )?")
RANK = re.compile(r"#\s+Rank\s+(\d+)\s(?:.* on\s+(\S+\s+device\s+\d+))?")
RESULT = re.compile(r"\s*\d+\s+\d+\s+[a-z]\w*\s")
ABOUT = ("size", "count", "type", "redop", "root")
RESULTS = ("time", "algbw", "busbw", "wrong")
COLUMNS = (*ABOUT, *RESULTS, *(f"in_place_{name}" for name in RESULTS))
RANKS = "ranks"
"""The cell with the number of ranks: the highest that is listed, and one."""
ACCELERATORS = "accelerators"
"""The cell with the number of accelerators: the ranks, less those that share one with another rank listed."""


class NcclTests(TableFormat):
    """Sizes in B, times in us, algbw and busbw in GB/s, as the program's header says."""

    kind: ClassVar[str] = "nccl-tests"

    def read(self, text: str) -> Table:
        """Return one row per size; what a launcher puts before each line is taken off."""
        lines = [RANK_MARK.sub("", line, count=1) for line in text.splitlines()]
        listed = [found for line in lines if (found := RANK.match(line))]
        ranks = max((int(found[1]) for found in listed), default=0) + 1
        devices = [found[2] for found in listed if found[2]]
        sharing = len(devices) - len(set(devices))
        rows: list[Row] = []
        refused: list[Refused] = []
        for number, line in enumerate(lines, start=1):
            if not RESULT.match(line):
                continue
            words = line.split()
            if len(words) != len(COLUMNS):
                reason = f"{len(words)} numbers where nccl-tests prints {len(COLUMNS)}"
                refused.append(Refused(line=number, reason=reason))
                continue
            cells = dict(zip(COLUMNS, words, strict=True))
            cells |= {TABLE: "1", RANKS: str(ranks), ACCELERATORS: str(ranks - sharing)}
            rows.append(Row(line=number, cells=cells))
        return Table(rows=tuple(rows), refused=tuple(refused))
