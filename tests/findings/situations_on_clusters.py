"""What a cluster's scheduler may answer, for real, with Slurm's commands as scripts."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

from capstone_report.errors import CapstoneError
from capstone_report.launchers.launcher import Allocation, Launcher
from capstone_report.measure.away import detaching
from capstone_report.measure.away.collecting import collect
from capstone_report.measure.away.detaching import Detached, submit_missing
from capstone_report.measure.away.elsewhere import elsewhere_for
from capstone_report.measure.away.outstanding import write_opening
from capstone_report.measure.away.ray import Ray
from capstone_report.measure.away.slurm import Slurm
from capstone_report.measure.away.slurm_cluster import SlurmCluster
from capstone_report.measure.away.submitting import Submitted, keep
from capstone_report.measure.options import Options
from capstone_report.results.machines import JOBS
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.spec.workspace import SlurmSite
from findings.situation import Seen
from scripted_ray import Head
from scripted_slurm import ScriptedSlurm
from simulated import ENVIRONMENT, load, write_workspace


class Carrier(Launcher):
    """Starts a program by a pigeon."""

    kind: ClassVar[str] = "carrier"

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        """Return the command line."""
        return ["pigeon", str(allocation.workers), *program]


def raised(action: Callable[[], object]) -> list[str]:
    """Return the codes of the error that an action ends with; none when it succeeds."""
    try:
        action()
    except CapstoneError as error:
        return [problem.code for problem in error.problems]
    return []


def cluster_in(root: Path, partition: str | None = None) -> tuple[ScriptedSlurm, SlurmCluster]:
    """Return a scripted queue and the cluster that capstone sees in it."""
    scripted = ScriptedSlurm(root / "slurm")
    slurm = Slurm(surroundings=scripted.environment)
    return scripted, SlurmCluster(site=SlurmSite(partition=partition), slurm=slurm)


def cap615(root: Path) -> Seen:
    """A job that was submitted to be collected later, and none."""
    _, cluster = cluster_in(root)
    results = root / "results"
    folder = cluster.jobs_folder(results / "slurm-x") / "serial-0"
    good = raised(lambda: cluster.require_collected(results))
    folder.mkdir()
    write_opening(folder, {})
    return Seen(
        bad=raised(lambda: cluster.require_collected(results)),
        good=good,
    )


def cap616(root: Path) -> Seen:
    """The job of a killed run beside a scheduler that does not answer, and beside one that does."""
    scripted, cluster = cluster_in(root)
    folder = root / JOBS / "serial-0"
    folder.mkdir(parents=True)
    keep(folder, Submitted(mark="capstone-1", name="capstone", limit_s=1.0, id="1"))
    trouble = scripted.mark(
        "squeue.says", "slurm_load_jobs error: Unable to contact slurm controller"
    )
    impatient = replace(cluster, cleared_s=0.0)
    bad = raised(lambda: impatient.end_attached(root))
    trouble.unlink()
    return Seen(bad=bad, good=raised(lambda: impatient.end_attached(root)))


def cap713(root: Path) -> Seen:
    """A partition that is not there, and the cluster's own default."""

    def surveyed(name: str, partition: str | None) -> list[str]:
        study = write_workspace(root / name) / "specs"
        _, cluster = cluster_in(root / name, partition)
        (folder,) = study.iterdir()
        return raised(lambda: cluster.survey(folder, with_torch=False))

    return Seen(bad=surveyed("bad", "mian"), good=surveyed("good", None))


def cap714(root: Path) -> Seen:
    """A launcher that no job can start, and one that any can."""
    write_workspace(root)
    loaded, workspace = load(root), load_project(root).workspace
    odd = loaded.study.benchmarks[0].model_copy(update={"launcher": Carrier()})
    benchmarks = (odd, *loaded.study.benchmarks[1:])
    carried = replace(loaded, study=loaded.study.model_copy(update={"benchmarks": benchmarks}))
    return Seen(
        bad=raised(lambda: elsewhere_for(carried, "slurm", workspace)),
        good=raised(lambda: elsewhere_for(loaded, "slurm", workspace)),
    )


def cap715(root: Path) -> Seen:
    """Ray where it is not installed, and where it is."""
    head = Head(root)
    with patch.dict(sys.modules, {"ray": None}):
        bad = raised(Ray(address=head.address).jobs)
    return Seen(bad=bad, good=raised(Ray(address=head.address, connect=head.connect).jobs))


def submitted(loaded: LoadedStudy, cluster: SlurmCluster) -> Detached:
    """Submit what a study misses, as if a survey had told of the machines."""
    with patch.object(detaching, "_known_environment", lambda *_: ENVIRONMENT):
        return submit_missing(loaded, cluster, Options(), lambda _: None)


def cap716(root: Path) -> Seen:
    """A queue that refuses to be asked how jobs stand, and one that tells."""
    write_workspace(root)
    loaded, (scripted, cluster) = load(root), cluster_in(root)
    folder = submitted(loaded, cluster).folder

    def collected() -> object:
        return collect(loaded, cluster, folder, wait=False, cancel=False, tell=lambda _: None)

    trouble = scripted.mark("squeue.says", "slurm_load_jobs error: Access/permission denied")
    bad = raised(collected)
    trouble.unlink()
    return Seen(bad=bad, good=raised(collected))


def cap717(root: Path) -> Seen:
    """A queue that takes no job, and one that does."""
    write_workspace(root)
    loaded, (scripted, cluster) = load(root), cluster_in(root)
    trouble = scripted.mark("sbatch.says", "error: Invalid account")
    bad = raised(lambda: submitted(loaded, cluster))
    trouble.unlink()
    return Seen(bad=bad, good=raised(lambda: submitted(loaded, cluster)))
