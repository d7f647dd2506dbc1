"""What the records say about repetition: precision, launches and steps, the noise floor."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis, Unknown, Verdict
from capstone_report.analysis.repetition import noise_factor
from capstone_report.results.records import Outcome, RunRecord
from simulated import GONE, SERIAL, TIMES, analyse, around, codes, pool, stepping

Analysed = Callable[..., Analysis]
STEPS = [0.0200, 0.0201, 0.0202, 0.0203] * 25
METHOD = "Hodges-Lehmann"


def stepwise(run: RunRecord) -> RunRecord:
    """Return a run whose steps take as long as they do, a little longer with each repeat."""
    return stepping(run, [seconds * (1 + run.repeat / 100) for seconds in STEPS])


def compiled(run: RunRecord) -> RunRecord:
    """Return a run whose first three steps are slow."""
    return stepping(run, [5.0, 2.0, 1.0, *STEPS])


def test_each_case_says_its_runs_its_rule_and_how_well_it_is_known(analysed: Analysed) -> None:
    facts = analysed(benchmarks__1__precision={"relative": 0.03, "at_most": 20}).precision

    assert [fact.case_id for fact in facts] == [SERIAL, pool(1), pool(2), pool(4)]
    assert [fact.target for fact in facts] == [None, 0.03, 0.03, 0.03]
    assert {(fact.runs, fact.at_least, fact.missed) for fact in facts} == {(6, 6, False)}
    # six runs from t to 1.05 t: half of 0.05 t over 1.025 t
    assert {round(fact.half_width or 0, 6) for fact in facts} == {round(0.025 / 1.025, 6)}


def test_five_runs_have_no_half_width(analysed: Analysed) -> None:
    facts = analysed(TIMES | {SERIAL: around(8, runs=5)}).precision

    assert [fact.half_width for fact in facts if fact.case_id == SERIAL] == [None]


def test_a_case_that_is_not_precise_yet_misses_one_run(analysed: Analysed) -> None:
    nine = TIMES | {SERIAL: around(8, runs=9)}
    analysis = analysed(nine, benchmarks__0__precision={"relative": 0.02, "at_most": 20})

    assert analysis.missing == 1
    assert not analysis.precision[0].missed
    assert "CAP315" in codes(analysis)
    assert "CAP314" not in codes(analysis)


def test_a_case_that_the_most_runs_ended_says_what_it_reached(analysed: Analysed) -> None:
    eight = TIMES | {SERIAL: [*around(8), *around(8, runs=2)]}
    analysis = analysed(eight, benchmarks__0__precision={"relative": 0.02, "at_most": 8})

    (found,) = [finding for finding in analysis.findings if finding.code == "CAP314"]
    assert analysis.missing == 0
    assert analysis.precision[0].missed
    # eight runs from 8 s to 8.4 s: half the range is 0.2 s, the median 8.12 s
    assert found.what == (
        f"half the 99 % interval of the median of {SERIAL} is 2.5 % of it after 8 runs; "
        "2 % was the target"
    )


def test_a_case_that_the_target_ended_says_so(analysed: Analysed) -> None:
    eight = TIMES | {SERIAL: [*around(8), *around(8, runs=2)]}
    analysis = analysed(eight, benchmarks__0__precision={"relative": 0.03, "at_most": 20})

    assert [fact.reached for fact in analysis.precision] == [True, None, None, None]
    assert analysis.precision[0].decided_half_width == pytest.approx(0.2 / 8.12)
    assert "CAP314" not in codes(analysis)


def test_launches_and_steps_are_told_apart_with_the_costs_of_the_records(
    analysed: Analysed,
) -> None:
    facts = analysed(edit=stepwise).levels

    assert [(fact.case_id, fact.metric) for fact in facts] == [
        (case, "work_time") for case in (SERIAL, pool(1), pool(2), pool(4))
    ]
    levels = facts[0].levels
    assert levels is not None
    assert (levels.launches, levels.steps, facts[0].target) == (6, 100, 0.02)
    assert levels.mean == pytest.approx(0.02015 * 1.025)
    # launches 1 % of 0.02015 s apart: their means vary by 3.5 of its squares
    assert levels.between_launches == pytest.approx(3.5 * 0.0002015**2, rel=1e-2)
    # a launch costs 0.25 s beside its steps, a step 0.02 s: sqrt(12 * T_1^2/T_2^2), rounded up
    assert levels.next_steps == 2


def test_the_declared_precision_is_the_target_of_the_advice(analysed: Analysed) -> None:
    precision = {"relative": 0.05, "at_most": 20}

    analysis = analysed(edit=stepwise, benchmarks__0__precision=precision)

    assert [fact.target for fact in analysis.levels] == [0.05, 0.02, 0.02, 0.02]


def test_warm_up_is_in_the_cost_of_no_step_and_in_no_variance(analysed: Analysed) -> None:
    (levels,) = {fact.levels for fact in analysed(edit=compiled).levels}

    assert levels is not None
    assert levels.steps == 100
    assert levels.mean == pytest.approx(0.02015)


def test_without_steps_or_with_one_launch_the_levels_are_unknown(analysed: Analysed) -> None:
    assert {fact.unknown for fact in analysed().levels} == {Unknown.NO_STEPS}

    single = analysed({SERIAL: [8.0], pool(4): [2.0, 2.1]}, edit=stepwise).levels

    assert [(fact.case_id, fact.unknown, fact.metric) for fact in single] == [
        (SERIAL, Unknown.ONE_LAUNCH, "work_time"),
        (pool(4), None, "work_time"),
    ]


def test_a_value_leaves_found_warm_up_out_and_a_note_says_so(analysed: Analysed) -> None:
    analysis = analysed(edit=compiled)

    notes = [finding for finding in analysis.findings if finding.code == "CAP311"]
    assert analysis.baseline is not None
    assert analysis.baseline.time.value == pytest.approx(0.02015)
    assert len(notes) == 4
    assert "in 6 of 6 runs of serial/threads=1,workers=1 the first 3 to 3 steps" in notes[-1].what


def test_the_noise_floor_is_the_ratio_of_the_two_arms(analysed: Analysed) -> None:
    floor = analysed(noise=([8.0] * 6, [10.0] * 6)).noise_floor

    assert floor is not None
    assert floor.value == pytest.approx(0.8)
    assert floor.interval is not None
    assert (floor.n, floor.interval.method) == ("6 + 6", METHOD)


def test_equal_arms_have_a_ratio_of_one_and_change_no_count(analysed: Analysed) -> None:
    analysis = analysed(noise=(around(8), around(8)))

    assert analysis.noise_floor is not None
    assert analysis.noise_floor.value == pytest.approx(1.0)
    assert analysis.missing == 0
    assert "CAP304" not in codes(analysis)
    assert analysis.claim.verdict is Verdict.FASTER
    assert analysis.baseline is not None
    assert analysis.baseline.runs == 6


def test_three_pairs_have_no_interval_and_refuse_nothing(analysed: Analysed) -> None:
    analysis = analysed(
        {SERIAL: around(8), pool(4): around(7.9)}, noise=([4.0, 12.0, 8.0], [12.0, 4.0, 8.0])
    )

    assert analysis.noise_floor is not None
    assert analysis.noise_floor.interval is None
    assert "CAP316" not in codes(analysis)


def test_without_pairs_there_is_no_noise_floor(analysed: Analysed) -> None:
    floor = analysed().noise_floor

    assert (floor, noise_factor(floor)) == (None, None)


def test_pairs_that_report_no_time_are_no_noise_floor(tmp_path: Path) -> None:
    def unusable(run: RunRecord) -> RunRecord:
        return run.model_copy(update={"samples": ()}) if run.phase == "noise-floor" else run

    analysis = analyse(tmp_path, TIMES, noise=(around(8), around(8)), edit=unusable)

    assert analysis.noise_floor is None


WILD = ([8.0, 12.0] * 3, [12.0, 8.0] * 3)
"""Equal things that differ by a factor of 1.5."""


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(5.5, Verdict.REFUSED), (4.0, Verdict.FASTER), (11.5, Verdict.REFUSED), (16, Verdict.SLOWER)],
)
def test_a_claim_stands_only_wholly_beyond_what_equal_things_show(
    analysed: Analysed, seconds: float, verdict: Verdict
) -> None:
    times = {SERIAL: around(8), pool(4): around(seconds)}

    judged, without = analysed(times, noise=WILD), analysed(times)

    assert judged.claim.verdict is verdict
    assert without.claim.verdict is (Verdict.FASTER if seconds < 8 else Verdict.SLOWER)
    refused = ["CAP316"] if verdict is Verdict.REFUSED else []
    assert [finding.code for finding in judged.claim.refusals] == refused


def test_a_bound_within_the_noise_is_refused_though_the_other_is_far_beyond(
    analysed: Analysed,
) -> None:
    spread = {SERIAL: around(8), pool(4): [7.0, 3.0, 7.1, 3.1, 7.2, 3.2]}

    analysis = analysed(spread, noise=([8.0, 9.6] * 3, [9.6, 8.0] * 3))

    assert analysis.claim.point is not None
    assert analysis.claim.point.speedup.interval is not None
    assert analysis.claim.point.speedup.interval.low < 1.2
    assert analysis.claim.point.speedup.interval.high > 2
    assert [finding.code for finding in analysis.claim.refusals] == ["CAP316"]


def test_what_is_undecided_claims_nothing_that_noise_could_refuse(analysed: Analysed) -> None:
    analysis = analysed({SERIAL: around(8), pool(4): around(8.01)}, noise=WILD)

    assert analysis.claim.verdict is Verdict.UNDECIDED
    assert "CAP316" not in codes(analysis)


@pytest.mark.parametrize("swapped", [False, True])
def test_noise_is_the_larger_factor_whichever_arm_is_slower(
    analysed: Analysed, *, swapped: bool
) -> None:
    arms = ([8.0] * 6, [10.0] * 6)

    floor = analysed(noise=arms[::-1] if swapped else arms).noise_floor

    assert noise_factor(floor) == pytest.approx(1.25)


def test_a_failed_run_of_a_pair_is_missing(tmp_path: Path) -> None:
    def failing(run: RunRecord) -> RunRecord:
        spoilt = run.phase == "noise-floor" and run.repeat == 5
        return run.model_copy(update={"outcome": Outcome.FAILED}) if spoilt else run

    analysis = analyse(tmp_path, TIMES, noise=(around(8), around(8)), edit=failing)

    assert analysis.missing == 1


def test_a_metric_in_another_unit_or_without_a_declaration_has_no_levels(
    analysed: Analysed,
) -> None:
    def minutes(run: RunRecord) -> RunRecord:
        stepped = stepwise(run)
        samples = tuple(
            s.model_copy(update={"unit": "ms"}) if s.metric == "work_time" else s
            for s in stepped.samples
        )
        return stepped.model_copy(update={"samples": samples})

    facts = analysed(edit=minutes, cost=GONE).levels

    assert {fact.unknown for fact in facts} == {Unknown.NO_STEPS}
