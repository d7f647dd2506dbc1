"""One job followed: every end of it, and every deadline, by the clocks of a test."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away import following, submitting
from capstone_report.measure.away.following import Following
from capstone_report.measure.away.slurm import Slurm
from capstone_report.measure.away.states import SeenJob, Standing
from capstone_report.measure.away.submitting import BESIDE_S, Submitted
from capstone_report.measure.guard.client import NotStartedError
from capstone_report.measure.guard.messages import Ended, Ending
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.results.records import Outcome
from scripted_slurm import ScriptedSlurm

WELL = Ended(ending=Ending.OWN, wall_time_s=1.5, exit_code=0, signal=None)
MARK = "capstone-abc"
LIMIT_S, QUEUE_S = 10.0, 100.0

Follow = Callable[..., Following]


class Clock:
    """Both clocks, as a test sets them."""

    def __init__(self) -> None:
        """Begin at some moment."""
        self.now = 1_000_000.0

    def monotonic(self) -> float:
        """Return the monotonic clock."""
        return self.now - 500_000.0

    def time(self) -> float:
        """Return the wall clock."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that whoever follows a job reads."""
    clock = Clock()
    monkeypatch.setattr(following, "time", clock)
    return clock


@pytest.fixture
def follow(tmp_path: Path, scripted: ScriptedSlurm, clock: Clock) -> Follow:
    """Follow a job that was submitted so many seconds ago."""

    def begin(*, age_s: float = 0.0, number: str | None = "7") -> Following:
        submitted = Submitted(
            mark=MARK, name="x", limit_s=LIMIT_S, id=number, at=clock.time() - age_s
        )
        slurm = Slurm(surroundings=scripted.environment)
        return Following(slurm, tmp_path, submitted, queue_limit_s=QUEUE_S)

    return begin


def job(state: str, reason: str = "None", **moments: float) -> SeenJob:
    """Return the followed job as the queue shows it."""
    known = {"submitted": None, "started": None, "ended": None} | moments
    return SeenJob(
        id="7",
        state=state,
        reason=reason,
        nodes=1,
        comment=MARK,
        submitted=known["submitted"],
        started=known["started"],
        ended=known["ended"],
    )


def judged(ended: EndedElsewhere | None) -> tuple[Outcome, str]:
    """Return what a scheduler's word made of a run."""
    assert ended is not None
    assert ended.verdict is not None
    return ended.verdict


def test_a_job_that_answered_and_ended_is_what_it_answered(
    follow: Follow, tmp_path: Path, clock: Clock
) -> None:
    following_it, then = follow(), clock.time()
    assert following_it.look([job("PENDING", "Priority")]) is None
    stood = [following_it.standing]
    assert following_it.look([job("RUNNING", started=then)]) is None
    assert [*stood, following_it.standing] == [Standing.WAITING, Standing.RUNNING]
    job_folder.write_ended(tmp_path, WELL)
    assert following_it.has_answered

    ended = following_it.look([job("COMPLETED", submitted=then - 4, started=then, ended=then + 2)])

    assert ended is not None
    assert (ended.exit_code, ended.wall_time_s, ended.verdict) == (0, 1.5, None)
    assert (ended.job.id, ended.job.state, ended.job.queued_s) == ("7", "COMPLETED", 4.0)
    assert ended.started_at == "1970-01-12T13:46:40+00:00"


def test_a_shared_disk_may_show_an_answer_late(
    follow: Follow, tmp_path: Path, clock: Clock
) -> None:
    following_it = follow()
    done = job("COMPLETED", started=clock.time(), ended=clock.time())
    assert following_it.look([done]) is None
    clock.now += following.LATE_S - 1
    assert following_it.look([done]) is None

    job_folder.write_ended(tmp_path, WELL)

    ended = following_it.look([done])
    assert ended is not None
    assert ended.verdict is None


def test_a_job_that_ended_without_an_answer_is_told_by_slurms_word(
    follow: Follow, clock: Clock
) -> None:
    following_it = follow()
    done = job("COMPLETED", started=clock.time(), ended=clock.time() + 3)
    following_it.look([done])
    clock.now += following.LATE_S + 4

    ended = following_it.look([done])

    assert judged(ended) == (
        Outcome.INTERRUPTED,
        "job 7 ended without an answer (Slurm: COMPLETED)",
    )
    assert ended is not None
    assert ended.wall_time_s == 3.0


def test_a_job_that_never_began_owes_no_answer(follow: Follow) -> None:
    outcome, message = judged(follow().look([job("CANCELLED")]))

    assert outcome is Outcome.INTERRUPTED
    assert message == "job 7 was cancelled (Slurm: CANCELLED)"


