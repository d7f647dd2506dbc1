"""A Slurm of two machines on this one: a controller, two daemons and munge, all below one folder."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from string import Template

import psutil

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "munged")
NODES = ("n0", "n1")
PATIENCE_S = 60.0
KEY_BYTES = 1024

CONFIGURATION = Template("""\
ClusterName=capstone
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
MinJobAge=86400
ReturnToService=2
KillWait=3
InactiveLimit=0
SlurmdTimeout=300
MailProg=/bin/true
NodeName=n0 NodeHostname=$host NodeAddr=127.0.0.1 Port=$first CPUs=$cpus State=UNKNOWN
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$second CPUs=$cpus State=UNKNOWN
PartitionName=main Nodes=n[0-1] Default=YES MaxTime=INFINITE State=UP
PartitionName=closed Nodes=n[0-1] MaxTime=INFINITE State=DOWN
""")


def missing() -> str:
    """Say what this machine lacks for a cluster of its own; empty when it lacks nothing."""
    if os.geteuid() != 0:
        return "a Slurm of its own needs root"
    absent = [program for program in PROGRAMS if shutil.which(program, path=_path()) is None]
    return f"Slurm is not installed: no {', '.join(absent)} (`make cluster`)" if absent else ""


class Cluster:
    """Two machines, from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        """Write the configuration into an empty folder."""
        self.folder = folder
        self.configuration = folder / "slurm.conf"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "state").mkdir()
        (folder / "munge.key").write_bytes(os.urandom(KEY_BYTES))
        (folder / "munge.key").chmod(0o600)
        controller, first, second = _free_ports(3)
        settings = {
            "host": socket.gethostname().split(".")[0],
            "folder": folder,
            "controller": controller,
            "first": first,
            "second": second,
            "cpus": os.cpu_count(),
        }
        self.configuration.write_text(CONFIGURATION.substitute(settings))

    @property
    def environment(self) -> dict[str, str]:
        """Return what its commands need in their environment."""
        return {"PATH": _path(), "SLURM_CONF": str(self.configuration)}

    def start(self) -> None:
        """Start everything, and wait until both machines can take jobs."""
        munged = ["munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket"]
        places = {"key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        self._begin(
            "munged", [*munged, *(f"--{o}={self.folder}/munge.{n}" for o, n in places.items())]
        )
        _wait((self.folder / "munge.socket").exists)
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        _wait(lambda: self.ask("sinfo", "-h", "-o", "%T %D").splitlines()[:1] == ["idle 2"])

    def start_controller(self) -> None:
        """Start the controller, and wait until it answers."""
        self._begin("slurmctld", ["slurmctld", "-D", "-f", str(self.configuration)])
        _wait(lambda: "UP" in self.ask("scontrol", "ping"))

    def stop_controller(self) -> None:
        """End the controller, as an administrator's restart does."""
        self._end("slurmctld", signal.SIGTERM)

    def start_node(self, node: str) -> None:
        """Start a machine's daemon."""
        self._begin(node, ["slurmd", "-D", "-N", node, "-f", str(self.configuration)])

    def lose(self, node: str) -> None:
        """Lose a machine: its daemon and whatever runs there are gone, and it is marked down."""
        self._end(node, signal.SIGKILL)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("SLURMD_NODENAME") == node and self._is_ours(process):
                    process.kill()
        self.ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")

    def repair(self, node: str) -> None:
        """Bring a lost machine back."""
        self.start_node(node)
        self.ask("scontrol", "update", f"NodeName={node}", "State=RESUME")
        _wait(lambda: self.ask("sinfo", "-h", "-n", node, "-p", "main", "-o", "%T") == "idle")

    def ask(self, *command: str) -> str:
        """Return what one of Slurm's commands says."""
        answer = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return answer.stdout.strip()

    def _is_ours(self, process: psutil.Process) -> bool:
        """Tell whether a process belongs to a job of this cluster."""
        return process.environ().get("SLURM_CONF") == str(self.configuration)

    def jobs(self) -> list[str]:
        """Return the jobs that wait or run."""
        return self.ask("squeue", "-h", "-o", "%i").split()

    def stop(self) -> None:
        """End everything."""
        for job in self.jobs():
            self.ask("scancel", job)
        for name in list(reversed(self._daemons)):
            self._end(name, signal.SIGTERM)

    def _begin(self, name: str, command: list[str]) -> None:
        """Start a daemon in the foreground, its words in a file."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        """End a daemon, at last with force."""
        daemon = self._daemons.pop(name)
        daemon.send_signal(number)
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _path() -> str:
    """Return where programs are looked for: daemons stand where only root looks."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def _free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "the cluster did not come up"
        time.sleep(0.1)
