"""What Ray's words for a job mean for a run.

The words are those of the class JobStatus in Ray's reference, the reasons those of JobErrorType. Ray
writes all of its own troubles as FAILED, so that the reason decides what became of a run.
"""

from capstone_report.measure.away.states import Words
from capstone_report.results.records import Outcome

ENDINGS = {
    "SUCCEEDED": (Outcome.INTERRUPTED, "ended without an answer"),
    "FAILED": (Outcome.FAILED, "failed before it could answer"),
    "STOPPED": (Outcome.INTERRUPTED, "was cancelled"),
}
CAUSES = {
    "JOB_SUPERVISOR_ACTOR_START_TIMEOUT": (
        Outcome.INTERRUPTED,
        "waited for longer than the head allows; start it with RAY_JOB_START_TIMEOUT_SECONDS",
    ),
    "JOB_SUPERVISOR_ACTOR_START_FAILURE": (Outcome.FAILED, "could not be started by Ray"),
    "JOB_SUPERVISOR_ACTOR_DIED": (Outcome.INTERRUPTED, "lost its machine, or was killed there"),
    "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE": (
        Outcome.FAILED,
        "asked for a machine that the cluster does not have",
    ),
    "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE": (Outcome.INTERRUPTED, "was lost by Ray"),
    "RUNTIME_ENV_SETUP_FAILURE": (Outcome.FAILED, "got no environment from Ray"),
}
RAY = Words(
    kind="ray",
    title="Ray",
    waiting={"PENDING"},
    endings=ENDINGS,
    well="SUCCEEDED",
    silent={"SUCCEEDED", "FAILED"},
    causes=CAUSES,
    requeues=False,
    # A job that is stopped before it has begun is kept, begins, and ends at once.
    cancels_waiting=False,
)