def test_a_program_that_could_not_be_started_there_is_refused_as_here(
    follow: Follow, tmp_path: Path
) -> None:
    job_folder.write_refused(tmp_path, FileNotFoundError(2, "No such file", "x"))

    with pytest.raises(NotStartedError):
        follow().look([job("COMPLETED")])


@pytest.mark.parametrize(
    ("seen", "outcome", "words"),
    [
        (job("PENDING", "DependencyNeverSatisfied"), "failed", "could never start"),
        (job("PENDING", "BadConstraints"), "failed", "could never start: BadConstraints"),
    ],
)
def test_a_job_that_can_never_start_is_cancelled(
    follow: Follow, scripted: ScriptedSlurm, seen: SeenJob, outcome: str, words: str
) -> None:
    following_it = follow()

    assert following_it.look([seen]) is None
    assert scripted.asked == ["scancel 7"]
    judgement = judged(following_it.look([job("CANCELLED")]))

    assert judgement[0] == outcome
    assert words in judgement[1]


def test_a_job_that_was_put_back_into_the_queue_is_not_trusted(
    follow: Follow, tmp_path: Path, scripted: ScriptedSlurm
) -> None:
    following_it = follow()
    job_folder.begin(tmp_path, "7")

    assert following_it.look([job("REQUEUED")]) is None
    assert scripted.asked == ["scancel 7"]

    assert "put back into the queue" in judged(following_it.look([job("CANCELLED")]))[1]


@pytest.mark.parametrize("age_s", [0.0, QUEUE_S - 1])
def test_the_queue_has_a_limit_that_counts_from_the_submission(
    follow: Follow, clock: Clock, scripted: ScriptedSlurm, age_s: float
) -> None:
    following_it = follow(age_s=age_s)
    waiting = job("PENDING", "Priority")
    clock.now += QUEUE_S - age_s - 0.5
    assert following_it.look([waiting]) is None
    assert scripted.asked == []

    clock.now += 1
    assert following_it.look([waiting]) is None
    assert scripted.asked == ["scancel 7"]

    outcome, message = judged(following_it.look([job("CANCELLED")]))
    assert outcome is Outcome.INTERRUPTED
    assert "s in the queue (Priority)" in message


def test_the_queues_limit_begins_when_no_job_of_ours_is_before_it(
    follow: Follow, tmp_path: Path, clock: Clock, scripted: ScriptedSlurm
) -> None:
    following_it = follow()
    clock.now += 5 * QUEUE_S
    assert following_it.look([job("PENDING", "Dependency")]) is None
    assert following_it.look([job("PENDING", "Dependency")]) is None

    known = submitting.known(tmp_path)
    assert known is not None
    slurm = Slurm(surroundings=scripted.environment)
    from_another_shell = Following(slurm, tmp_path, known, queue_limit_s=QUEUE_S)
    clock.now += QUEUE_S - 1
    assert from_another_shell.look([job("PENDING", "Priority")]) is None
    assert scripted.asked == []
    clock.now += 2
    assert from_another_shell.look([job("PENDING", "Priority")]) is None

    assert scripted.asked == ["scancel 7"]


@pytest.mark.parametrize("state", ["RUNNING", "COMPLETING", "TELEPORTED"])
def test_a_job_that_runs_has_a_limit_even_in_a_state_that_nobody_knows(
    follow: Follow, clock: Clock, scripted: ScriptedSlurm, state: str
) -> None:
    following_it, began = follow(), clock.time()
    clock.now += 5 * QUEUE_S  # however long it waited
    running = job(state, started=clock.time())
    assert following_it.look([running]) is None
    clock.now += LIMIT_S + BESIDE_S - 1
    assert following_it.look([running]) is None
    assert scripted.asked == []

    clock.now += 2
    assert following_it.look([running]) is None
    assert scripted.asked == ["scancel 7"]
    assert began < clock.time()

    outcome, message = judged(following_it.look([job("CANCELLED")]))
    assert outcome is Outcome.TIMEOUT
    assert f"was still {state} 310 s after it had begun" in message


def test_a_job_that_cannot_even_be_cancelled_is_given_up(follow: Follow, clock: Clock) -> None:
    following_it = follow()
    stuck = job("COMPLETING", started=clock.time())
    following_it.look([stuck])
    following_it.cancel()
    clock.now += following.CANCELLED_S - 1
    assert following_it.look([stuck]) is None
    clock.now += 2

    outcome, message = judged(following_it.look([stuck]))

    assert outcome is Outcome.INTERRUPTED
    assert "nobody knows what became of job 7, last seen COMPLETING" in message


def test_a_cancel_that_got_no_answer_is_asked_again(
    follow: Follow, scripted: ScriptedSlurm
) -> None:
    following_it = follow()
    trouble = scripted.mark("scancel.says", "Unable to contact slurm controller")
    following_it.cancel()
    trouble.unlink()

    following_it.look([job("RUNNING")])
    following_it.look([job("RUNNING")])

    assert scripted.asked == ["scancel 7", "scancel 7"]


