"""Exact intervals, pinned to published tables and to the enumeration of every order."""

import math
import subprocess
import sys
from collections import Counter
from itertools import combinations
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.perfmodel.intervals import (
    hodges_lehmann_ratio,
    hodges_lehmann_shift,
    median_interval,
    median_ranks,
    min_runs_for_median,
    range_coverage,
    rank_sum_counts,
    ratio_rank,
)

# Exact binomial order statistics at 95 %: n, low rank, high rank, coverage. They agree with the
# table of Nair (1940) and with scipy.stats.quantile_test.
MEDIAN_RANKS = [
    (6, 1, 6, 0.96875),
    (7, 1, 7, 0.984375),
    (8, 1, 8, 0.9921875),
    (9, 2, 8, 0.9609375),
    (10, 2, 9, 0.978515625),
    (11, 2, 10, 0.98828125),
    (12, 3, 10, 0.96142578125),
    (13, 3, 11, 0.9775390625),
    (14, 3, 12, 0.987060546875),
    (15, 4, 12, 0.96484375),
    (16, 4, 13, 0.978729248046875),
    (17, 5, 13, 0.950958251953125),
    (18, 5, 14, 0.9691162109375),
    (19, 5, 15, 0.9807891845703125),
    (20, 6, 15, 0.9586105346679688),
    (21, 6, 16, 0.9733963012695312),
    (22, 6, 17, 0.9830994606018066),
    (23, 7, 17, 0.9653103351593018),
    (24, 7, 18, 0.9773441553115845),
    (25, 8, 18, 0.9567147493362427),
    (26, 8, 19, 0.9710407257080078),
    (27, 8, 20, 0.9808427095413208),
    (28, 9, 20, 0.9643018618226051),
    (29, 9, 21, 0.9758804552257061),
    (30, 10, 21, 0.9572260547429323),
    (50, 18, 33, 0.9671608624357315),
    (100, 40, 61, 0.9647997997822952),
]

# Exact Mann-Whitney distribution, n = m: the published critical values of U plus one.
RATIO_RANKS = [(3, 0), (4, 1), (5, 3), (6, 6), (8, 14), (10, 24), (20, 128), (30, 318)]

BASELINE = [10.1, 10.3, 9.9, 10.6, 10.0]
DISTRIBUTED = [2.6, 2.7, 2.55, 2.65, 2.8]

times = st.floats(min_value=1e-3, max_value=1e3)
samples = st.lists(times, min_size=1, max_size=9)
enough = st.lists(times, min_size=4, max_size=9)


@pytest.mark.parametrize(("runs", "low", "high", "coverage"), MEDIAN_RANKS)
def test_median_ranks_are_those_of_the_exact_binomial_table(
    runs: int, low: int, high: int, coverage: float
) -> None:
    ranks = median_ranks(runs, 0.95)

    assert ranks is not None
    assert (ranks.low, ranks.high) == (low, high)
    assert ranks.coverage == pytest.approx(coverage, rel=1e-9)


@pytest.mark.parametrize(
    ("runs", "coverage_of_the_range"), [(1, 0.0), (2, 0.5), (3, 0.75), (4, 0.875), (5, 0.9375)]
)
def test_up_to_five_runs_cannot_bound_the_median_at_95_percent(
    runs: int, coverage_of_the_range: float
) -> None:
    values = [float(run) for run in range(runs)]

    assert range_coverage(runs) == coverage_of_the_range < 0.95
    assert median_ranks(runs, 0.95) is None
    assert median_interval(values, 0.95) is None


@pytest.mark.parametrize(("level", "runs"), [(0.9, 5), (0.95, 6), (0.99, 8), (0.999, 11)])
def test_the_fewest_runs_for_a_level_are_those_whose_range_covers_the_median(
    level: float, runs: int
) -> None:
    fewest = min_runs_for_median(level)

    assert fewest == runs
    assert median_ranks(runs - 1, level) is None
    assert median_ranks(runs, level) is not None


def test_a_power_of_two_level_is_reached_exactly() -> None:
    assert min_runs_for_median(1 - 2**-5) == 6
    assert median_ranks(6, 1 - 2**-5) is not None


@given(st.lists(times, min_size=6, max_size=40))
def test_the_median_interval_ends_at_measured_values_around_the_median(
    values: list[float],
) -> None:
    interval = median_interval(values, 0.95)

    assert interval is not None
    low, high = interval
    assert {low, high} <= set(values)
    assert low <= median(values) <= high


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("m", range(1, 6))
def test_rank_sum_counts_are_those_of_every_order_enumerated(n: int, m: int) -> None:
    seen = Counter(
        sum(places) - n * (n + 1) // 2 for places in combinations(range(1, n + m + 1), n)
    )

    counts = rank_sum_counts(n, m)

    assert counts == tuple(seen[u] for u in range(n * m + 1))


