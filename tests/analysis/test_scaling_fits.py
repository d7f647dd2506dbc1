"""Fits of whole studies: what enters, what is refused, what it takes to know more, and at which price."""

from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.fit_facts import Known, Refusal, ScalingFit
from capstone_report.perfmodel.fastest_size import Unsettled
from capstone_report.perfmodel.further_runs import Question
from capstone_report.perfmodel.model_choice import Doubt
from capstone_report.perfmodel.scaling_models import Law
from capstone_report.results.records import RunRecord, Sample
from capstone_report.results.values import SHARED_SAMPLES
from fitted import ONE_S, PREDICTED, amdahl, fitted, ring
from simulated import Changes, codes, reporting

SIXTEEN = (1, 2, 4, 8, 16)
RATED: Changes = {
    "problem__headline_metric": "rate",
    "metrics__rate": {
        "description": "items in a second",
        "unit": "samples/s",
        "kind": "rate",
        "direction": "higher",
        "scope": "total",
    },
}
WEAK: Changes = {
    "benchmarks__1__scaling": "weak",
    "benchmarks__1__scaling_function": "120 items for each worker",
}
FROM_TWO: Changes = {
    "baseline__kind": "smallest-feasible",
    "baseline__benchmark": "pool",
    "baseline__smallest_workers": 2,
    "problem__demand__memory_bytes": 150e9,
    "problem__machine__memory_bytes": 80e9,
}


def fit_of(analysis: Analysis) -> ScalingFit:
    """Return the fit of a study that has one."""
    assert analysis.fit is not None
    return analysis.fit


def test_the_ring_is_found_again_with_its_fastest_size(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, noise=0.013)

    fit = fit_of(analysis)
    assert fit.chosen is Law.USL
    assert fit.workers == (1, 2, 4, 8, 16, 32)
    assert fit.runs == 36
    assert fit.outlook is not None
    assert fit.outlook.limit == 64
    fastest = fit.outlook.fastest
    assert fastest is not None
    assert fastest.known is Known.MODELLED
    assert fastest.workers is not None
    assert fastest.workers.interval is not None
    # p* = 33.9 of book section 41.4.5.
    assert fastest.workers.interval.low < 33.9 < fastest.workers.interval.high
    constants = dict(next(law.constants for law in fit.laws if law.law is Law.USL))
    for symbol, true in (("T1", ONE_S), ("sigma", 0.08), ("kappa", 0.0008)):
        ends = constants[symbol].interval
        assert ends is not None
        assert ends.low < true < ends.high
    assert not fit.asked
    assert fit.further is None


def test_the_curve_ends_at_twice_the_measured_workers_and_says_where_it_is_extrapolated(
    tmp_path: Path,
) -> None:
    fit = fit_of(fitted(tmp_path))

    assert fit.outlook is not None
    last = max(point.workers for point in fit.outlook.curve)
    assert last == pytest.approx(64)
    assert all(p.extrapolated is (p.workers > 32) for p in fit.outlook.curve)
    assert all(p.low <= p.speedup <= p.high for p in fit.outlook.curve)


def test_up_to_sixteen_workers_the_cheapest_further_runs_are_named_with_their_price(
    tmp_path: Path,
) -> None:
    analysis = fitted(tmp_path, SIXTEEN, noise=0.01)

    fit = fit_of(analysis)
    assert fit.chosen is None
    assert fit.outlook is not None
    assert fit.outlook.fastest is not None
    assert fit.outlook.fastest.doubt is Unsettled.ALIKE
    assert fit.outlook.fastest.known is Known.REFUSED
    assert fit.reach == 32
    further = fit.further
    assert further is not None
    assert further.question is Question.FASTEST
    assert further.workers == 32
    # Runs of ring(32) = 1.1 s and 0.25 s of start-up on 32 cores at 0.36 USD an hour.
    assert further.hours == pytest.approx(further.runs * ring(32) / 3600, rel=0.4)
    assert further.usd == pytest.approx(further.hours * 32 * 0.36)
    assert further.low < further.high
    words = next(f.remedy for f in analysis.findings if f.code == "CAP431")
    assert f"{further.runs} further runs at 32 workers" in words
    assert "$" in words