def test_a_job_without_a_number_cannot_be_cancelled_yet(
    follow: Follow, scripted: ScriptedSlurm
) -> None:
    following_it = follow(number=None)
    following_it.cancel()
    assert scripted.asked == []

    following_it.look([job("RUNNING")])

    assert scripted.asked == ["scancel 7"]


def test_a_job_that_slurm_has_forgotten_is_what_it_answered(follow: Follow, tmp_path: Path) -> None:
    job_folder.write_ended(tmp_path, WELL)

    ended = follow().look([])

    assert ended is not None
    assert (ended.verdict, ended.job.state) == (None, "UNKNOWN")


def test_a_job_that_slurm_does_not_know_may_be_one_that_it_knows_soon(
    follow: Follow, clock: Clock
) -> None:
    following_it = follow()
    assert following_it.look([]) is None
    clock.now += following.LATE_S + 1

    outcome, message = judged(following_it.look([]))

    assert outcome is Outcome.INTERRUPTED
    assert "Slurm knows nothing of job 7 any more" in message


def test_a_controller_that_is_away_ends_no_job_however_old(follow: Follow, clock: Clock) -> None:
    following_it = follow(age_s=10 * (QUEUE_S + LIMIT_S + BESIDE_S))

    assert following_it.look(None) is None
    overdue = [following_it.is_overdue]
    clock.now += following.CANCELLED_S + 1

    assert following_it.look(None) is None
    assert [*overdue, following_it.is_overdue] == [False, True]
    assert "nobody knows what became of job 7, last seen UNKNOWN" in following_it.lost


def test_an_answer_begins_the_patience_with_a_controller_anew(follow: Follow, clock: Clock) -> None:
    following_it = follow(age_s=10 * (QUEUE_S + LIMIT_S + BESIDE_S))
    following_it.look(None)
    clock.now += following.CANCELLED_S + 1

    assert following_it.look([job("RUNNING", started=clock.time())]) is None
    assert not following_it.is_overdue


def test_a_job_that_cannot_be_cancelled_yet_is_not_given_up_at_once(
    follow: Follow, clock: Clock, scripted: ScriptedSlurm
) -> None:
    scripted.mark("scancel.says", "Unable to contact slurm controller")
    following_it = follow(age_s=10 * (QUEUE_S + LIMIT_S + BESIDE_S))
    waiting = job("PENDING", "Priority")

    assert following_it.look([waiting]) is None
    clock.now += following.CANCELLED_S + 1

    assert "last seen PENDING" in judged(following_it.look([waiting]))[1]


def test_an_answer_counts_though_the_controller_stays_away(
    follow: Follow, tmp_path: Path, clock: Clock
) -> None:
    following_it = follow()
    following_it.look([job("RUNNING", started=clock.time())])
    job_folder.write_ended(tmp_path, WELL)
    assert following_it.look(None) is None
    clock.now += following.LATE_S + 1

    ended = following_it.look(None)

    assert ended is not None
    assert (ended.exit_code, ended.job.state) == (0, "RUNNING")


def test_of_two_jobs_with_one_mark_the_one_that_began_is_followed(
    follow: Follow, tmp_path: Path
) -> None:
    job_folder.begin(tmp_path, "8")
    job_folder.write_ended(tmp_path, WELL)
    twins = [
        SeenJob(
            id=number,
            state=state,
            reason="",
            nodes=1,
            comment=MARK,
            submitted=None,
            started=None,
            ended=None,
        )
        for number, state in (("7", "PENDING"), ("8", "COMPLETED"))
    ]

    ended = follow().look(twins)

    assert ended is not None
    assert ended.job.id == "8"


@pytest.mark.parametrize(
    ("number", "comment", "later_s", "is_found"),
    [
        ("9", MARK, 0.0, True),
        ("9", f"site=a;{MARK};power=low", 0.0, True),
        ("7", "(null)", 0.0, True),
        ("7", "written by the site", -submitting.CLOCKS_APART_S / 2, True),
        ("7", "written by the site", -submitting.CLOCKS_APART_S * 2, False),
        ("7", "", -submitting.CLOCKS_APART_S * 2, False),
        ("7", "capstone-xyz", 0.0, False),
        ("9", "", 0.0, False),
    ],
)
def test_a_job_is_known_by_its_mark_or_by_its_number_where_a_site_rewrites_marks(
    number: str, comment: str, later_s: float, *, is_found: bool
) -> None:
    submitted = Submitted(mark=MARK, name="x", limit_s=LIMIT_S, id="7", at=5000.0)
    known = replace(job("RUNNING", submitted=5000.0 + later_s), id=number, comment=comment)

    assert (submitted.among([known]) is not None) is is_found
