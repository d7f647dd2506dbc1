"""The records as one table, a row per attempt: the only place where pandas is used."""

from collections.abc import Sequence

import pandas as pd

from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.results.values import run_value
from capstone_report.spec.study import Study

FIXED = (
    "run_id", "case_id", "benchmark", "phase", "workers", "threads", "repeat", "attempt", "order",
    "started_at", "outcome", "wall_time_s", "cpu_time_s", "peak_memory_bytes", "other_load",
    "fingerprint",
)  # fmt: skip


class RunTable:
    """Every attempt of a study on one machine, with one column per declared metric."""

    def __init__(self, study: Study, records: Sequence[RunRecord]) -> None:
        """Reduce each run to one value per metric; a metric that a run lacks stays empty."""
        metrics = {
            name: [
                run_value(r, name, unit=m.unit, kind=m.kind, scope=m.scope, direction=m.direction)
                for r in records
            ]
            for name, m in study.metrics.items()
        }
        fixed = {name: [getattr(record, name) for record in records] for name in FIXED}
        self._frame = pd.DataFrame({**fixed, **metrics})

    def counted(self, case_id: str, fingerprint: str, phase: Phase) -> "RunTable":
        """Return the runs of one case and phase that ended well and are not stale."""
        frame = self._frame
        return self._where(
            (frame["case_id"] == case_id)
            & (frame["fingerprint"] == fingerprint)
            & (frame["phase"] == phase)
            & (frame["outcome"] == Outcome.OK)
        )

    def column(self, name: str) -> tuple[float, ...]:
        """Return a column's values in the order measured, empty ones left out."""
        return tuple(float(value) for value in self._frame[name].dropna())

    def __len__(self) -> int:
        """Return the number of attempts."""
        return len(self._frame)

    def csv(self) -> str:
        """Return the table as CSV, in the order measured."""
        return self._frame.to_csv(index=False, lineterminator="\n")

    def _where(self, mask: "pd.Series[bool]") -> "RunTable":
        """Return the rows of a mask as a table of their own."""
        table = RunTable.__new__(RunTable)
        table._frame = self._frame[mask]  # noqa: SLF001 - the same class
        return table
