"""Two folders change places in one step, so that a killed build leaves a whole site."""

import ctypes
import os
import re
import shutil
from pathlib import Path

import psutil

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def exchange(fresh: Path, out: Path) -> None:
    """Let two folders change places.

    Linux does it in one step (renameat2 with RENAME_EXCHANGE). Where the system or the file system
    cannot, it takes three renames, and `sweep` puts right what a kill between them leaves.
    """
    if _at_once(fresh, out):
        return
    old = out.with_name(f"{out.name}.old-{os.getpid()}")
    out.rename(old)
    fresh.rename(out)
    old.rename(fresh)


def sweep(out: Path) -> None:
    """Remove what killed builds left beside a site; put the site back if one was half exchanged."""
    for path in sorted(out.parent.glob(f"{out.name}.*-*")):
        left = re.fullmatch(r"(tmp|old)-(\d+)", path.name.removeprefix(f"{out.name}."))
        if left is None or psutil.pid_exists(int(left[2])):
            continue
        if left[1] == "old" and not out.exists():
            path.rename(out)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _at_once(fresh: Path, out: Path) -> bool:
    """Exchange two folders in one step; tell whether that was possible."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:  # another system, or an old C library
        return False
    paths = (AT_FDCWD, os.fsencode(fresh), AT_FDCWD, os.fsencode(out))
    return bool(rename(*paths, RENAME_EXCHANGE) == 0)
