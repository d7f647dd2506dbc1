"""Builds sites with the real command."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def build(project: Path, out: Path, **environment: str) -> None:
    """Build a workspace's site with the real command."""
    command = Path(sys.executable).with_name("capstone")
    subprocess.run(
        [command, "build", "--project", project, "--out", out],
        check=True,
        env={**os.environ, **environment},
        capture_output=True,
    )
