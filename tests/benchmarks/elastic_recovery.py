"""How often, and how fast, an elastic run recovers from the loss of a worker; prints a table.

Ten runs of two workers on gloo lose one of them to SIGKILL in the middle of the training; one run
loses none. On a quiet machine: make bench.
"""

import tempfile
from pathlib import Path

from capstone_report.results.records import Outcome, RunRecord
from capstone_report.results.values import LOST_STEPS, RECOVERY_TIME
from elastic_study import lose_workers

TRIES = 10


def value(run: RunRecord, metric: str) -> float | None:
    """Return the last value that a run reported of a metric; None without any."""
    return next((s.value for s in reversed(run.samples) if s.metric == metric), None)


def cell(number: float | None, form: str) -> str:
    """Return a number as the table holds it."""
    return "-" if number is None else format(number, form)


def main() -> None:
    """Run, print a line per try, and the count."""
    with tempfile.TemporaryDirectory() as folder:
        analysis, (whole, *killed) = lose_workers(Path(folder), tries=TRIES)
    expected = value(whole, "final_loss")
    print(f"without a fault: {whole.outcome}, final loss {cell(expected, '.9g')}")
    print("try  outcome     killed at  recovery  resumed at  lost steps  same loss")
    for number, run in enumerate(killed, start=1):
        killed_s = run.injected.killed_after_s if run.injected else None
        same = "yes" if value(run, "final_loss") == expected is not None else "no"
        print(
            f"{number:3}  {run.outcome:<10}  {cell(killed_s, '7.2f')} s"
            f"  {cell(value(run, RECOVERY_TIME), '6.2f')} s"
            f"  {cell(value(run, 'resumed_step'), '10.0f')}"
            f"  {cell(value(run, LOST_STEPS), '10.0f')}  {same:>9}"
        )
    recovered = sum(run.outcome is Outcome.OK for run in killed)
    print(f"{recovered} of {len(killed)} recovered")
    for fact in analysis.recoveries:
        if fact.recovery_time and fact.lost_steps:
            print(
                f"median recovery time {fact.recovery_time.value:.2f} s, "
                f"median lost steps {fact.lost_steps.value:g}"
            )


if __name__ == "__main__":
    main()
