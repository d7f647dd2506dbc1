"""When a sample may be taken for normal."""

from scipy import stats

from capstone_report.perfmodel.normality import may_be_normal


def test_quantiles_of_the_normal_distribution_pass() -> None:
    assert may_be_normal([float(stats.norm.ppf((n + 0.5) / 20)) for n in range(20)])


def test_a_value_far_outside_fails() -> None:
    assert not may_be_normal([*(float(n) for n in range(12)), 500.0])


def test_seven_values_cannot_be_checked() -> None:
    assert not may_be_normal([float(stats.norm.ppf((n + 0.5) / 7)) for n in range(7)])


def test_values_that_are_all_the_same_pass() -> None:
    assert may_be_normal([0.97] * 8)
    assert may_be_normal([0.97] * 2)