@pytest.mark.parametrize(("billed", "units"), [("core", 64), ("worker", 32), ("machine", 1)])
def test_further_runs_are_paid_as_the_study_declares(
    tmp_path: Path, billed: str, units: int
) -> None:
    threads: Changes = {"benchmarks__1__levels": {"workers": list(SIXTEEN), "threads": [1]}}
    unit = {"core": "core", "worker": "worker", "machine": "machine"}[billed]

    fit = fit_of(
        fitted(
            tmp_path,
            SIXTEEN,
            noise=0.01,
            cost__billed_per=billed,
            workspace={"prices__core-hour__unit": unit},
            **threads,
        )
    )

    assert fit.further is not None
    assert fit.further.usd is not None
    paid = min(units, fit.further.workers) if billed != "machine" else 1
    assert fit.further.usd == pytest.approx(fit.further.hours * 0.36 * paid)


def test_without_a_price_further_runs_have_only_hours(tmp_path: Path) -> None:
    from simulated import GONE  # noqa: PLC0415 - only here

    analysis = fitted(tmp_path, SIXTEEN, noise=0.01, cost=GONE)

    further = fit_of(analysis).further
    assert further is not None
    assert further.usd is None


def test_no_runs_are_proposed_that_the_machine_does_not_carry(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, SIXTEEN, cores=16)

    fit = fit_of(analysis)
    assert fit.reach == 16
    assert fit.further is None or fit.further.workers <= 16
    assert fit.asked


def test_what_nothing_within_reach_settles_is_said_so(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, (1, 2, 4, 8), noise=0.05)

    words = next(f.remedy for f in analysis.findings if f.code == "CAP430")
    assert "would not settle it" in words
    assert "up to 16" in words


def test_laws_without_a_fastest_size_ask_for_the_law_itself(tmp_path: Path) -> None:
    analysis = fitted(
        tmp_path,
        SIXTEEN,
        law=lambda p: 8 * (1 + 0.05 * (p - 1) / p + 0.003 * (p - 1)),
        noise=0.003,
        **WEAK,
    )

    further = fit_of(analysis).further
    assert further is not None
    assert (further.question, further.law) == (Question.LAW, Law.WEAK_RING)
    words = next(f.remedy for f in analysis.findings if f.code == "CAP430")
    assert "expect its last constant at" in words


def test_points_that_share_cores_enter_no_fit(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, cores=16, benchmarks__1__oversubscribe=True)

    fit = fit_of(analysis)
    assert fit.workers == SIXTEEN
    assert [left.workers for left in fit.left_out] == [32]
    assert "oversubscribed" in fit.left_out[0].reason
    assert "CAP433" in codes(analysis)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"checksum": 40.0}, "another result than the baseline's"),
        ({"accuracy": 0.5}, "the gate on accuracy is missed"),
    ],
)
def test_points_with_another_result_enter_no_fit(
    tmp_path: Path, changed: dict[str, float], reason: str
) -> None:
    def broken(run: RunRecord) -> RunRecord:
        return reporting(run, **changed) if run.workers == 16 else run

    fit = fit_of(fitted(tmp_path, edit=broken))

    assert [(left.workers, left.reason) for left in fit.left_out] == [(16, reason)]


def test_points_of_worse_quality_or_without_their_target_enter_no_fit(tmp_path: Path) -> None:
    roles: Changes = {
        "metrics__accuracy__equivalent_within": 0.001,
        "metrics__steps": {
            "description": "steps to the target",
            "unit": "1",
            "kind": "count",
            "direction": "lower",
            "scope": "total",
            "role": "steps-to-target",
        },
    }

    def short(run: RunRecord) -> RunRecord:
        if run.workers == 16:
            return reporting(run, accuracy=0.93)
        kept = tuple(s for s in run.samples if s.metric != "steps" or run.workers < 32)
        return run.model_copy(update={"samples": kept})

    analysis = fitted(tmp_path, edit=short, **roles)

    assert [(left.workers, left.reason) for left in fit_of(analysis).left_out] == [
        (16, "the quality is worse than the baseline's"),
        (32, "runs never reached the target"),
    ]
    assert [size.workers for size in analysis.concluded.spending.sizes] == [1, 1, 2, 4, 8]


