"""Signals: counted, passed on, obeyed where nothing can be lost."""

import os
import select
import signal

import pytest

from capstone_report.measure.stopping import AFTER_THIS_RUN, SIGNALS, Stopped, Stopper


@pytest.mark.parametrize("number", [*SIGNALS, AFTER_THIS_RUN])
def test_a_signal_is_kept_until_somebody_asks(number: int) -> None:
    written = []

    with Stopper() as stopper:
        os.kill(os.getpid(), number)
        written.append("the record")

        with pytest.raises(Stopped) as stopped:
            stopper.check()

    assert written == ["the record"]
    assert stopped.value.number == number


def test_a_signal_wakes_who_waits_and_is_counted() -> None:
    with Stopper() as stopper:
        quiet = select.select([stopper], [], [], 0)[0]
        os.kill(os.getpid(), signal.SIGINT)
        awake = select.select([stopper], [], [], 5)[0]
        once = stopper.stops()
        quiet_again = select.select([stopper], [], [], 0)[0]
        os.kill(os.getpid(), signal.SIGTERM)

        assert (quiet, awake, quiet_again) == ([], [stopper], [])
        assert (once, stopper.stops(), stopper.number) == (1, 2, signal.SIGINT)


def test_a_warning_before_the_limit_lets_the_run_go_on() -> None:
    with Stopper() as stopper:
        os.kill(os.getpid(), AFTER_THIS_RUN)

        assert stopper.stops() == 0
        assert stopper.number is None


def test_without_a_signal_nothing_stops() -> None:
    with Stopper() as stopper:
        stopper.check()

        assert stopper.stops() == 0


def test_afterwards_the_process_is_as_it_was() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    with Stopper():
        pass

    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_is_ignored_stays_ignored_as_nohup_asks() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stopper() as stopper:
            os.kill(os.getpid(), signal.SIGHUP)

            assert stopper.stops() == 0
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
