"""A cluster as a campaign sees it: its machines, what makes runs there, and what was left there."""

from pathlib import Path
from typing import Protocol

from capstone_report.errors import UsageError
from capstone_report.findings.environment import NOT_INSIDE_A_JOB
from capstone_report.measure.away.ray import Ray
from capstone_report.measure.away.ray_cluster import RayCluster
from capstone_report.measure.away.slurm_cluster import Cluster, SlurmCluster
from capstone_report.measure.guard.client import Stopping
from capstone_report.measure.starting import Starter
from capstone_report.results.records import Environment
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.through import declared_scheduler, through
from capstone_report.spec.workspace import ClusterSite, Workspace


class Elsewhere(Protocol):
    """Machines that a scheduler gives."""

    @property
    def name(self) -> str:
        """Return what the names of its results folders begin with."""

    @property
    def brings_software(self) -> bool:
        """Tell whether programs find other software there than here."""

    def survey(self, study_folder: Path, *, with_torch: bool) -> Environment:
        """Return what its machines are, as a job on one of them finds.

        Raises:
            MachineError: it gave none.
            LockedError: another process asks the same for the same study.
            Stopped: a signal ended the wait for it.
        """

    def starter(
        self, machine_folder: Path, environment: Environment, stopping: Stopping
    ) -> Starter:
        """Return what makes runs there."""

    def require_collected(self, results: Path) -> None:
        """Refuse to go on beside runs that were submitted and are not yet collected.

        Raises:
            LockedError: there are some.
        """

    def end_attached(self, machine_folder: Path) -> None:
        """End the jobs that a killed campaign left.

        Raises:
            LockedError: they do not end.
        """


def elsewhere_for(
    loaded: LoadedStudy, asked: str | None, workspace: Workspace
) -> tuple[LoadedStudy, Cluster[ClusterSite] | None]:
    """Return a study as it is to be measured and the cluster that it asks for, or a user for it.

    Raises:
        UsageError: a launcher of the study has no place inside a job.
    """
    kind = asked or declared_scheduler(loaded.study)
    return (loaded, None) if kind is None else inside(loaded, kind, workspace)


def inside(
    loaded: LoadedStudy, kind: str, workspace: Workspace
) -> tuple[LoadedStudy, Cluster[ClusterSite]]:
    """Return a study whose runs are jobs, and the cluster that they are jobs of.

    Raises:
        UsageError: a launcher of the study has no place inside a job.
    """
    try:
        return through(loaded, kind), cluster_of(kind, workspace)
    except ValueError as error:
        where = f"specs/{loaded.id}/study.toml"
        raise UsageError(NOT_INSIDE_A_JOB(where, reason=str(error), scheduler=kind)) from error


def cluster_of(kind: str, workspace: Workspace) -> Cluster[ClusterSite]:
    """Return the cluster of a scheduler, as a workspace describes it."""
    if kind == "ray":
        return RayCluster(site=workspace.ray, ray=Ray(address=workspace.ray.address))
    return SlurmCluster(site=workspace.slurm)