@given(st.integers(1, 25), st.integers(1, 25))
def test_rank_sum_counts_are_symmetric_and_complete(n: int, m: int) -> None:
    counts = rank_sum_counts(n, m)

    assert sum(counts) == math.comb(n + m, n)
    assert counts == counts[::-1] == rank_sum_counts(m, n)


@pytest.mark.parametrize(("runs", "rank"), RATIO_RANKS)
def test_ratio_ranks_are_those_of_the_exact_mann_whitney_table(runs: int, rank: int) -> None:
    assert ratio_rank(runs, runs, 0.95) == rank


@pytest.mark.parametrize(("n", "m", "level"), [(3, 3, 0.9), (2, 3, 0.8), (4, 4, 1 - 2 / 70)])
def test_a_tail_exactly_as_heavy_as_allowed_is_allowed(n: int, m: int, level: float) -> None:
    assert ratio_rank(n, m, level) == 1


@given(st.integers(1, 12), st.integers(1, 12))
def test_the_ratio_rank_is_the_largest_that_keeps_the_level(n: int, m: int) -> None:
    rank = ratio_rank(n, m, 0.95)

    counts, orders = rank_sum_counts(n, m), math.comb(n + m, n)
    assert sum(counts[:rank]) / orders <= 0.025 < sum(counts[: rank + 1]) / orders


def test_the_ratio_of_the_reference_example_is_reproduced() -> None:
    ratio = hodges_lehmann_ratio(BASELINE, DISTRIBUTED, 0.95)

    assert ratio.estimate == pytest.approx(3.814814814814815, rel=1e-9)
    assert ratio.low == pytest.approx(3.607142857142857, rel=1e-9)
    assert ratio.high == pytest.approx(4.0392156862745106, rel=1e-9)
    assert ratio.estimate != pytest.approx(median(BASELINE) / median(DISTRIBUTED), rel=1e-5)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (3, 4), (4, 3), (3, 30), (1, 30)])
def test_fewer_than_four_runs_on_one_side_give_no_ratio_interval(n: int, m: int) -> None:
    ratio = hodges_lehmann_ratio([2.0 + i for i in range(n)], [1.0 + i for i in range(m)], 0.95)

    assert ratio.estimate > 0
    assert ratio.low is None
    assert ratio.high is None


def test_four_runs_on_each_side_give_no_interval_at_99_percent() -> None:
    ratio = hodges_lehmann_ratio([8.0, 8.4, 8.8, 9.2], [4.0, 4.1, 4.2, 4.3], 0.99)

    assert ratio.low is None
    assert ratio.high is None


def test_four_runs_on_each_side_span_all_ratios() -> None:
    ratio = hodges_lehmann_ratio([8.0, 8.4, 8.8, 9.2], [4.0, 4.0, 4.0, 4.0], 0.95)

    assert ratio.estimate == pytest.approx(math.sqrt(2.1 * 2.2))
    assert ratio.low == pytest.approx(2.0)
    assert ratio.high == pytest.approx(2.3)


@given(enough, enough)
def test_the_ratio_interval_contains_the_estimate(
    numerators: list[float], denominators: list[float]
) -> None:
    ratio = hodges_lehmann_ratio(numerators, denominators, 0.95)

    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low <= ratio.estimate * (1 + 1e-12)
    assert ratio.estimate <= ratio.high * (1 + 1e-12)


@given(enough, enough)
def test_swapping_the_sides_inverts_estimate_and_bounds(
    numerators: list[float], denominators: list[float]
) -> None:
    ratio = hodges_lehmann_ratio(numerators, denominators, 0.95)

    swapped = hodges_lehmann_ratio(denominators, numerators, 0.95)

    assert ratio.low is not None
    assert ratio.high is not None
    assert swapped.estimate == pytest.approx(1 / ratio.estimate)
    assert swapped.low == pytest.approx(1 / ratio.high)
    assert swapped.high == pytest.approx(1 / ratio.low)


@given(enough, enough, st.floats(min_value=1e-3, max_value=1e3))
def test_another_unit_of_time_leaves_the_ratio(
    numerators: list[float], denominators: list[float], factor: float
) -> None:
    ratio = hodges_lehmann_ratio(numerators, denominators, 0.95)

    scaled = hodges_lehmann_ratio(
        [value * factor for value in numerators], [value * factor for value in denominators], 0.95
    )

    assert scaled.estimate == pytest.approx(ratio.estimate)
    assert scaled.low == pytest.approx(ratio.low)
    assert scaled.high == pytest.approx(ratio.high)