def test_workers_that_trained_on_the_same_samples_enter_no_fit(tmp_path: Path) -> None:
    def shared(run: RunRecord) -> RunRecord:
        sample = Sample(metric=SHARED_SAMPLES, value=1.0, unit="1")
        note = "ranks 0, 1 trained on the same samples in epoch 0: 100% of 64, such as '0', '1'"
        update = {"samples": (*run.samples, sample), "notes": (note,)}
        return run.model_copy(update=update) if run.workers == 8 else run

    analysis = fitted(tmp_path, edit=shared)

    reasons = [left.reason for left in fit_of(analysis).left_out]
    assert reasons == ["workers trained on the same samples"]
    assert 8 not in [size.workers for size in analysis.concluded.spending.sizes]
    assert 8 not in [step.workers for step in analysis.marginals]
    assert 8 not in [share.workers for share in analysis.serial_shares]


def test_three_worker_counts_are_refused_as_before(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, (1, 2, 4))

    assert analysis.fit is None
    assert "CAP403" in codes(analysis)
    assert [share.fitted for share in analysis.serial_shares] == [None, None]


@pytest.mark.parametrize(
    ("counts", "changes", "refusal", "why"),
    [
        ((2, 4, 8, 16), {}, Refusal.NO_REFERENCE, "1"),
        (
            (1, 2, 4, 8),
            {"cores": 4, "benchmarks__1__oversubscribe": True},
            Refusal.FEW_COUNTS,
            "1, 2, 4",
        ),
        ((1, 2, 4, 8), {"runs": 3}, Refusal.FEW_RUNS, "1, 2, 4, 8"),
    ],
)
def test_a_fit_is_refused_with_what_is_missing(
    tmp_path: Path, counts: tuple[int, ...], changes: Changes, refusal: Refusal, why: str
) -> None:
    analysis = fitted(tmp_path, counts, **changes)

    fit = fit_of(analysis)
    assert (fit.refusal, fit.why) == (refusal, why)
    assert fit.outlook is None
    assert fit.supported == ()
    assert fit.chosen is None
    assert "CAP434" in codes(analysis)


def test_a_law_for_none_of_the_times_is_refused(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, law=lambda p: 8 / p if p < 8 else 24 / p, noise=0.005)

    fit = fit_of(analysis)
    assert fit.refusal is Refusal.NO_LAW
    assert {law.doubt for law in fit.laws} == {Doubt.REJECTED}
    assert {"CAP432", "CAP434"} <= set(codes(analysis))


def test_a_baseline_of_two_workers_is_the_reference_of_every_number(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, (2, 4, 8, 16), law=lambda p: ring(p / 2), noise=0.01, **FROM_TWO)

    fit = fit_of(analysis)
    assert fit.p0 == 2
    assert fit.outlook is not None
    assert fit.outlook.limit == 32
    assert fit.outlook.curve[0].workers == pytest.approx(2)
    assert fit.outlook.curve[0].speedup == pytest.approx(1, rel=0.03)
    assert any("relative to p0 = 2" in f.what for f in analysis.findings if f.code == "CAP430")
    assert [share.workers for share in analysis.serial_shares] == [4, 8, 16]


def test_times_of_growing_work_are_fitted_with_their_own_laws(tmp_path: Path) -> None:
    analysis = fitted(
        tmp_path, SIXTEEN, law=lambda p: 8 * (1 + 0.05 * (p - 1) / p + 0.01 * (p - 1)), **WEAK
    )

    fit = fit_of(analysis)
    assert fit.grows
    assert {law.law for law in fit.laws} == {Law.GUSTAFSON, Law.WEAK_TREE, Law.WEAK_RING}
    assert fit.outlook is not None
    assert fit.outlook.fastest is None
    assert fit.outlook.curve[-1].speedup > 16
    assert analysis.serial_shares == ()


def test_rates_of_endless_work_are_times_of_a_unit(tmp_path: Path) -> None:
    analysis = fitted(
        tmp_path, law=lambda p: 1 / ring(p), benchmarks__1__scaling="throughput", **RATED
    )

    fit = fit_of(analysis)
    assert Law.USL in fit.supported
    constants = dict(next(law.constants for law in fit.laws if law.law is Law.USL))
    assert constants["T1"].value == pytest.approx(ONE_S, rel=0.05)


def test_a_declared_link_stands_beside_the_fits_and_is_never_chosen(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, **PREDICTED)

    fit = fit_of(analysis)
    link = next(law for law in fit.laws if law.law is Law.LINK)
    assert link.weight == 0
    assert link.delta is not None
    assert link.delta < 2
    assert [symbol for symbol, _ in link.constants] == ["T1"]
    assert fit.chosen is Law.USL


