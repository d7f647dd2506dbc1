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
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capstone_report import cli
from capstone_report.measure import campaign

CALLS = (
    "write",
    "fsync",
    "rename",
    "replace",
    "mkdir",
    "unlink",
    "ftruncate",
    "posix_fallocate",
    "utime",
)


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
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
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


class Fault:
    """One fault, at one call."""

    def __init__(self, steps: Path, fault: str, root: Path) -> None:
        """Read what shall happen where."""
        self._kind, _, number = fault.partition("@")
        self._at, self._calls, self._steps = int(number or -1), 0, steps
        self._disk = Disk(root) if self._kind == "power" else None

    def install(self) -> None:
        """Put the counter into every call."""
        for name in CALLS:
            setattr(os, name, self._counted(name))

    def _counted(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of the system
            mine, self._calls = self._calls, self._calls + 1
            if self._kind == "count":
                with self._steps.open("a") as lines:
                    lines.write(f"{name} {_told(name, arguments)}\n")
            elif mine == self._at:
                self._strike(name, arguments)
            answer = ORIGINAL[name](*arguments, **options)
            if self._disk is not None and name == "fsync":
                self._disk.synced(arguments[0])
            return answer

        return call

    def _strike(self, name: str, arguments: tuple[Any, ...]) -> None:
        if self._disk is not None:
            self._disk.lose()
        elif self._kind == "tear" and name == "write":
            ORIGINAL["write"](arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        elif self._kind not in {"kill", "tear"}:
            raise self._error()
        os.kill(os.getpid(), signal.SIGKILL)

    def _error(self) -> BaseException:
        raised = getattr(builtins, self._kind, None)
        if raised is not None:
            return raised()  # type: ignore[no-any-return] # an exception by its name
        number = getattr(errno, self._kind)
        return OSError(number, os.strerror(number))


def _told(name: str, arguments: tuple[Any, ...]) -> str:
    """Say what a call is about."""
    if name in {"write", "fsync", "ftruncate", "posix_fallocate"}:
        return str(Path(f"/proc/self/fd/{arguments[0]}").readlink())
    return str(arguments[0])


def main() -> None:
    """Run the command."""
    steps, fault, *arguments = sys.argv[1:]
    sys.argv = ["capstone", *arguments]
    whole = campaign.run_campaign

    def faulty(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        Fault(Path(steps), fault, Path.cwd()).install()
        return whole(*given, **options)

    campaign.run_campaign = faulty
    cli.main()


if __name__ == "__main__":
    main()
