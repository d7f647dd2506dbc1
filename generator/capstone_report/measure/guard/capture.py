"""What a program prints: all of it while it is small, its beginning and its end when it is not.

`stdout.txt` grows as the program writes, up to HEAD bytes. Beyond that the whole goes, compressed,
into `stdout.txt.zst`, as far as CAP compressed bytes; the end is kept in memory and joins the
beginning when the program has ended. So neither memory nor the disk can be flooded.
"""

import os
from collections import deque
from pathlib import Path
from typing import BinaryIO

import zstandard

from capstone_report.units import Bytes

HEAD: Bytes = 1 << 20
TAIL: Bytes = 1 << 19
CAP: Bytes = 1 << 28
CHUNK: Bytes = 1 << 18
LEVEL = 1


class Capture:
    """Keeps one stream of a program."""

    def __init__(self, source: int, path: Path, *, cap: Bytes = CAP) -> None:
        """Read from a descriptor, which becomes non-blocking, into a file at `path`."""
        os.set_blocking(source, False)
        self._source = source
        self._path = path
        self._cap = cap
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._whole: BinaryIO | None = None
        self._compressor: zstandard.ZstdCompressionWriter | None = None
        self._tail: deque[bytes] = deque()
        self._tail_size: Bytes = 0
        self._compressed: Bytes = 0
        self.size: Bytes = 0
        """How much the program wrote."""
        self.open = True
        """Whether more may come."""
        self.errno: int | None = None
        """Why output could not be kept, if it could not."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._source

    def read(self) -> None:
        """Take what is there; at the end of the stream `open` becomes False."""
        try:
            data = os.read(self._source, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self.open = False
            return
        self.size += len(data)
        if self.errno is None:
            try:
                self._keep(data)
            except OSError as error:  # told by the run's end; the program must not block meanwhile
                self.errno = error.errno

    def close(self) -> None:
        """Finish the files; what the program still holds open is no longer read."""
        os.close(self._source)
        self.open = False
        try:
            self._finish()
        except OSError as error:
            self.errno = self.errno or error.errno
        finally:
            self._file.close()
            if self._whole is not None:
                self._whole.close()

    def _keep(self, data: bytes) -> None:
        """Store a piece where it belongs."""
        room = max(0, HEAD - (self.size - len(data)))
        _write(self._file, data[:room])
        if len(data) <= room:
            return
        if self._whole is None:
            self._begin_whole()
        self._compress(data if room == 0 else data[room:])
        self._tail.append(data[room:])
        self._tail_size += len(data) - room
        while self._tail_size - len(self._tail[0]) >= TAIL:
            self._tail_size -= len(self._tail.popleft())

    def _begin_whole(self) -> None:
        """Begin the compressed file with what the plain one holds."""
        self._whole = self._path.with_name(f"{self._path.name}.zst").open("wb")
        self._compressor = zstandard.ZstdCompressor(level=LEVEL).stream_writer(
            self._whole, closefd=False
        )
        self._compress(self._path.read_bytes())

    def _compress(self, data: bytes) -> None:
        """Add to the compressed file, unless it is full."""
        if self._compressor is not None and self._compressed < self._cap:
            self._compressor.write(data)
            self._compressed = self._compressor.tell()

    def _finish(self) -> None:
        """Join the beginning and the end, saying what stands between them."""
        if self._compressor is None or self.errno is not None:
            return
        self._compressor.close()  # type: ignore[no-untyped-call] # its stub has no annotation
        tail = b"".join(self._tail)[-TAIL:]
        left_out = self.size - HEAD - len(tail)
        if left_out > 0:
            full = "the first part" if self._compressed >= self._cap else "everything"
            where = f"{self._path.name}.zst holds {full}"
            _write(self._file, f"\n[capstone: {left_out} bytes left out; {where}]\n".encode())
        _write(self._file, tail)


def _write(file: BinaryIO, data: bytes) -> None:
    """Write all of it to an unbuffered file."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
