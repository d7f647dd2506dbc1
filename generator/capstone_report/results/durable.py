"""Files that survive: on disk before a call returns, replaced whole, never overwritten."""

import errno
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from capstone_report.errors import MachineError
from capstone_report.findings import environment

RESERVE = ".reserve"
RESERVE_SIZE = 2**20
_FULL = {errno.ENOSPC, errno.EDQUOT}


def sync_folder(folder: Path) -> None:
    """Wait until a folder's entries are on disk: a file without its entry is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refusal(path: Path, error: OSError) -> MachineError:
    """Return the error that a disk's refusal ends a command with: path, reason, what to do."""
    name = errno.errorcode.get(error.errno or 0, "no errno")
    reason = f"{error.strerror or error} ({name})"
    if error.errno not in _FULL:
        return MachineError(environment.CANNOT_WRITE(str(path), reason=reason))
    room = os.statvfs(path.parent)
    free = room.f_bavail * room.f_frsize
    return MachineError(environment.DISK_FULL(str(path), reason=reason, free=free))


def replace_file(path: Path, data: bytes) -> None:
    """Give a file new content in one step: whoever reads it sees the old or the new, whole.

    Raises:
        MachineError: the disk refused; the old content stands.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.unlink(missing_ok=True)
        _write(fresh, data)
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise refusal(path, error) from error


def save_aside(folder: Path, pattern: str, data: bytes) -> Path:
    """Write bytes into the first file of a numbered pattern that does not exist yet.

    Raises:
        MachineError: the disk refused; nothing is left behind.
    """
    for number in count():
        path = folder / pattern.format(number)
        try:
            _write(path, data)
            sync_folder(folder)
        except FileExistsError:
            continue
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise refusal(path, error) from error
        return path
    raise AssertionError  # pragma: no cover - there is always a next number


def _write(path: Path, data: bytes) -> None:
    """Write a new file and wait until it is on disk."""
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


class Reserve:
    """A mebibyte that is kept allocated, so that a full disk takes one last record."""

    def __init__(self, folder: Path) -> None:
        """Know where it stands; nothing is allocated yet."""
        self._path = folder / RESERVE

    def take(self) -> None:
        """Allocate it.

        Raises:
            MachineError: the disk is full already.
        """
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(handle, 0, RESERVE_SIZE)
                else:  # macOS
                    os.write(handle, bytes(RESERVE_SIZE))
            finally:
                os.close(handle)
        except OSError as error:
            self.release()
            raise refusal(self._path, error) from error

    def release(self) -> None:
        """Give it back to the disk; once is enough."""
        self._path.unlink(missing_ok=True)
