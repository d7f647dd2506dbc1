"""The real command with a fault at one of its durable steps.

`python driver.py STEPS FAULT ARGUMENTS...` runs `capstone ARGUMENTS` and counts every call that
changes what is on disk (write, fsync, rename, mkdir, unlink, truncate) of that process. FAULT is

count       write the calls to the file STEPS, one line each, and do nothing else
kill@N      SIGKILL in place of call N
tear@N      half of call N, if it is a write, and SIGKILL
power@N     in place of call N everything is lost that no fsync has put on disk, and SIGKILL
ERRNO@N     call N fails with that error, such as ENOSPC or EIO
MemoryError@N, RecursionError@N, KeyboardInterrupt@N     call N raises
"""

import builtins
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = ("write", "fsync", "rename", "replace", "mkdir", "unlink", "ftruncate", "posix_fallocate")


class Disk:
    """What would be left if the power went: contents and entries as of their last fsync."""

    def __init__(self, root: Path) -> None:
        """Take everything that is there for safe."""
        self._root = root
        self._contents: dict[int, bytes] = {}
        self._entries: dict[int, dict[str, int]] = {}
        for folder, _, files in os.walk(root):
            self._keep_folder(Path(folder))
            for file in files:
                self._keep_file(Path(folder) / file)

    def synced(self, descriptor: int) -> None:
        """Note that a file or a folder has reached the disk."""
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_dir():
            self._keep_folder(path)
        elif path.is_file():
            self._keep_file(path)

    def lose(self) -> None:
        """Leave only what is on disk."""
        self._rebuild(self._root, self._root.stat().st_ino)

    def _keep_folder(self, folder: Path) -> None:
        self._entries[folder.stat().st_ino] = {
            entry.name: entry.inode() for entry in os.scandir(folder)
        }

    def _keep_file(self, file: Path) -> None:
        if file.is_file() and not file.is_symlink():
            self._contents[file.stat().st_ino] = file.read_bytes()

    def _rebuild(self, folder: Path, inode: int) -> None:
        import shutil

        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                ORIGINAL["unlink"](entry.path)
        for name, inner in self._entries.get(inode, {}).items():
            if inner in self._entries:
                ORIGINAL["mkdir"](folder / name)
                self._rebuild(folder / name, inner)
            elif inner in self._contents:
                (folder / name).write_bytes(self._contents[inner])


ORIGINAL: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in CALLS}


def install(steps: Path, fault: str, root: Path) -> None:
    """Put a counter, and the fault, into every call."""
    kind, _, number = fault.partition("@")
    at, counter = int(number or -1), iter(range(1 << 30))
    disk = Disk(root) if kind == "power" else None

    def strike(name: str, arguments: tuple[Any, ...]) -> None:
        if disk is not None:
            disk.lose()
        elif kind == "tear" and name == "write":
            ORIGINAL["write"](arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        elif kind not in {"kill", "tear"}:
            raised = getattr(builtins, kind, None)
            if raised is None:
                number = getattr(errno, kind)
                raise OSError(number, os.strerror(number))
            raise raised
        os.kill(os.getpid(), signal.SIGKILL)

    def counted(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of the system
            mine = next(counter)
            if kind == "count":
                with steps.open("a") as lines:
                    lines.write(f"{name} {_told(name, arguments)}\n")
            elif mine == at:
                strike(name, arguments)
            answer = ORIGINAL[name](*arguments, **options)
            if disk is not None and name == "fsync":
                disk.synced(arguments[0])
            return answer

        return call

    for name in CALLS:
        setattr(os, name, counted(name))


def _told(name: str, arguments: tuple[Any, ...]) -> str:
    """Say what a call is about."""
    if name in {"write", "fsync", "ftruncate", "posix_fallocate"}:
        return os.readlink(f"/proc/self/fd/{arguments[0]}")
    return str(arguments[0])


def main() -> None:
    """Run the command."""
    steps, fault, *arguments = sys.argv[1:]
    sys.argv = ["capstone", *arguments]
    from capstone_report import cli
    from capstone_report.measure import campaign

    whole = campaign.run_campaign

    def faulty(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        install(Path(steps), fault, Path.cwd())
        return whole(*given, **options)

    campaign.run_campaign = faulty
    cli.main()


if __name__ == "__main__":
    main()
