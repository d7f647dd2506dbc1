"""Signals: let through while a program is waited for, kept everywhere else."""

import os
import signal

import pytest

from capstone_report.measure.stopping import Stopped, Stopper


def test_a_signal_interrupts_where_it_may() -> None:
    stopper = Stopper()

    with stopper.installed(), pytest.raises(Stopped) as stopped, stopper.listening():
        os.kill(os.getpid(), signal.SIGTERM)

    assert stopped.value.number == signal.SIGTERM


def test_a_signal_elsewhere_is_kept_until_somebody_asks() -> None:
    stopper = Stopper()
    written = []

    with stopper.installed():
        os.kill(os.getpid(), signal.SIGINT)
        written.append("the record")

        with pytest.raises(Stopped):
            stopper.check()

    assert written == ["the record"]


def test_a_signal_that_came_before_interrupts_as_soon_as_it_may() -> None:
    stopper = Stopper()
    waited = []

    with stopper.installed():
        os.kill(os.getpid(), signal.SIGHUP)

        with pytest.raises(Stopped), stopper.listening():
            waited.append("for a program")

    assert waited == []


def test_a_second_signal_does_not_cut_short_what_the_first_one_began() -> None:
    stopper = Stopper()
    ended = []

    def interrupted_twice() -> None:
        with stopper.listening():
            try:
                os.kill(os.getpid(), signal.SIGINT)
            finally:
                os.kill(os.getpid(), signal.SIGINT)
                ended.append("the tree")

    with stopper.installed(), pytest.raises(Stopped):
        interrupted_twice()

    assert ended == ["the tree"]


def test_afterwards_the_process_is_as_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with Stopper().installed():
        pass

    assert signal.getsignal(signal.SIGTERM) is before
