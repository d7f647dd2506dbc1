"""A Ray cluster as a campaign sees it."""

from dataclasses import dataclass

from capstone_report.measure.away.ray import Ray
from capstone_report.measure.away.slurm_cluster import Cluster
from capstone_report.spec.workspace import RaySite


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster(Cluster[RaySite]):
    """The machines that [ray] of a workspace asks for."""

    ray: Ray

    @property
    def queue(self) -> Ray:
        """Return Ray."""
        return self.ray

    def _machines(self) -> tuple[int, int]:
        """Return that a run gets one machine, and how many cores it gets there."""
        cores = self.site.cores_per_node
        return 1, cores if cores is not None else self.ray.smallest_machine(self.site)
