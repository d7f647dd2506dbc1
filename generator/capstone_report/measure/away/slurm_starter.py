"""Makes runs as jobs of a scheduler, one after the other, while capstone waits."""

import contextlib
import select
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from capstone_report.errors import MachineError
from capstone_report.findings.environment import NO_TIDINGS
from capstone_report.measure.away.answers import NoAnswerError, RefusedError
from capstone_report.measure.away.following import Following
from capstone_report.measure.away.states import SeenJob
from capstone_report.measure.away.submitting import Request, Taker, prepare, submit
from capstone_report.measure.guard.client import TICK_S, NotStartedError, Stopping
from capstone_report.measure.guard.messages import Ended, Ending, Order
from capstone_report.measure.starting import EndedElsewhere
from capstone_report.spec.workspace import ClusterSite
from capstone_report.units import Seconds

# A scheduler is asked soon at first, then ever more rarely: it serves many.
SOONEST_S: Seconds = 1.0
RAREST_S: Seconds = 15.0
SLOWER = 1.2


class _StoppedError(Exception):
    """A stop was asked for before there was a job."""


class SlurmStarter:
    """Submits a job for each run and stays with it to its end."""

    def __init__(
        self,
        queue: Taker[ClusterSite],
        jobs: Path,
        request: Request[ClusterSite],
        *,
        stopping: Stopping | None = None,
        tick: Callable[[Seconds], None] = lambda _: None,
    ) -> None:
        """Begin without a job; each gets a folder of its own below `jobs`."""
        self._queue, self._jobs, self._request = queue, jobs, request
        self._stopping, self.tick = stopping, tick
        self._told = 0

    def run(self, order: Order) -> Ended:
        """Have a program run inside a job to its end, whatever ends it.

        Whatever else is raised meanwhile cancels the job first.

        Raises:
            NotStartedError: the program could not be started there.
            MachineError: Slurm does not answer; a job that there may be is looked for later.
        """
        folder = self._jobs / Path(order.output).name
        request = replace(self._request, nodes=order.nodes)
        self._told, started = 0, time.monotonic()
        submitted = prepare({folder: order}, request)
        try:
            submitted = submit(
                self._queue,
                [folder],
                request,
                submitted,
                deadline=started + request.site.queue_limit_s,
                wait=lambda: self._pause_before_a_job(started),
            )
        except _StoppedError:
            return Ended(ending=Ending.STOPPED, wall_time_s=0.0, exit_code=None, signal=None)
        except RefusedError as error:
            shutil.rmtree(folder)
            raise NotStartedError(0, f"{self._queue.words.title}: {error}", "a job") from error
        except NoAnswerError as error:  # there may be a job, which is looked for later
            raise self._no_answer(order, str(error)) from error
        following = Following(
            self._queue, folder, submitted, queue_limit_s=request.site.queue_limit_s
        )
        try:
            ended = self._follow(following, order, started)
        except NotStartedError:
            shutil.rmtree(folder)
            raise
        except BaseException:
            following.cancel()
            raise
        shutil.rmtree(folder)
        return ended

    def _follow(self, following: Following, order: Order, started: float) -> EndedElsewhere:
        """Look after a job until it has ended.

        Raises:
            MachineError: the scheduler does not answer any more.
        """
        pace_s, asked = SOONEST_S, 0.0
        while True:
            now = time.monotonic()
            if now >= asked + (SOONEST_S if following.has_answered else pace_s):
                before, asked = following.standing, now
                if ended := following.look(self._jobs_seen()):
                    return ended
                if following.is_overdue:
                    raise self._no_answer(order, following.lost)
                changed = before is not following.standing
                pace_s = SOONEST_S if changed else min(RAREST_S, SLOWER * pace_s)
            if self._asked_to_stop():
                following.cancel(at_once=self._told > 1)
                pace_s = SOONEST_S
            self._pause(started)

    def _jobs_seen(self) -> list[SeenJob] | None:
        """Return the jobs that the scheduler knows; None where it does not answer."""
        with contextlib.suppress(NoAnswerError, RefusedError):
            return self._queue.jobs()
        return None

    def _pause_before_a_job(self, started: float) -> None:
        """Pass some time while there is no job; a stop ends the attempt to get one."""
        again = time.monotonic() + SOONEST_S
        while time.monotonic() < again:
            if self._asked_to_stop():
                raise _StoppedError
            self._pause(started)

    def _pause(self, started: float) -> None:
        """Pass a moment, or less where somebody asks to stop."""
        select.select([self._stopping] if self._stopping else [], [], [], TICK_S)
        self.tick(time.monotonic() - started)

    def _asked_to_stop(self) -> bool:
        """Tell whether a stop was asked for that has not been passed on."""
        asked = self._stopping.stops() if self._stopping else 0
        more, self._told = asked > self._told, max(asked, self._told)
        return more

    def _no_answer(self, order: Order, reason: str) -> MachineError:
        """Return the error that a campaign ends with whose job nobody can tell of."""
        where, kind = f"specs/{Path(order.cwd).name}", self._queue.words.kind
        return MachineError(NO_TIDINGS(where, scheduler=kind, reason=reason))
