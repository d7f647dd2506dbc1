"""Slurm's commands as scripts on PATH: a queue of one file per job, which a test may rewrite.

A job's script runs as soon as it is submitted, before sbatch answers, unless the queue holds jobs
back. What a real Slurm rarely says can so be said in a moment.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "scontrol")
PROGRAM = """\
import json, os, pathlib, subprocess, sys, time
folder, name = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[0]).name
words = sys.argv[1:]
with (folder / "asked.txt").open("a") as asked:
    asked.write(" ".join([name, *words]) + chr(10))
for trouble in (folder / f"{name}.says", folder / "all.says"):
    if trouble.exists():
        sys.exit(trouble.read_text())
jobs = {f.stem: json.loads(f.read_text()) for f in sorted(folder.glob("*.job"))}
def keep(number, job):
    fresh = folder / f"{number}.new"
    fresh.write_text(json.dumps(job))
    fresh.replace(folder / f"{number}.job")
if name == "sbatch":
    options = dict(w[2:].partition("=")[::2] for w in words if w.startswith("--"))
    number = str(len(jobs) + len(list(folder.glob("*.forgotten"))) + 1)
    now = int(time.time())
    job = {"state": "PENDING", "reason": "Priority", "nodes": int(options["nodes"]),
           "comment": options["comment"], "submitted": now, "started": None, "ended": None}
    held = (folder / "held").exists()
    if not held:
        environment = {**os.environ, "SLURM_JOB_ID": number, "SLURM_CPUS_ON_NODE": options["cpus-per-task"]}
        with open(options["output"], "w") as log:
            subprocess.run(["sh", words[-1]], env=environment, stdout=log, stderr=log)
        job |= {"state": "COMPLETED", "reason": "None", "started": now, "ended": now}
    keep(number, job)
    if (folder / "silent").exists():
        (folder / "silent").unlink()
        sys.exit("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation")
    print(f"{number};cluster")
elif name == "squeue":
    for number, job in jobs.items():
        moments = [job[m] if job[m] is not None else "N/A" for m in ("submitted", "started", "ended")]
        print(number, job["state"], job["nodes"], *moments, job["reason"], job["comment"], sep="|")
elif name == "scancel":
    for number in words:
        if number in jobs and jobs[number]["ended"] is None and not (folder / "deaf").exists():
            now = int(time.time())
            keep(number, jobs[number] | {"state": "CANCELLED", "started": now, "ended": now})
elif name == "sinfo":
    print("main*|n0|2", "main*|n1|4+", "other|n1|4", sep=chr(10))
else:
    print(f"NodeName={words[-1]} NodeAddr=192.0.2.7 Port=1")
"""


class ScriptedSlurm:
    """A queue in a folder, and the commands that show it."""

    def __init__(self, folder: Path) -> None:
        """Write the commands into a new folder."""
        folder.mkdir(parents=True)
        self.folder = folder
        for name in COMMANDS:
            (folder / name).write_text(f"#!{sys.executable} -S\n{PROGRAM}")
            (folder / name).chmod(0o700)

    @property
    def path(self) -> str:
        """Return a PATH on which these commands come first."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which these are Slurm."""
        return {**os.environ, "PATH": self.path}

    @property
    def asked(self) -> list[str]:
        """Return the commands that were asked for, as they were typed."""
        file = self.folder / "asked.txt"
        return file.read_text().splitlines() if file.exists() else []

    def job(self, number: int) -> dict[str, Any]:
        """Return what the queue holds of a job."""
        held: dict[str, Any] = json.loads(self._file(number).read_text())
        return held

    def change(self, number: int, **changes: object) -> None:
        """Change what the queue holds of a job."""
        fresh = self.folder / f"{number}.changed"
        fresh.write_text(json.dumps(self.job(number) | changes))
        fresh.replace(self._file(number))

    def forget(self, number: int) -> None:
        """Drop a job, as a queue does some time after its end; its number stays taken."""
        self._file(number).rename(self.folder / f"{number}.forgotten")

    def mark(self, name: str, words: str = "") -> Path:
        """Make something so: held, silent, deaf; or NAME.says with what a command refuses with."""
        file = self.folder / name
        file.write_text(words)
        return file

    def _file(self, number: int) -> Path:
        return self.folder / f"{number}.job"
