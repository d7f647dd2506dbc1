"""Signals that end a campaign: noticed at once, obeyed only where nothing can be lost.

No handler raises. What waits for a run watches the stopper's descriptor and passes the stop on to
the guard; the campaign asks `check` before each run, when the record of the last one is on disk.
"""

import contextlib
import os
import signal
from types import FrameType, TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Slurm can send it some time before the limit: the run goes on, the next one does not begin.
AFTER_THIS_RUN = signal.SIGUSR1


class Stopped(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number, which decides the exit status."""
        super().__init__(number)
        self.number = number


class Stopper:
    """Receives the signals while it is entered, and counts them."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._received: list[int] = []
        self._last_run = False
        self._readable, self._writable = os.pipe()
        for end in (self._readable, self._writable):
            os.set_blocking(end, False)

    def __enter__(self) -> Self:
        ignored = [n for n in SIGNALS if signal.getsignal(n) is signal.SIG_IGN]  # as nohup asks
        handled = [n for n in (*SIGNALS, AFTER_THIS_RUN) if n not in ignored]
        self._before = {number: signal.signal(number, self._receive) for number in handled}
        self._wakeup = signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._readable)
        os.close(self._writable)

    @property
    def number(self) -> int | None:
        """Return the first signal that asked to stop at once."""
        return self._received[0] if self._received else None

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when a signal arrives."""
        return self._readable

    def stops(self) -> int:
        """Return how many signals asked to stop the run; the descriptor is quiet afterwards."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._readable, 1 << 10)
        return len(self._received)

    def check(self) -> None:
        """Raise `Stopped` if a signal asked to stop at once, or after the run that has ended."""
        if self._received:
            raise Stopped(self._received[0])
        if self._last_run:
            raise Stopped(AFTER_THIS_RUN)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        """Remember a signal."""
        if number == AFTER_THIS_RUN:
            self._last_run = True
        else:
            self._received.append(number)
