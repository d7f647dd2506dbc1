"""Clocks that are set and machines that sleep: noticed, and no duration uses them."""

from dataclasses import replace

import pytest

from capstone_report.measure.guard import machine
from capstone_report.measure.guard.machine import Look

BEFORE = Look(at=100.0, wall=1e9, asleep_s=7.0, busy_s=3.0, oom_kills=0)


@pytest.mark.parametrize("step_s", [-3600.0, 86_400.0])
def test_a_clock_that_is_set_meanwhile_is_noted(step_s: float) -> None:
    after = replace(BEFORE, at=160.0, wall=1e9 + 60 + step_s)

    assert after.clock_step_s(BEFORE) == pytest.approx(step_s)


def test_a_clock_that_is_kept_right_in_small_steps_is_not_worth_a_word() -> None:
    after = replace(BEFORE, at=160.0, wall=1e9 + 60.4)

    assert after.clock_step_s(BEFORE) == 0


def test_a_machine_that_slept_is_noticed() -> None:
    after = replace(BEFORE, at=160.0, wall=1e9 + 60 + 600, asleep_s=607.0)

    assert after.asleep_s - BEFORE.asleep_s == 600
    assert after.clock_step_s(BEFORE) == 0


def test_the_year_2038_is_a_time_like_any_other() -> None:
    before = replace(BEFORE, wall=2.0**31 - 1)

    assert replace(before, at=101.0, wall=2.0**31).clock_step_s(before) == 0


def test_this_machine_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = machine.look(), machine.look()

    assert second.at >= first.at
    assert second.busy_s == pytest.approx(first.busy_s, abs=1)  # its parts are floats, summed
    assert second.asleep_s == pytest.approx(first.asleep_s, abs=machine.CLOCK_NOISE_S)
    monkeypatch.delattr("time.CLOCK_BOOTTIME")
    assert machine.look().asleep_s == 0
