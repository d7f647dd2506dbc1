"""Rates as headline: measured here, where the work is endless; in trials and noise floors, too."""

from pathlib import Path

import pytest

from simulated import (
    SERIAL,
    Changes,
    analyse,
    case_id,
    pool,
    spec_problems,
    write_workspace,
)

RATE: Changes = {
    "problem__headline_metric": "rate",
    "metrics__rate": {
        "description": "items in a second",
        "unit": "samples/s",
        "kind": "rate",
        "direction": "higher",
        "scope": "total",
    },
}
ENDLESS: Changes = {**RATE, "benchmarks__1__scaling": "throughput"}
RATES = {SERIAL: [100.0] * 6, pool(1): [90.0] * 6, pool(2): [180.0] * 6, pool(4): [320.0] * 6}


def problems(root: Path, **changes: object) -> list[str]:
    """Return the codes that a changed study is refused with."""
    write_workspace(root, **Changes(changes))
    return [problem.code for problem in spec_problems(root)]


def test_a_rate_is_refused_where_the_work_is_divided_here(tmp_path: Path) -> None:
    assert problems(tmp_path / "strong", **RATE) == ["CAP202"]
    assert problems(tmp_path / "endless", **ENDLESS) == []


def test_a_ratio_of_rates_is_a_speedup_and_divided_by_workers_an_efficiency(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, RATES, **ENDLESS)

    last = analysis.points[-1]
    assert last.speedup.value == pytest.approx(3.2)
    assert last.efficiency.value == pytest.approx(0.8)
    assert (last.case.headline.value, last.case.headline.unit) == (320, "samples/s")
    assert last.case.time.value == pytest.approx(1 / 320)
    assert last.case.throughput is None
    assert analysis.claim.refusals == ()
    assert analysis.prediction is None


def test_a_trial_of_rates_picks_the_largest(tmp_path: Path) -> None:
    trial = {case_id("serial", threads=1): [50.0] * 3, case_id("serial", threads=2): [80.0] * 3}
    chosen = case_id("serial", threads=2)

    analysis = analyse(
        tmp_path,
        {chosen: [80.0] * 6, pool(2): [180.0] * 6},
        trial=trial,
        baseline__tune={"factor": "threads", "repeats": 3},
        benchmarks__0__levels={"threads": [1, 2]},
        **ENDLESS,
    )

    assert [(fact.level, fact.chosen) for fact in analysis.trial] == [
        ("threads = 1", False),
        ("threads = 2", True),
    ]
    assert (analysis.trial[1].time.value, analysis.trial[1].time.unit) == (80, "samples/s")


def test_a_noise_floor_of_rates_is_a_ratio_of_the_times_of_a_unit(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, RATES, noise=([100.0] * 4, [125.0] * 4), **ENDLESS)

    assert analysis.noise_floor
    assert analysis.noise_floor.value == pytest.approx(1.25)


def test_only_what_was_measured_elsewhere_begins_above_one_worker_without_a_proof(
    tmp_path: Path,
) -> None:
    baseline = {"kind": "smallest-published", "benchmark": "pool", "smallest_workers": 2}
    here: Changes = {
        "baseline": {**baseline, "correctness": {"metrics": ["checksum"]}},
        "benchmarks__1__levels": {"workers": [2, 4]},
    }

    assert problems(tmp_path / "here", **here) == ["CAP209"]
    del baseline["smallest_workers"]
    here["baseline"] = {**baseline, "correctness": {"metrics": ["checksum"]}}
    assert problems(tmp_path / "unnamed", **here) == ["CAP209", "CAP215"]


PREDICTION: Changes = {
    "t_comp_s": 1.0,
    "alpha_s": 0.0,
    "beta_s": 0.25,
    "source": "invented",
}


def test_a_prediction_of_growing_work_keeps_the_compute_of_each_worker(tmp_path: Path) -> None:
    analysis = analyse(tmp_path, RATES, prediction=PREDICTION, **ENDLESS)

    assert analysis.prediction
    assert analysis.prediction.model.compute(4) == 1.0
    assert analysis.prediction.model.speedup(4) > analysis.prediction.model.efficiency(4)


def test_a_size_beyond_the_shortest_step_is_no_mistake_where_the_work_grows(
    tmp_path: Path,
) -> None:
    sized: Changes = {
        "prediction": PREDICTION | {"beta_s": 10.0},
        "sizing": {"workers": 64, "why": "an example"},
    }

    assert "CAP252" in problems(tmp_path / "strong", **sized)
    assert "CAP252" not in problems(tmp_path / "endless", **(sized | ENDLESS))
