"""Clusters for tests: a Slurm of two machines on this one, and one of scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from away import cluster as two_machines
from scripted_slurm import ScriptedSlurm
from workplaces import Workplace, surroundings


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[two_machines.Cluster]:
    """Two machines of Slurm's on this one."""
    if reason := two_machines.missing():
        pytest.skip(reason)
    cluster = two_machines.Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def workplace(
    tmp_path: Path, slurm: two_machines.Cluster, write_workspace: Callable[..., Path]
) -> Iterator[Workplace]:
    """A workspace on the two machines."""
    place = Workplace(
        root=tmp_path / "workspace",
        environment=surroundings(slurm.environment),
        writer=write_workspace,
    )
    place.root.mkdir()
    yield place
    place.end()
    for job in slurm.jobs():
        slurm.ask("scancel", job)
    place.wait_for(lambda: slurm.jobs() == [])


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedSlurm:
    """Slurm's commands as scripts."""
    return ScriptedSlurm(tmp_path / "slurm")


@pytest.fixture
def scripted_workplace(
    tmp_path: Path, scripted: ScriptedSlurm, write_workspace: Callable[..., Path]
) -> Iterator[Workplace]:
    """A workspace on a cluster of scripts."""
    place = Workplace(
        root=tmp_path / "workspace",
        environment=surroundings({"PATH": scripted.path}),
        writer=write_workspace,
    )
    place.root.mkdir()
    yield place
    place.end()
