"""Slurm's words: where a job stands, what became of it, and what a run says itself."""

import pytest

from capstone_report.measure.away.states import ENDINGS, WAITING, SeenJob, Standing, verdict
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.results.records import Outcome

WELL = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=0, signal=None)
BADLY = Ended(ending=Ending.OWN, wall_time_s=1.0, exit_code=1, signal=None)
STOPPED = Ended(ending=Ending.STOPPED, wall_time_s=1.0, exit_code=None, signal=15)
TOO_LATE = Ended(ending=Ending.TIMEOUT, wall_time_s=1.0, exit_code=None, signal=15)


def seen(state: str, reason: str = "None", /, **moments: float | None) -> SeenJob:
    """Return a job in a state."""
    known = {"submitted": 1000.0, "started": 1010.0, "ended": 1030.0} | moments
    return SeenJob(
        id="7",
        state=state,
        reason=reason,
        nodes=2,
        comment="",
        submitted=known["submitted"],
        started=known["started"],
        ended=known["ended"],
    )


@pytest.mark.parametrize("state", sorted(WAITING))
def test_what_has_not_begun_waits(state: str) -> None:
    assert seen(state).standing is Standing.WAITING


@pytest.mark.parametrize("state", ["RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING"])
def test_what_still_has_machines_runs(state: str) -> None:
    assert seen(state).standing is Standing.RUNNING


def test_a_word_that_nobody_knows_is_no_end() -> None:
    assert seen("TELEPORTED").standing is Standing.RUNNING


@pytest.mark.parametrize("state", sorted(ENDINGS))
def test_a_run_that_ended_well_counts_whatever_became_of_its_job(state: str) -> None:
    assert seen(state).standing is Standing.ENDED
    assert verdict(seen(state), WELL) is None


@pytest.mark.parametrize("state", sorted(ENDINGS))
def test_a_limit_of_capstones_own_tells_more_than_slurm(state: str) -> None:
    assert verdict(seen(state), TOO_LATE) is None


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("CANCELLED", Outcome.INTERRUPTED),
        ("NODE_FAIL", Outcome.INTERRUPTED),
        ("BOOT_FAIL", Outcome.INTERRUPTED),
        ("PREEMPTED", Outcome.INTERRUPTED),
        ("TIMEOUT", Outcome.TIMEOUT),
        ("OUT_OF_MEMORY", Outcome.FAILED),
    ],
)
@pytest.mark.parametrize("ended", [STOPPED, BADLY, None])
def test_what_ended_the_job_ended_a_run_that_was_stopped(
    state: str, outcome: Outcome, ended: Ended | None
) -> None:
    judged = verdict(seen(state), ended)

    assert judged is not None
    assert judged[0] is outcome
    assert state in judged[1]


@pytest.mark.parametrize(("state", "outcome"), [("COMPLETED", "interrupted"), ("FAILED", "failed")])
def test_a_job_that_ended_by_itself_is_judged_by_its_answer(state: str, outcome: str) -> None:
    assert verdict(seen(state), BADLY) is None
    assert verdict(seen(state), STOPPED) is None
    without = verdict(seen(state), None)
    assert without is not None
    assert without[0] == outcome


def test_a_job_waits_for_ever_for_what_will_never_be() -> None:
    assert seen("PENDING", "DependencyNeverSatisfied").can_never_start
    assert not seen("PENDING", "Priority").can_never_start
    assert not seen("RUNNING", "BadConstraints").can_never_start


@pytest.mark.parametrize(
    ("moments", "queued_s", "ran_s"),
    [
        ({}, 10.0, 20.0),
        ({"started": None}, 30.0, 0.0),
        ({"started": None, "ended": None}, 0.0, 0.0),
        ({"submitted": None}, 0.0, 20.0),
        ({"submitted": 2000.0}, 0.0, 20.0),
    ],
)
def test_the_time_in_the_queue_ends_where_the_run_begins(
    moments: dict[str, float | None], queued_s: float, ran_s: float
) -> None:
    job = seen("COMPLETED", "None", **moments)

    assert (job.queued_s, job.ran_s) == (queued_s, ran_s)
