"""Time against money: what stays when everything beaten on both is gone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.perfmodel.pareto import (
    Option,
    cheapest_with_waiting,
    cheapest_within,
    is_dominated,
    pareto_front,
)

OPTIONS = (
    Option(name="1", time_s=3600, usd=10),
    Option(name="4", time_s=1000, usd=12),
    Option(name="8", time_s=700, usd=20),
    Option(name="16", time_s=750, usd=45),
)

options = st.lists(
    st.builds(
        Option,
        name=st.just("one"),
        time_s=st.integers(1, 6).map(float),
        usd=st.integers(1, 6).map(float),
    ),
    min_size=1,
    max_size=12,
)


def names(front: tuple[Option, ...]) -> list[str]:
    """Return the names of options."""
    return [option.name for option in front]


def test_an_option_that_is_slower_and_dearer_leaves_the_front() -> None:
    assert names(pareto_front(OPTIONS)) == ["8", "4", "1"]


def test_of_equal_options_one_stays() -> None:
    assert len(pareto_front([OPTIONS[0], OPTIONS[0]])) == 1


def test_a_deadline_buys_the_cheapest_that_meets_it() -> None:
    chosen = cheapest_within(OPTIONS, deadline_s=1200)

    assert chosen is OPTIONS[1]
    assert cheapest_within(OPTIONS, deadline_s=10) is None


def test_dear_waiting_buys_the_faster_option() -> None:
    assert cheapest_with_waiting(OPTIONS, usd_per_hour=1) is OPTIONS[0]
    assert cheapest_with_waiting(OPTIONS, usd_per_hour=10) is OPTIONS[1]
    assert cheapest_with_waiting(OPTIONS, usd_per_hour=500) is OPTIONS[2]


@settings(max_examples=50)
@given(options)
def test_every_option_is_matched_by_one_on_the_front(given_options: list[Option]) -> None:
    front = pareto_front(given_options)

    for option in given_options:
        assert any(kept.time_s <= option.time_s and kept.usd <= option.usd for kept in front)
    assert sorted(kept.time_s for kept in front) == [kept.time_s for kept in front]
    assert sorted((kept.usd for kept in front), reverse=True) == [kept.usd for kept in front]


def test_only_intervals_above_one_on_both_sides_dominate() -> None:
    assert is_dominated(times=(1.1, 1.3), costs=(1.01, 1.2))
    assert not is_dominated(times=(0.9, 1.3), costs=(1.01, 1.2))
    assert not is_dominated(times=(1.1, 1.3), costs=(1.0, 1.2))
