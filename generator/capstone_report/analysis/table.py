"""The records as one table, a row per attempt: the only place where pandas is used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study

FIXED = (
    "run_id", "case_id", "benchmark", "phase", "workers", "threads", "repeat", "attempt", "order",
    "started_at", "outcome", "wall_time_s", "cpu_time_s", "peak_memory_bytes", "other_load",
    "fingerprint",
)  # fmt: skip
WATCHED = {"wall_time_s", "cpu_time_s", "peak_memory_bytes", "other_load"}
"""What only who starts a run can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRuns:
    """The rows of one case and phase that count, in the order measured."""

    columns: Mapping[str, Sequence[float | None]]
    rows: Sequence[int]

    def column(self, name: str) -> tuple[float, ...]:
        """Return a column's values, empty ones left out."""
        values = (self.columns[name][row] for row in self.rows)
        return tuple(float(value) for value in values if value is not None)

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.rows)


class RunTable:
    """Every attempt of a study on one machine, with one column per declared metric."""

    def __init__(
        self, study: Study, records: Sequence[RunRecord], current: Sequence[RunRecord]
    ) -> None:
        """Reduce each run to one value per metric; a metric that a run lacks stays empty.

        Of the records, those that are `current` and ended well count.
        """
        metrics = {
            name: [
                run_value(r, name, unit=m.unit, kind=m.kind, scope=m.scope, direction=m.direction)
                for r in records
            ]
            for name, m in study.metrics.items()
        }
        fixed = {name: [_known(record, name) for record in records] for name in FIXED}
        self._columns = {**fixed, **metrics}
        # By case at once: looking through all rows for each case takes quadratic time.
        counting = {id(record) for record in current if record.outcome is Outcome.OK}
        self._counted = ["yes" if id(record) in counting else "no" for record in records]
        self._rows: defaultdict[tuple[str, Phase], list[int]] = defaultdict(list)
        for row, record in enumerate(records):
            if id(record) in counting:
                self._rows[record.case_id, record.phase].append(row)

    def counted(self, case_id: str, phase: Phase) -> CountedRuns:
        """Return the runs of one case and phase that ended well and are not stale."""
        return CountedRuns(columns=self._columns, rows=self._rows.get((case_id, phase), ()))

    def csv(self) -> str:
        """Return the table as CSV, in the order measured, with whether each run counts."""
        table = {**self._columns, "counted": self._counted}
        return pd.DataFrame(table).to_csv(index=False, lineterminator="\n")


def _known(record: RunRecord, name: str) -> Any:  # noqa: ANN401 - of any type
    """Return a fact of a record; empty where nobody watched the process, for it ran elsewhere."""
    return None if record.imported and name in WATCHED else getattr(record, name)
