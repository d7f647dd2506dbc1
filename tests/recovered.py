"""Runs in which a worker was killed: a third benchmark of the simulated study, and its records.

    analysis = analyse_recoveries(tmp_path, edit=lambda run: ended(run, Outcome.HUNG))

Each of the six runs recovers 3.0 to 3.5 s after the kill and does 2 to 7 steps again.
"""

from pathlib import Path

from capstone_report.analysis.facts import Analysis
from capstone_report.results.records import Injected, Outcome, RunRecord, Sample
from capstone_report.results.values import LOST_STEPS, RECOVERY_TIME
from simulated import TIMES, Changes, Edit, analyse, around, case_id, reporting

KILLED = case_id("killed", workers=2)
INJECT = {"kill_worker": 1, "at_s": 5.0}
COMMAND = ["python", "pool.py", "--workers", "{workers}", "--seed", "{seed}"]
BENCHMARK = {
    "name": "killed",
    "command": COMMAND,
    "levels": {"workers": [2]},
    "inject": INJECT,
    "repeats": 6,
}


def recovered(run: RunRecord) -> RunRecord:
    """Return a run of the benchmark as it is recorded after a recovery; others as they are."""
    if run.case_id != KILLED:
        return run
    samples = (
        Sample(metric=LOST_STEPS, value=2.0 + run.repeat, unit="1", step=1),
        Sample(metric=RECOVERY_TIME, value=3.0 + run.repeat / 10, unit="s"),
    )
    injected = Injected(kill_worker=1, reported_after_s=2.0, killed_after_s=7.01)
    return run.model_copy(update={"samples": (*run.samples, *samples), "injected": injected})


def ended(run: RunRecord, outcome: Outcome) -> RunRecord:
    """Return a run that ended otherwise, and did not recover."""
    return run.model_copy(update={"outcome": outcome, "samples": ()})


def killed_with(**values: float) -> Edit:
    """Return an edit that gives the first run with a killed worker other results."""
    return lambda run: reporting(run, **values) if run.repeat == 0 else run


def analyse_recoveries(
    root: Path, *, edit: Edit = lambda run: run, others: Edit = lambda run: run, **changes: object
) -> Analysis:
    """Analyse the complete study with six recovered runs, each of which is passed through `edit`."""

    def edited(run: RunRecord) -> RunRecord:
        """Edit the runs with a killed worker, and the others otherwise."""
        return edit(recovered(run)) if run.case_id == KILLED else others(run)

    declared = {"benchmarks__2": dict(BENCHMARK)} | changes
    times = TIMES | {KILLED: around(20)}
    return analyse(root, times, edit=edited, **Changes(declared))
