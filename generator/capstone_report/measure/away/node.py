"""One machine's part of a run on several: `python -P -m capstone_report.measure.away.node COMMAND...`.

The guard of the job sees the first machine only, and there nothing of what Slurm starts beside it.
So each machine tells what its own part used; what capstone then records is their sum.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from capstone_report.measure.away.meeting import node_address
from capstone_report.measure.guard import machine, tree
from capstone_report.measure.guard.energy import Meter
from capstone_report.measure.guard.messages import Ended
from capstone_report.measure.nvml import gpus
from capstone_report.results.durable import replace_file
from capstone_report.units import Bytes, Seconds

FOLDER = "CAPSTONE_JOB_FOLDER"
"""The variable that names the job's folder."""
SAMPLE_S: Seconds = 0.5
# What asks a job to end is for the program; the part tells what was used once that has ended.
NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one machine's part of a run used."""

    peak_memory_bytes: Bytes
    cpu_time_s: Seconds
    other_load: float
    """How many of its cores other work kept busy meanwhile."""
    joules: float | None
    energy_method: str | None


def main() -> None:
    """Run the command, tell what it used, and end as it ended."""
    status, used = follow(sys.argv[1:], os.environ)
    name = f"node-{os.environ.get('SLURM_NODEID', '0')}.json"
    replace_file(Path(os.environ[FOLDER]) / name, json.dumps(asdict(used)).encode())
    sys.exit(status if status >= 0 else 128 - status)


def follow(command: Sequence[str], surroundings: Mapping[str, str]) -> tuple[int, Used]:
    """Run a command to its end with the streams of this process; return its status and its use."""
    for number in NOT_FOR_US:
        signal.signal(number, lambda _number, _frame: None)  # ignoring would be inherited
    tree.adopt_orphans()
    node = surroundings.get("SLURMD_NODENAME")
    address = {"PET_LOCAL_ADDR": node_address(node)} if node else {}
    meter = Meter(gpus(visible=surroundings.get("CUDA_VISIBLE_DEVICES")))
    before, peak, over = machine.look(), [0], threading.Event()

    def _sample() -> None:
        while not over.wait(SAMPLE_S):
            meter.sample()
            peak[0] = max(peak[0], tree.look().memory_bytes)

    sampler = threading.Thread(target=_sample)
    with subprocess.Popen(command, env={**surroundings, **address}) as process:
        sampler.start()
        status, cpu_time_s, largest = _wait_for_all(process.pid)
        process.returncode = status
    over.set()
    sampler.join()
    meter.sample()
    after = machine.look()
    joules, method = meter.result()
    busy_s = max(0.0, after.busy_s - before.busy_s - cpu_time_s)
    return status, Used(
        peak_memory_bytes=max(peak[0], largest),
        cpu_time_s=cpu_time_s,
        other_load=busy_s / (after.at - before.at),
        joules=joules,
        energy_method=method,
    )


def with_parts(ended: Ended, folder: Path, *, nodes: int) -> Ended:
    """Return the end of a run on several machines with what all of them used.

    Peaks are added up, though they need not have come together. Energy is known where all tell it.
    """
    parts = [Used(**json.loads(file.read_bytes())) for file in sorted(folder.glob("node-*.json"))]
    alike = {part.energy_method for part in parts}
    known = [part.joules for part in parts if part.joules is not None]
    told = len(parts) == nodes and len(known) == nodes and len(alike) == 1
    return replace(
        ended,
        peak_memory_bytes=ended.peak_memory_bytes + sum(p.peak_memory_bytes for p in parts),
        cpu_time_s=ended.cpu_time_s + sum(part.cpu_time_s for part in parts),
        other_load=sum(part.other_load for part in parts),
        joules=sum(known) if told else None,
        energy_method=parts[0].energy_method if told else None,
    )


def _wait_for_all(program: int) -> tuple[int, Seconds, Bytes]:
    """Wait until a program and what it left behind have ended; return its status and their use."""
    status, cpu_time_s, largest = 0, 0.0, 0
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, code, usage = os.wait4(-1, 0)
            cpu_time_s += usage.ru_utime + usage.ru_stime
            largest = max(largest, usage.ru_maxrss * tree.MAXRSS_UNIT)
            if pid == program:
                status = os.waitstatus_to_exitcode(code)
    return status, cpu_time_s, largest


if __name__ == "__main__":
    main()
