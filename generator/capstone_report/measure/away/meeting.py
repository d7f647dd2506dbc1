"""Where the machines of a job meet: known only inside it, told to torchrun by its environment."""

import re
import subprocess
from collections.abc import Mapping

JOB_NUMBER, JOB_CORES = "CAPSTONE_JOB_NUMBER", "CAPSTONE_JOB_CORES"
"""What a job's own variables say where its scheduler says nothing; they go before those of a job of
Slurm around it all, which a cluster of another kind may run in."""


def meeting_point(surroundings: Mapping[str, str], port: int) -> dict[str, str]:
    """Return the variables by which programs on several machines find each other.

    torch.distributed.run reads its options from PET_..., and a program of its own MASTER_ADDR. The
    port is free on the job's first machine, which is the one that asks. Without Slurm there are none.
    """
    node, job = surroundings.get("SLURMD_NODENAME"), surroundings.get("SLURM_JOB_ID")
    if node is None or job is None or JOB_NUMBER in surroundings:
        return {}
    cores = surroundings.get("SLURM_CPUS_PER_TASK")
    found = {"SRUN_CPUS_PER_TASK": cores} if cores else {}  # srun does not take it from sbatch
    if surroundings.get("SLURM_JOB_NUM_NODES", "1") == "1":
        return found
    address = node_address(node)
    return found | {
        "MASTER_ADDR": address,
        "PET_RDZV_ENDPOINT": f"{address}:{port}",
        "PET_RDZV_ID": job,
    }


def node_address(node: str) -> str:
    """Return by which address a machine is reached: Slurm's own for it, or else its name."""
    try:
        answer = subprocess.run(
            ["scontrol", "show", "node", "--oneliner", node],  # noqa: S607 - a cluster's own place for it
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return node
    found = re.search(r"\bNodeAddr=(\S+)", answer.stdout)
    return found[1] if found else node
