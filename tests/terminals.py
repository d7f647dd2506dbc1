"""A real pseudo-terminal around the real command, and what a person sees on it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

CAPSTONE = Path(sys.executable).with_name("capstone")
PATIENCE_S = 60.0
# Whoever tests in several processes says how large the one terminal of them all is.
SIZE = {"COLUMNS", "LINES"}
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


class Terminal:
    """A terminal of a size in which a command runs; keywords are environment variables."""

    def __init__(
        self, folder: Path, *arguments: str, columns: int = 100, lines: int = 30, **variables: str
    ) -> None:
        """Start the command."""
        self._main, secondary = pty.openpty()
        self._screen = pyte.HistoryScreen(columns, lines, history=10_000)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        self._set_size(columns, lines)
        self.process = subprocess.Popen(
            [CAPSTONE, *arguments],
            cwd=folder,
            env={
                **{name: os.environ[name] for name in os.environ.keys() - SIZE},
                "TERM": "xterm-256color",
                **variables,
            },
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )
        os.close(secondary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    @property
    def text(self) -> str:
        """Return what stands on the screen and above it, line by line."""
        columns = range(self._screen.columns)
        above = ("".join(line[x].data for x in columns) for line in self._screen.history.top)
        return "\n".join(line.rstrip() for line in (*above, *self._screen.display)).rstrip()

    @property
    def screen(self) -> list[str]:
        """Return what stands on the screen alone."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def colours(self) -> list[bytes]:
        """Return every escape code that sets a style."""
        return COLOUR.findall(self.written)

    @property
    def cursor_is_visible(self) -> bool:
        """Tell whether the cursor can be seen."""
        return not self._screen.cursor.hidden

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._main, keys)

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._screen.resize(lines, columns)
        self._set_size(columns, lines)

    def hang_up(self) -> None:
        """Close the window."""
        if self._main >= 0:
            os.close(self._main)
        self._main = -1

    def wait_until(self, question: Callable[[str], object]) -> str:
        """Read until the answer about what is shown is true; return what is shown."""
        deadline = time.monotonic() + PATIENCE_S
        while not question(self.text):
            assert time.monotonic() < deadline, f"it never showed; this did:\n{self.text}"
            assert self._read() or question(self.text), f"it ended and showed:\n{self.text}"
        return self.text

    def wait(self) -> int:
        """Read until the command has ended; return its exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        """Show what was written meanwhile; tell whether more may come."""
        ready, _, _ = select.select([self._main], [], [], 0.1)
        if not ready:
            return True
        try:
            written = os.read(self._main, 1 << 16)
        except OSError:  # the last program that had the terminal open has ended
            return False
        self.written += written
        self._stream.feed(written)
        return bool(written)

    def _set_size(self, columns: int, lines: int) -> None:
        """Tell the terminal its size, and with it whatever runs there."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, size)


INTERRUPT = b"\x03"
STUBBORN = f"""\
import os, pathlib, signal, time
signal.signal({signal.SIGTERM.value}, signal.SIG_IGN)
pathlib.Path("pid.txt").write_text(str(os.getpid()))
time.sleep(60)
"""
