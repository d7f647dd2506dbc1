"""What git says in a folder, with its complaint where it refuses; hooks and monitors stay off."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capstone_report.units import Seconds

QUIET = ("git", "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null")
LOCAL_S, REMOTE_S = 20.0, 600.0
"""How long an answer of this machine may take, and one from somewhere else."""
CANNOT_START = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a program ended, what it said, and what it complained about."""

    exit_code: int
    said: str
    complaint: str

    @property
    def is_well(self) -> bool:
        """Tell whether the program did what it was asked for."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The git repository around a folder."""

    folder: Path
    variables: Mapping[str, str]
    """What its git finds in the environment beside everything else."""

    @classmethod
    def around(cls, folder: Path, **variables: str) -> "Repository":
        """Return the repository around a folder; nothing is asked yet."""
        return cls(folder=folder, variables=variables)

    def git(self, *arguments: str, timeout: Seconds = LOCAL_S) -> Answer:
        """Return what git answers."""
        return ended([*QUIET, *arguments], self.folder, timeout, self.variables)


def ended(
    command: list[str], folder: Path, timeout: Seconds, variables: Mapping[str, str] | None = None
) -> Answer:
    """Run a program of this machine to its end, and return how that was."""
    try:
        answer = subprocess.run(
            command,
            cwd=folder,
            # Asking must not write, not even an index that git would like to refresh.
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", **(variables or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        return Answer(exit_code=CANNOT_START, said="", complaint=error.strerror or str(error))
    except subprocess.TimeoutExpired:
        late = f"no answer within {timeout:g} s"
        return Answer(exit_code=CANNOT_START, said="", complaint=late)
    return Answer(
        exit_code=answer.returncode,
        said=answer.stdout.removesuffix("\n"),
        complaint=answer.stderr.strip(),
    )
