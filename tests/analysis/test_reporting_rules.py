"""The rules of reporting: each is met by one study and broken by another that differs in one thing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.rule_facts import RuleFact, Standing
from capstone_report.analysis.rules import CHECKS
from capstone_report.results.records import Environment, Outcome, RunRecord
from elsewhere import METRIC, analysis_of, import_text, mapping, write_external
from simulated import (
    ENVIRONMENT,
    SERIAL,
    TIMES,
    Changes,
    Edit,
    around,
    codes,
    pool,
    reporting,
)

Analysed = Callable[..., Analysis]

MET, NOT_MET, NOT_APPLICABLE = Standing.MET, Standing.NOT_MET, Standing.NOT_APPLICABLE
PREDICTION: Changes = {
    "prediction": {"t_comp_s": 1.0, "alpha_s": 1e-4, "beta_s": 1e-3, "source": "invented"}
}
LATENCY: Changes = {
    "problem__ceiling": "latency-throughput",
    "axis__name": "inference",
    "problem__demand": {"requests_per_s": 100.0, "within_s": 8.0},
    "problem__machine": {"name": "a server", "requests_per_s": 10.0, "source": "invented"},
}


def metric(unit: str, kind: str) -> dict[str, object]:
    """Return a metric of a unit and a kind."""
    return {
        "description": "an invented number",
        "unit": unit,
        "kind": kind,
        "direction": "lower",
        "scope": "total",
    }


def rule(analysis: Analysis, number: str) -> RuleFact:
    """Return how a study stands to a rule."""
    return next(fact for fact in analysis.concluded.rules if fact.number == number)


def standing(analysis: Analysis, number: str) -> Standing:
    """Return whether a study keeps a rule."""
    return rule(analysis, number).standing


def on(environment: Environment, **facts: object) -> Environment:
    """Return another machine."""
    return environment.model_copy(update=facts)


def failing(case: str, *, runs: int) -> Edit:
    """Return an edit after which the first runs of a case failed."""

    def edit(run: RunRecord) -> RunRecord:
        if run.case_id == case and run.repeat < runs:
            return run.model_copy(update={"outcome": Outcome.FAILED, "samples": ()})
        return run

    return edit


def test_all_fifteen_rules_are_listed_in_the_order_of_their_numbers(analysed: Analysed) -> None:
    rules = analysed().concluded.rules

    assert [fact.number for fact in rules] == [*map(str, range(1, 13)), "M1", "M2", "M3"]
    assert len(CHECKS) == 15


def test_what_applies_and_is_met_is_counted(analysed: Analysed) -> None:
    concluded = analysed().concluded

    # No latency is asked about (rule 8), and nothing but the ideal bounds the speedup (rule 11).
    assert (concluded.rules_met, concluded.rules_applying) == (13, 14)


def test_a_rule_that_is_kept_has_nothing_to_mend_and_each_has_its_evidence(
    analysed: Analysed,
) -> None:
    for fact in analysed().concluded.rules:
        assert bool(fact.mend) == (fact.standing is NOT_MET)
        assert fact.evidence


def test_what_was_not_measured_is_not_judged(analysed: Analysed) -> None:
    by_number = {fact.number: fact.standing for fact in analysed({}).concluded.rules}

    # What the declaration alone decides: kinds, ratios, and that nothing bounds the speedup.
    decided = {n for n, found in by_number.items() if found is not NOT_APPLICABLE}
    assert decided == {"3", "4", "11"}


def test_rule_1_wants_the_base_measured(analysed: Analysed) -> None:
    assert rule(analysed(), "1").evidence == "best-serial, 8.2 s over 6 runs"
    assert standing(analysed({pool(2): around(4)}), "1") is NOT_MET


def test_rule_2_wants_what_is_missing_measured_and_what_is_skipped_named(
    analysed: Analysed,
) -> None:
    assert standing(analysed(), "2") is MET
    few = TIMES | {pool(4): around(2.5, runs=4)}
    assert rule(analysed(few), "2").evidence == "2 planned runs are missing"

    small = {case: seconds for case, seconds in TIMES.items() if case != pool(4)}
    skipped = rule(analysed(small, environment=on(ENVIRONMENT, cores=2)), "2")
    assert skipped.standing is MET
    assert pool(4) in skipped.evidence


def test_rule_2_wants_a_reason_for_cores_that_nobody_uses(analysed: Analysed) -> None:
    large = on(ENVIRONMENT, cores=16)
    why: Changes = {"sizing": {"workers": 4, "why": "Four is what the question is about."}}

    assert (
        rule(analysed(environment=large), "2").evidence == "no case uses 12 of the machine's cores"
    )
    assert standing(analysed(environment=large, **why), "2") is MET


def test_rule_2_counts_no_cores_where_gpus_work(analysed: Analysed) -> None:
    with_gpu = on(ENVIRONMENT, cores=16, gpus=("an invented GPU",))

    assert standing(analysed(environment=with_gpu), "2") is MET


@pytest.mark.parametrize(
    ("unit", "kind", "found"),
    [
        ("samples/s", "cost", NOT_MET),
        ("s", "rate", NOT_MET),
        ("s", "cost", MET),
        ("1", "quality", MET),
    ],
)
def test_rule_3_wants_a_rate_to_be_called_one(
    analysed: Analysed, unit: str, kind: str, found: Standing
) -> None:
    analysis = analysed(metrics__other=metric(unit, kind))

    assert standing(analysis, "3") is found
    assert ("other" in rule(analysis, "3").evidence) == (found is NOT_MET)


def test_rule_4_wants_no_ratio_pooled(analysed: Analysed) -> None:
    pooled = analysed(metrics__own_speedup=metric("1", "cost"))

    assert rule(pooled, "4").evidence == "own_speedup"
    assert standing(pooled, "4") is NOT_MET
    assert rule(analysed(), "4").evidence == "every ratio is one of work_time"


def test_rule_5_wants_an_interval_with_every_number(analysed: Analysed) -> None:
    assert standing(analysed(), "5") is MET
    few = rule(analysed(TIMES | {pool(4): around(2.5, runs=3)}), "5")
    assert few.standing is NOT_MET
    assert few.evidence == f"{pool(4)}; speedup at 4"


def scattered(run: RunRecord) -> RunRecord:
    """Return a run whose accuracy follows its number."""
    return reporting(run, accuracy=0.95 + run.repeat / 1000)


def test_rule_6_wants_normality_checked_where_means_are_judged(analysed: Analysed) -> None:
    margin: Changes = {
        "metrics__accuracy__equivalent_within": 0.05,
        "benchmarks__0__repeats": 8,
        "benchmarks__1__repeats": 8,
    }
    eight = {case: around(times[0], runs=8) for case, times in TIMES.items()}

    assert rule(analysed(), "6").evidence.startswith("order statistics")
    assert standing(analysed(eight, edit=scattered, **margin), "6") is MET
    six = rule(analysed(TIMES, edit=scattered, **margin), "6")
    assert six.standing is NOT_MET
    assert "fewer than 8" in six.evidence


def test_rule_7_wants_an_interval_of_the_comparison(analysed: Analysed) -> None:
    assert "3.11 to 3.29" in rule(analysed(), "7").evidence
    few = {case: times[:3] for case, times in TIMES.items()}
    assert standing(analysed(few), "7") is NOT_MET


def test_rule_7_is_broken_where_another_way_to_make_the_interval_disagrees(
    analysed: Analysed,
) -> None:
    steady = [8 + run / 1000 for run in range(10)]
    doubtful = [7.5, 7.57, 7.83, 7.94, 7.96, 7.99, 7.99, 7.99, 8.07, 8.14]
    clear = [2.5 + 0.08 * run for run in range(10)]

    assert standing(analysed(TIMES | {SERIAL: steady, pool(4): doubtful}), "7") is NOT_MET
    agreeing = rule(analysed(TIMES | {SERIAL: steady, pool(4): clear}), "7")
    assert agreeing.standing is MET
    assert "(bootstrap)" in agreeing.evidence


def test_rule_7_looks_at_the_claimed_worker_count_only(analysed: Analysed) -> None:
    steady = [8 + run / 1000 for run in range(6)]
    unlike = TIMES | {SERIAL: steady, pool(2): [3.0, 3.4, 3.9, 4.5, 5.0, 5.5], pool(4): steady}

    assert "bootstrap" not in rule(analysed(unlike), "7").evidence


def test_rule_8_wants_a_high_percentile_where_people_wait(analysed: Analysed) -> None:
    tail: Changes = {"metrics__latency_p99": metric("s", "cost")}

    assert standing(analysed(), "8") is NOT_APPLICABLE
    assert standing(analysed(**LATENCY), "8") is NOT_MET
    assert rule(analysed(**LATENCY, **tail), "8").evidence == "latency_p99"


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({"cpu": "unknown"}, "processor"),
        ({"memory_bytes": 0}, "memory"),
        ({"git_commit": None}, "commit"),
        ({"git_dirty": True}, "commit 0123456789ab (modified)"),
    ],
)
def test_rule_9_wants_the_whole_setup(
    analysed: Analysed, facts: dict[str, object], lacking: str
) -> None:
    assert standing(analysed(), "9") is MET
    found = rule(analysed(environment=on(ENVIRONMENT, **facts)), "9")
    assert (found.standing, found.evidence) == (NOT_MET, lacking)


def every_rank(run: RunRecord) -> RunRecord:
    """Return a run of which every worker reports its time."""
    timed, *others = run.samples
    ranks = tuple(timed.model_copy(update={"rank": rank}) for rank in range(run.workers))
    return run.model_copy(update={"samples": (*ranks, *others)})


def test_rule_10_wants_the_time_of_every_worker_or_one_clock(analysed: Analysed) -> None:
    each: Changes = {"metrics__work_time__scope": "per-worker"}

    assert "one clock" in rule(analysed(), "10").evidence
    assert "slowest" in rule(analysed(edit=every_rank, **each), "10").evidence
    silent = analysed(**each)
    assert f"6 runs of {pool(2)}; 6 runs of {pool(4)}" in rule(silent, "10").evidence
    assert "CAP498" in codes(silent)


def test_rule_11_wants_a_bound_beside_the_ideal(analysed: Analysed) -> None:
    assert standing(analysed(), "11") is NOT_MET
    assert rule(analysed(**PREDICTION), "11").evidence == "the declared model's prediction"


def test_rule_12_wants_enough_runs_to_draw_their_spread(analysed: Analysed) -> None:
    assert "3 worker counts" in rule(analysed(), "12").evidence
    bare = rule(analysed(TIMES | {pool(2): around(4.5, runs=2)}), "12")
    assert (bare.standing, bare.evidence) == (NOT_MET, f"{pool(2)}: n = 2")


def test_the_gate_comes_first(analysed: Analysed) -> None:
    missed = analysed(edit=lambda run: reporting(run, accuracy=0.5) if run.repeat == 0 else run)

    assert standing(analysed(), "M1") is MET
    assert f"accuracy of {SERIAL}" in rule(missed, "M1").evidence
    ungated: Changes = {"metrics__accuracy": metric("1", "quality")}
    assert rule(analysed(**ungated), "M1").evidence == "no quality has a gate"


def test_more_runs_than_planned_are_told(analysed: Analysed) -> None:
    more = analysed(TIMES | {pool(4): around(2.5, runs=8)})

    assert standing(analysed(), "M2") is MET
    assert rule(more, "M2").evidence == f"{pool(4)}: 8 runs, 6 planned"
    assert "CAP499" in codes(more)


def test_failed_runs_count_until_no_median_is_left(analysed: Analysed) -> None:
    one = rule(analysed(edit=failing(pool(4), runs=1)), "M3")
    assert (one.standing, one.evidence[:8]) == (MET, "1 of 24 ")
    half = rule(analysed(edit=failing(pool(4), runs=3)), "M3")
    assert half.standing is NOT_MET
    assert half.evidence == f"{pool(4)}: 3 of 6 never arrived"


def test_what_was_imported_was_planned_by_others_and_says_less_of_its_machine(
    tmp_path: Path,
) -> None:
    write_external(tmp_path, workers=[8, 64], unit="s", scaling="weak")
    text = import_text(tmp_path, "p,t\n8,2\n64,2.5\n", mapping(column="t", unit="s"))

    analysis = analysis_of(tmp_path, text)

    assert standing(analysis, "M2") is NOT_APPLICABLE
    assert "imported" in rule(analysis, "M2").evidence
    assert standing(analysis, "2") is MET
    assert "memory" in rule(analysis, "9").evidence
    assert standing(analysis, "12") is NOT_MET


def test_of_imported_runs_nobody_knows_how_many_were_planned_or_failed(tmp_path: Path) -> None:
    gated = metric("1", "quality") | {"gate": {"at_most": 9.0}}
    write_external(tmp_path, workers=[1, 2], unit="s", metrics__loss=gated)
    metrics = {
        METRIC: {"column": "t", "unit": "s", "scope": "total"},
        "loss": {"column": "loss", "unit": "1", "scope": "total"},
    }
    table = "p,t,loss\n" + "1,8,3\n" * 6 + "2,4,3\n" * 6

    analysis = analysis_of(
        tmp_path, import_text(tmp_path, table, mapping(column="t", metrics=metrics))
    )

    assert rule(analysis, "M2").evidence == "imported: nothing says how many runs were planned"
    assert rule(analysis, "M3").evidence.endswith("which runs failed or were left out")
    assert standing(analysis, "M2") is standing(analysis, "M3") is NOT_APPLICABLE
