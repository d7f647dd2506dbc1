"""Signals that end a campaign: let through only where nothing can be lost.

A signal that arrives while a program is being waited for ends that program at once. Any other is
kept until the record of the run is on disk.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number, which decides the exit status."""
        super().__init__(number)
        self.number = number


class Stopper:
    """Receives the signals and remembers the first."""

    def __init__(self) -> None:
        """Begin with nothing received, and not listening."""
        self._received: int | None = None
        self._listening = False

    def check(self) -> None:
        """Raise `Stopped` if a signal has arrived."""
        if self._received is not None:
            raise Stopped(self._received)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let a signal interrupt what runs inside; one that came before interrupts at once."""
        self._listening = True
        try:
            self.check()
            yield
        finally:
            self._listening = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Receive the signals instead of ending."""
        before = {number: signal.signal(number, self._receive) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        """Keep the first signal; interrupt where that was allowed, once."""
        if self._received is None:
            self._received = number
        if self._listening:
            self._listening = False
            raise Stopped(self._received)
