"""The guard's own program: `python -P -m capstone_report.measure.guard DESCRIPTOR`."""

import os
import signal
import socket
import sys
from dataclasses import asdict

from capstone_report.measure.guard import tree
from capstone_report.measure.guard.messages import Line, Order, order_from
from capstone_report.measure.guard.watch import Watch
from capstone_report.measure.guard.woken import Woken

# What is meant for capstone must not end its guard first; programs get the defaults back.
NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


def main() -> None:
    """Make one run after the other, as they are ordered, until capstone is gone."""
    line = Line(socket.socket(fileno=int(sys.argv[1])))
    os.set_inheritable(line.fileno(), False)  # noqa: FBT003 - the standard library's signature
    tree.adopt_orphans()
    woken = Woken(not_for_us=NOT_FOR_US)
    while not line.closed:
        for message in line.receive():
            if "order" in message:
                _make(order_from(message["order"]), message["number"], line, woken)


def _make(order: Order, number: int, line: Line, woken: Woken) -> None:
    """Make one run and tell its end, or why it did not begin."""
    try:
        ended = Watch(order, line, woken).run()
    except OSError as error:
        line.send(number=number, refused=error.errno, path=error.filename)
    else:
        line.send(number=number, ended=asdict(ended))


if __name__ == "__main__":
    main()
