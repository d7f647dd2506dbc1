"""The guard's own program: `python -P -m capstone_report.measure.guard DESCRIPTOR`."""

import os
import signal
import socket
import sys
from dataclasses import asdict

from capstone_report.measure.guard import tree
from capstone_report.measure.guard.messages import Line, Order
from capstone_report.measure.guard.watch import Watch

# What is meant for capstone must not end its guard first; programs get the defaults back.
NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


def main() -> None:
    """Make one run after the other, as they are ordered, until capstone is gone."""
    line = Line(socket.socket(fileno=int(sys.argv[1])))
    os.set_inheritable(line.fileno(), False)  # noqa: FBT003 - the standard library's signature
    tree.adopt_orphans()
    woken = _wake_on_children()
    while not line.closed:
        for message in line.receive():
            if "order" in message:
                _make(Order(**message["order"]), line, woken)


def _make(order: Order, line: Line, woken: int) -> None:
    """Make one run and tell its end, or why it did not begin."""
    try:
        ended = Watch(order, line, woken).run()
    except OSError as error:
        line.send(refused=error.errno, path=error.filename)
    else:
        line.send(ended=asdict(ended))


def _wake_on_children() -> int:
    """Return a descriptor that becomes readable whenever a child changes its state."""
    for number in (*NOT_FOR_US, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    return readable


if __name__ == "__main__":
    main()
