"""One JSON object per line; what stands inside an object is named with dots."""

import json
from collections.abc import Iterator
from typing import ClassVar

from capstone_report.importing.formats.format import TABLE, Refused, Row, Table, TableFormat


class JsonLines(TableFormat):
    """Objects of names and values: {"params": {"p": 4}} has the column "params.p"."""

    kind: ClassVar[str] = "jsonl"

    def read(self, text: str) -> Table:
        """Return one row per object."""
        rows: list[Row] = []
        refused: list[Refused] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                said = json.loads(line)
            except (ValueError, RecursionError) as error:
                refused.append(Refused(line=number, reason=f"it is not JSON: {error}"))
                continue
            if not isinstance(said, dict):
                refused.append(Refused(line=number, reason="it is no object between { and }"))
                continue
            rows.append(Row(line=number, cells={TABLE: "1", **dict(_flat(said, ""))}))
        return Table(rows=tuple(rows), refused=tuple(refused))


def _flat(said: dict[str, object], above: str) -> Iterator[tuple[str, str]]:
    """Yield every value with its name; text stays as it is."""
    for name, value in said.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value if isinstance(value, str) else json.dumps(value)
