"""Tables with a header line and a separator: a comma, a semicolon or a tab."""

import csv
from typing import ClassVar

from capstone_report.importing.formats.format import TABLE, Refused, Row, Table, TableFormat

SEPARATORS = (",", ";", "\t")


class Separated(TableFormat):
    """CSV as RFC 4180 has it; lines that begin with # are comments."""

    kind: ClassVar[str] = "csv"

    def read(self, text: str) -> Table:
        """Return one row per line below the header; a row must have as many cells as it."""
        kept = [
            (number, line)
            for number, line in enumerate(text.splitlines(), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if not kept:
            return Table(rows=())
        separator = max(SEPARATORS, key=kept[0][1].count)
        reader = csv.reader((line for _, line in kept), delimiter=separator, strict=True)
        rows: list[Row] = []
        refused: list[Refused] = []
        header: list[str] = []
        try:
            for written in reader:
                number, cells = kept[reader.line_num - 1][0], [cell.strip() for cell in written]
                if not header:
                    header = cells
                elif len(cells) != len(header):
                    reason = f"the row has {len(cells)} cells, the header has {len(header)}"
                    refused.append(Refused(line=number, reason=reason))
                else:
                    named = dict(zip(header, cells, strict=True))
                    rows.append(Row(line=number, cells={TABLE: "1", **named}))
        except csv.Error as error:
            refused.append(Refused(line=kept[reader.line_num - 1][0], reason=str(error)))
        return Table(rows=tuple(rows), refused=tuple(refused))
