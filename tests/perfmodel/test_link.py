"""alpha and beta of links that are known."""

import math

import pytest

from calibrated import SIZES, TrueLink, quiet
from capstone_report.perfmodel.link import (
    LATENCY_BYTES,
    Doubt,
    Link,
    expected_seconds,
    link_of,
)
from capstone_report.perfmodel.volumes import Collective


def measured(link: TrueLink, launches: int = 6) -> Link:
    """Return what quiet launches say about a link."""
    return link_of(SIZES, [[link.seconds(n) * quiet(i, n) for n in SIZES] for i in range(launches)])


@pytest.mark.parametrize("alpha", [5e-6, 1e-4, 1e-3])
@pytest.mark.parametrize("beta", [1 / 12e6, 1 / 120e6, 1 / 4e9])
def test_latency_and_bandwidth_are_recovered(alpha: float, beta: float) -> None:
    found = measured(TrueLink(alpha=alpha, beta=beta))

    assert found.is_identified
    assert math.isclose(found.beta.value, beta, rel_tol=0.01)
    # Where 16 KiB take far longer than a message's latency, a part in a thousand moves it by more.
    assert math.isclose(found.alpha.value, alpha, rel_tol=0.05)


@pytest.mark.parametrize(("rate", "burst"), [(12e6, 16_000), (120e6, 128_000)])
def test_a_token_bucket_deceives_neither_constant(rate: float, burst: int) -> None:
    found = measured(TrueLink(alpha=6e-5, beta=1 / rate, burst=burst))

    assert found.is_identified
    assert math.isclose(found.alpha.value, 6e-5, rel_tol=0.05)
    assert math.isclose(1 / found.beta.value, rate, rel_tol=0.01)
    assert len(found.regimes) > 1
    assert (
        found.regimes[-1].line.alpha < 0
    )  # what a line through all large messages calls a latency


def test_each_constant_says_which_sizes_it_was_read_from() -> None:
    found = measured(TrueLink())

    assert found.alpha.sizes == tuple(n for n in SIZES if n <= LATENCY_BYTES)
    assert found.beta.sizes == (1 << 19, 1 << 20, 1 << 21, 1 << 22)


def test_no_constant_is_read_across_a_switch() -> None:
    def seconds(size: int) -> float:
        """Return a time that jumps at 2 KiB and again at 1 MiB, where other constants begin."""
        if size < 1 << 11:
            return 2e-5 + 1e-8 * size
        return 1e-3 + 1e-8 * size if size < 1 << 20 else 5e-3 + 2e-9 * size

    found = link_of(SIZES, [[seconds(n) for n in SIZES]] * 6)

    assert found.alpha.sizes == (64, 128, 256, 512, 1024)
    assert math.isclose(found.alpha.value, 2e-5, rel_tol=1e-6)
    assert found.beta.sizes == (1 << 20, 1 << 21, 1 << 22)
    assert math.isclose(found.beta.value, 2e-9, rel_tol=1e-6)


def test_the_interval_is_the_exact_one_of_the_median_over_launches() -> None:
    link = TrueLink()

    found = link_of(SIZES, [[link.seconds(n) * (1 + i / 100) for n in SIZES] for i in range(6)])

    assert found.beta.low == pytest.approx(1e-8)
    assert found.beta.high == pytest.approx(1.05e-8)
    assert (found.beta.launches, found.beta.level) == (6, 0.95)


def test_too_few_launches_identify_nothing() -> None:
    found = measured(TrueLink(), launches=5)

    assert (found.alpha.doubt, found.beta.doubt) == (Doubt.FEW, Doubt.FEW)
    assert found.alpha.known is None
    assert not found.is_identified


def test_a_latency_below_zero_is_not_reported() -> None:
    found = link_of(SIZES, [[1e-8 * n + 1e-9 - 5e-8 * (i % 2) for n in SIZES] for i in range(6)])

    assert found.alpha.doubt is Doubt.NOT_POSITIVE
    assert found.beta.known == found.beta.value


def test_a_constant_as_uncertain_as_itself_is_not_reported() -> None:
    found = link_of(SIZES, [[(i + 1) * (5e-5 + 1e-8 * n) for n in SIZES] for i in range(6)])

    assert (found.alpha.doubt, found.beta.doubt) == (Doubt.WIDE, Doubt.WIDE)


def test_times_beside_any_line_identify_nothing() -> None:
    found = link_of(SIZES, [[5e-5 * (1 + (n.bit_length() % 2)) + 1e-8 * n for n in SIZES]] * 6)

    assert found.alpha.misfit > 0.25
    assert found.alpha.doubt is Doubt.MISFIT


@pytest.mark.parametrize(
    ("collective", "expected"),
    [
        (Collective.ALL_REDUCE, 6 * 1e-4 + 2 * 0.75 * 0.01),
        (Collective.ALL_GATHER, 3 * 1e-4 + 0.75 * 0.01),
        (Collective.REDUCE_SCATTER, 3 * 1e-4 + 0.75 * 0.01),
        (Collective.ALL_TO_ALL, 3 * 1e-4 + 0.75 * 0.01),
        (Collective.BROADCAST, 2 * (1e-4 + 0.01)),
    ],
)
def test_a_collective_costs_what_its_algorithm_moves(
    collective: Collective, expected: float
) -> None:
    assert math.isclose(expected_seconds(collective, 4, 10**6, alpha=1e-4, beta=1e-8), expected)