@given(samples, samples, st.randoms(use_true_random=False))
def test_the_order_of_the_runs_does_not_matter(
    numerators: list[float], denominators: list[float], random: Random
) -> None:
    ratio = hodges_lehmann_ratio(numerators, denominators, 0.95)
    random.shuffle(numerators)
    random.shuffle(denominators)

    assert hodges_lehmann_ratio(numerators, denominators, 0.95) == ratio


@given(samples)
def test_the_ratio_of_a_sample_to_itself_is_one(values: list[float]) -> None:
    assert hodges_lehmann_ratio(values, values, 0.95).estimate == pytest.approx(1)


def test_the_ratio_interval_contains_the_truth_about_as_often_as_it_says() -> None:
    truth, studies, contained = 2.0, 300, 0
    for seed in range(studies):
        random = Random(seed)  # noqa: S311 - a simulation
        slow = [truth * random.lognormvariate(0, 0.1) for _ in range(6)]
        fast = [random.lognormvariate(0, 0.1) for _ in range(6)]

        ratio = hodges_lehmann_ratio(slow, fast, 0.95)

        assert ratio.low is not None
        assert ratio.high is not None
        contained += ratio.low <= truth <= ratio.high
    assert contained / studies >= 0.91


def test_the_median_interval_contains_the_truth_about_as_often_as_it_says() -> None:
    studies, contained = 300, 0
    for seed in range(studies):
        random = Random(seed)  # noqa: S311 - a simulation
        interval = median_interval([random.lognormvariate(0, 0.5) for _ in range(9)], 0.95)

        assert interval is not None
        contained += interval[0] <= 1 <= interval[1]
    assert contained / studies >= 0.91


def test_intervals_need_no_scipy() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "import capstone_report.analysis.analyze\n"
        "from capstone_report.perfmodel.intervals import median_ranks, ratio_rank\n"
        "print(median_ranks(9, 0.95).low, ratio_rank(6, 6, 0.95))\n"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == ["2", "6"]


@pytest.mark.parametrize(("n", "m"), [(51, 50), (60, 60), (45, 90)])
def test_the_rank_of_many_pairs_is_within_two_of_the_exact_one(n: int, m: int) -> None:
    exact, cumulated, half = 0, 0, 0.025 * math.comb(n + m, n)
    for u, count in enumerate(rank_sum_counts(n, m)):
        cumulated += count
        if cumulated > half:
            exact = u
            break

    assert abs(ratio_rank(n, m, 0.95) - exact) <= 2


def test_the_ratio_of_many_runs_is_that_of_all_sorted_pairs() -> None:
    random = Random(3)  # noqa: S311 - noise, no secret
    left = [random.lognormvariate(0.0, 0.1) for _ in range(70)]
    right = [random.lognormvariate(1.0, 0.1) for _ in range(60)]
    logs = sorted(math.log(a) - math.log(b) for a in left for b in right)
    k = ratio_rank(70, 60, 0.95)

    found = hodges_lehmann_ratio(left, right, 0.95)

    assert found.estimate == pytest.approx(math.exp(median(logs)), rel=1e-12)
    assert found.low == pytest.approx(math.exp(logs[k - 1]), rel=1e-12)
    assert found.high == pytest.approx(math.exp(logs[-k]), rel=1e-12)


def test_the_ratio_of_many_equal_times_is_known_exactly() -> None:
    found = hodges_lehmann_ratio([8.0] * 60, [2.0] * 60, 0.95)

    assert (found.estimate, found.low, found.high) == pytest.approx((4.0, 4.0, 4.0))


def test_a_shift_is_the_ratio_of_exponentials_on_a_logarithm() -> None:
    first, second = [1.0, 1.2, 1.1, 1.4, 1.3], [0.2, 0.5, 0.3, 0.1]

    found = hodges_lehmann_shift(first, second, 0.95)

    ratio = hodges_lehmann_ratio([math.exp(v) for v in first], [math.exp(v) for v in second], 0.95)
    assert ratio.low is not None
    assert ratio.high is not None
    assert found.estimate == pytest.approx(math.log(ratio.estimate))
    assert (found.low, found.high) == pytest.approx((math.log(ratio.low), math.log(ratio.high)))


def test_a_shift_of_three_values_has_no_interval() -> None:
    found = hodges_lehmann_shift([1.0, 2.0, 3.0], [0.0] * 5, 0.95)

    assert (found.estimate, found.low, found.high) == (2.0, None, None)
