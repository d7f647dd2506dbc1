"""Which machine this is, without naming it: hardware in words and a random id.

The id is drawn once and kept in the user's state folder ($CAPSTONE_STATE_DIR, or the platform's
own place). No host name and no user name ever enters the name of a results folder.
"""

import os
import re
import secrets
import subprocess
from pathlib import Path

import platformdirs

from capstone_report.results.durable import replace_file, sync_folder
from capstone_report.results.journal import JOURNAL
from capstone_report.results.records import Environment


def folder_here(results: Path, environment: Environment, *, cluster: str = "") -> Path:
    """Return this machine's results folder: its newest existing one, or the one it would get.

    With a cluster it is that of the cluster's machines, which are known from here.
    """
    names = [f"{slug(environment, cluster=cluster)}-{identity}" for identity in _identities()]
    existing = [results / name for name in reversed(names) if (results / name / JOURNAL).exists()]
    return existing[0] if existing else results / names[-1]


def fresh_folder(results: Path, environment: Environment, *, cluster: str = "") -> Path:
    """Draw a new id and return the results folder that it leads to."""
    identities = [*_identities(), secrets.token_hex(3)]
    _remember(identities)
    return results / f"{slug(environment, cluster=cluster)}-{identities[-1]}"


def is_tracked(folder: Path) -> bool:
    """Tell whether git tracks a folder's journal; tracked records are never appended to."""
    if not (folder / JOURNAL).exists():
        return False
    listed = git(folder, "ls-files", JOURNAL)
    if listed is None:  # git cannot answer: inside a repository that is no reason to write
        return any((above / ".git").exists() for above in folder.resolve().parents)
    return bool(listed)


def git(folder: Path, *arguments: str) -> str | None:
    """Return what git says in a folder, or None when it refuses or is not there.

    Hooks and monitors that a repository may bring are switched off.
    """
    command = ["git", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        answer = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def slug(environment: Environment, *, cluster: str = "") -> str:
    """Return the hardware in a few words that can name a folder, after the name of its cluster."""
    noise = r"\(r\)|\(tm\)|@.*|\b(cpu|processor|\d+-core)\b"
    processor = re.sub(noise, " ", environment.cpu.lower())
    gpus = [f"{len(environment.gpus)}x-{environment.gpus[0]}"] if environment.gpus else []
    words = " ".join([cluster, processor, f"{environment.cores}c", *gpus]).lower().strip()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:50].strip("-")


def _identities() -> list[str]:
    """Return this machine's ids, oldest first; the first call draws one."""
    path = _state_file()
    known = re.findall(r"^[0-9a-f]{6}$", path.read_text(), re.MULTILINE) if path.exists() else []
    if not known:
        known = [secrets.token_hex(3)]
        _remember(known)
    return known


def _remember(identities: list[str]) -> None:
    """Keep the ids, on disk before the first record is: without them it would not be found again."""
    path = _state_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, ("\n".join(identities) + "\n").encode())
    sync_folder(path.parent.parent)


def machine_here(environment: Environment) -> str:
    """Return this machine's name with its oldest id, which no new results folder changes."""
    return f"{slug(environment)}-{_identities()[0]}"


def state_folder() -> Path:
    """Return the folder where this user's capstone keeps what belongs to no study."""
    folder = os.environ.get("CAPSTONE_STATE_DIR") or platformdirs.user_state_dir("capstone")
    return Path(folder)


def _state_file() -> Path:
    """Return the file that holds this machine's ids."""
    return state_folder() / "machine-ids"
