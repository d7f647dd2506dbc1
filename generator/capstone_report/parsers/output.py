"""Reads what a program wrote: lines with their numbers, of any length, compressed or not.

What stdout.txt does not hold stands in stdout.txt.zst, and is read from there. A line is cut where
it is absurdly long, and colours of a terminal are taken out of it.
"""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from capstone_report.units import Bytes

LINE_LIMIT: Bytes = 8 * 1024
FILE_LIMIT: Bytes = 256 * 1024 * 1024
COMPRESSED = ".zst"
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CUT_OFF = re.compile(rb"\n\[capstone: \d+ bytes left out; \S+ holds the first part\]\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of output, without its end and without colours."""

    file: str
    """The file's name in the run's folder, such as stdout.txt."""
    number: int
    text: str

    @property
    def place(self) -> tuple[str, int]:
        """Return where the line stands."""
        return self.file, self.number

    def __str__(self) -> str:
        """Return the place as editors write it."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True, slots=True)
class Output:
    """The output of one run, with everything that could not be read of it."""

    run_folder: Path
    problems: list[str] = field(default_factory=list)

    def files(self, source: str) -> list[Path]:
        """Return the regular files that a source names, sorted; refuse what leads elsewhere."""
        pattern = f"{source}.txt" if source in {"stdout", "stderr"} else source
        home = self.run_folder.resolve()
        found = []
        for path in sorted(self.run_folder.glob(pattern)):
            inside = path.resolve().is_relative_to(home)
            if inside and path.is_file() and not path.is_symlink():
                found.append(path)
            else:
                self.problems.append(f"{self.name(path)}: not a regular file of the run")
        return found

    def lines(self, source: str) -> Iterator[Line]:
        """Yield the lines of every file that a source names, with their numbers."""
        for path in self.files(source):
            yield from self._lines_of(path)

    def text(self, path: Path) -> str:
        """Return a whole file as text, each line as long as it is."""
        with ExitStack() as stack:
            return self._limited(path, _open(path, stack)).decode(errors="replace")

    def name(self, path: Path) -> str:
        """Return a file's name in the run's folder, printable."""
        name = path.relative_to(self.run_folder).as_posix()
        return name if name.isprintable() else ascii(name)

    def _lines_of(self, path: Path) -> Iterator[Line]:
        """Yield the lines of one file, from its compressed whole where there is one."""
        name, size = self.name(path), 0
        self._note_cut(path)
        with ExitStack() as stack:
            stream = _open(path, stack)
            try:
                for number, raw, length in _cut_lines(stream):
                    size += length
                    if size > FILE_LIMIT:
                        self.problems.append(f"{name}:{number}: {_too_much()}")
                        return
                    text = COLOUR.sub("", raw.decode(errors="replace")).rstrip("\r\n")
                    yield Line(file=name, number=number, text=text)
            except zstandard.ZstdError as error:
                self.problems.append(f"{name}{COMPRESSED}: cannot be decompressed: {error}")

    def _limited(self, path: Path, stream: io.BufferedIOBase) -> bytes:
        """Return a stream's bytes; of more than the limit, only a problem."""
        try:
            data = stream.read(FILE_LIMIT + 1)
        except zstandard.ZstdError as error:
            self.problems.append(f"{self.name(path)}{COMPRESSED}: cannot be decompressed: {error}")
            return b""
        if len(data) > FILE_LIMIT:
            self.problems.append(f"{self.name(path)}: {_too_much()}")
            return b""
        self._note_cut(path)
        return data

    def _note_cut(self, path: Path) -> None:
        """Refuse output of which not even the compressed file holds everything."""
        if _whole(path).suffix == COMPRESSED and CUT_OFF.search(path.read_bytes()):
            problem = f"{self.name(path)}{COMPRESSED}: holds the first part of the output only"
            self.problems.append(problem)


def _whole(path: Path) -> Path:
    """Return the compressed file with everything, where there is one, or else the file itself."""
    compressed = path.with_name(f"{path.name}{COMPRESSED}")
    return compressed if compressed.is_file() and not compressed.is_symlink() else path


def _open(path: Path, stack: ExitStack) -> io.BufferedIOBase:
    """Open a file's whole content for reading."""
    whole = _whole(path)
    stream = stack.enter_context(whole.open("rb"))
    if whole == path:
        return stream
    reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    return io.BufferedReader(stack.enter_context(reader))


def _cut_lines(stream: io.BufferedIOBase) -> Iterator[tuple[int, bytes, int]]:
    """Yield each line with its number, cut at the limit, and how long it was."""
    number = 0
    while raw := stream.readline(LINE_LIMIT):
        number += 1
        length, last = len(raw), raw
        while not last.endswith(b"\n") and (last := stream.readline(LINE_LIMIT)):
            length += len(last)
        yield number, raw, length


def _too_much() -> str:
    """Say that output is too long to be read."""
    return f"more than {FILE_LIMIT} bytes; print less, or less often"
