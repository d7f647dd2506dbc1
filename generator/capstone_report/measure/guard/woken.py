"""When a child changed its state: noticed and timed at once, whatever the guard is busy with."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from types import FrameType

from capstone_report.units import Seconds


class Woken:
    """Receives SIGCHLD; a descriptor to wait for, and the moment of the last one."""

    def __init__(self, *, not_for_us: Iterable[signal.Signals]) -> None:
        """Receive signals from now on; those that are not for the guard are left without effect.

        They get a handler instead of being ignored, for programs inherit what is ignored.
        """
        self.at: Seconds = 0.0
        """When the last child changed its state, by the monotonic clock."""
        for number in not_for_us:
            signal.signal(number, lambda _number, _frame: None)
        signal.signal(signal.SIGCHLD, self._stamp)
        self._readable, writable = os.pipe()
        for end in (self._readable, writable):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable."""
        return self._readable

    def quiet(self) -> None:
        """Make the descriptor wait for the next signal."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._readable, 1 << 12)

    def _stamp(self, _number: int, _frame: FrameType | None) -> None:
        """Take the time between two steps of whatever the guard is doing."""
        self.at = time.monotonic()