def test_a_link_in_seconds_stands_beside_measured_steps(tmp_path: Path) -> None:
    step: Changes = {
        "problem__headline_metric": "step_time",
        "metrics__step_time": {
            "description": "one step",
            "unit": "s",
            "kind": "cost",
            "direction": "lower",
            "scope": "total",
        },
    }
    fit = fit_of(fitted(tmp_path, **PREDICTED, **step))

    link = next(law for law in fit.laws if law.law is Law.LINK)
    assert link.doubt is None
    assert dict(link.constants)["T1"].value == pytest.approx(ONE_S, rel=0.03)


def test_where_efficiency_falls_is_measured_or_modelled_or_refused(tmp_path: Path) -> None:
    seen = {}
    for largest, counts in ((8, (1, 2, 4, 8)), (32, (1, 2, 4, 8, 16, 32)), (3, (1, 2, 3, 4))):
        fit = fit_of(fitted(tmp_path / str(largest), counts, law=amdahl, noise=0.003))
        assert fit.outlook is not None
        seen[largest] = fit.outlook.falls[1]

    assert (seen[32].known, seen[32].workers, seen[32].low) == (Known.MEASURED, 16, 8)
    # 1/(1 + 0.08 (p - 1)) falls below a half after p = 13.5.
    assert (seen[8].known, seen[8].workers) == (Known.MODELLED, 14)
    assert seen[8].low is not None
    assert seen[8].low <= 14
    assert (seen[3].known, seen[3].workers) == (Known.REFUSED, None)


def test_efficiency_is_measured_to_have_fallen_only_where_its_interval_shows_it(
    tmp_path: Path,
) -> None:
    analysis = fitted(tmp_path)

    four = analysis.points[2].efficiency
    assert four.interval is not None
    assert four.value < 0.8 < four.interval.high
    outlook = fit_of(analysis).outlook
    assert outlook is not None
    fall = outlook.falls[0]
    assert (fall.known, fall.workers, fall.low) == (Known.MEASURED, 8, 2)
    assert analysis.concluded.spending.below_80 == 8


def test_where_no_interval_shows_the_fall_the_model_says_it_from_the_last_size_shown_above(
    tmp_path: Path,
) -> None:
    fit = fit_of(fitted(tmp_path, (1, 2, 3, 4), noise=0.02))

    assert fit.outlook is not None
    fall = fit.outlook.falls[0]
    # 1/(1 + 0.08 (p - 1) + 0.0008 p (p - 1)) falls below 80 % after p = 3.9.
    assert (fall.known, fall.workers) == (Known.MODELLED, 4)
    assert fall.low is not None
    assert fall.low <= 4


def test_serial_shares_lie_on_the_line_of_the_ring(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, noise=0.001)

    for share in analysis.serial_shares:
        # e = (alpha p + 2 beta)/T of the book's ring.
        expected = 0.0008 * share.workers + 0.08
        assert share.share.value == pytest.approx(expected, rel=0.1)
        assert share.fitted == pytest.approx(expected, rel=0.1)
        assert share.share.interval is not None
        assert share.share.interval.low < share.share.value < share.share.interval.high


def test_each_further_worker_adds_less(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, noise=0.001)

    gains = [step.gain.value for step in analysis.marginals]
    assert [(step.since, step.workers) for step in analysis.marginals][:2] == [(1, 2), (2, 4)]
    assert gains == sorted(gains, reverse=True)
    first = analysis.marginals[0].gain
    assert first.value == pytest.approx(8 / ring(2) - 1, abs=0.02)
    assert first.interval is not None
    assert first.interval.low < first.value < first.interval.high


def test_rates_of_growing_work_are_times_of_the_work_of_each_worker(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, SIXTEEN, law=lambda p: p / 8, noise=0.01, **WEAK, **RATED)

    fit = fit_of(analysis)
    gustafson = next(law for law in fit.laws if law.law is Law.GUSTAFSON)
    assert gustafson.doubt is None
    # Each of p workers does one unit in 8 s, whatever p is.
    assert dict(gustafson.constants)["T1"].value == pytest.approx(8, rel=0.02)


def test_a_size_beyond_the_curve_is_refused(tmp_path: Path) -> None:
    sizing: Changes = {"sizing": {"workers": 64, "why": "It fits the budget."}}

    analysis = fitted(tmp_path, SIXTEEN, **sizing)

    (found,) = [finding for finding in analysis.findings if finding.code == "CAP437"]
    assert "64 workers are asked for" in found.what
    assert "beyond 32" in found.what
