"""Predicted against measured: what was frozen when, what it was worth, and what moved since."""

from pathlib import Path

import pytest

from capstone_report.analysis.bottlenecks import Bounded, Cause, LostPart, LostTime
from capstone_report.analysis.facts import Analysis
from capstone_report.analysis.fitted_points import sound_points
from capstone_report.analysis.forecast_facts import Foreseen, Role, Standing
from capstone_report.analysis.forecasts import forecast
from capstone_report.analysis.freezing import (
    curve_hash,
    frozen_workers,
    prediction_to_freeze,
)
from capstone_report.results.journal import Journal
from capstone_report.results.records import PredictionRecord
from fitted import (
    DOUBLED,
    LARGE,
    ONE_S,
    PREDICTED,
    analysed_again,
    fitted,
    journal_with_prediction,
    ring,
)
from simulated import GONE, Changes, codes, load, machine_folder, write_workspace

LEVELS: Changes = {"benchmarks__1__levels": {"workers": list(DOUBLED)}}
STEP_TIME: Changes = {
    "metrics__step_time": {
        "description": "one step",
        "unit": "ms",
        "kind": "cost",
        "direction": "lower",
        "scope": "total",
    }
}


def compared(analysis: Analysis) -> Foreseen:
    """Return the comparison of an analysis that has one."""
    assert analysis.foreseen is not None
    return analysis.foreseen


def test_a_prediction_before_the_first_distributed_run_is_pre_registered(tmp_path: Path) -> None:
    journal = journal_with_prediction(tmp_path)

    found = compared(analysed_again(tmp_path, **LEVELS))

    record = next(r for r in journal.records if isinstance(r, PredictionRecord))
    assert found.standing is Standing.PRE_REGISTERED
    assert (
        found.sha256 == record.sha256 == curve_hash(record.inputs, record.workers, record.times_s)
    )
    assert found.frozen_at == record.frozen_at
    assert found.git_commit == LARGE.git_commit
    assert found.changed == ()
    assert {p.role for p in found.points if p.workers > 1} == {Role.VALIDATED}


def test_a_prediction_after_a_distributed_run_is_post_hoc(tmp_path: Path) -> None:
    journal_with_prediction(tmp_path, frozen_first=False)

    analysis = analysed_again(tmp_path, **LEVELS)

    found = compared(analysis)
    assert found.standing is Standing.POST_HOC
    assert found.sha256 is None
    assert {p.role for p in found.points if p.workers > 1} == {Role.COMPARED}
    assert "CAP435" in codes(analysis)


def test_errors_are_signed_and_of_the_time(tmp_path: Path) -> None:
    found = compared(
        fitted(tmp_path, noise=0.001, law=lambda p: ring(p) * (1.25 if p > 8 else 1), **PREDICTED)
    )

    errors = {point.workers: point.error for point in found.points}
    assert found.scaled
    assert found.metric == "work_time"
    assert errors[1] == pytest.approx(0)
    assert errors[8] == pytest.approx(0, abs=0.01)
    assert errors[32] == pytest.approx(1 / 1.25 - 1, abs=0.01)
    assert found.mean_absolute_error == pytest.approx(0.4 / 5, abs=0.01)
    assert found.worst is not None
    assert found.worst.workers in {16, 32}
    ends = found.worst.error_bounds
    assert ends is not None
    assert ends[0] < found.worst.error < ends[1]


def test_the_point_that_a_shape_is_scaled_to_is_calibrated(tmp_path: Path) -> None:
    found = compared(fitted(tmp_path, **PREDICTED))

    assert [p.workers for p in found.points if p.role is Role.CALIBRATED] == [1]
    assert 1 not in [point.workers for point in found.judged]


def test_only_the_calibrated_point_judges_nothing(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, (1, 2), cores=1, benchmarks__1__oversubscribe=True, **PREDICTED)

    found = compared(analysis)
    assert found.judged == ()
    assert found.mean_absolute_error is None
    assert found.worst is None


def test_times_of_steps_are_compared_as_they_are(tmp_path: Path) -> None:
    found = compared(fitted(tmp_path, **PREDICTED, **STEP_TIME))

    # Every simulated run reports 1 ms for metrics other than its headline.
    assert not found.scaled
    assert found.metric == "step_time"
    assert found.points[0].measured.value == pytest.approx(0.001)
    assert found.points[0].predicted_s == pytest.approx(ONE_S)


def test_endless_work_is_compared_by_the_time_of_a_unit(tmp_path: Path) -> None:
    rated: Changes = {
        "problem__headline_metric": "rate",
        "benchmarks__1__scaling": "throughput",
        "metrics__rate": {
            "description": "items in a second",
            "unit": "samples/s",
            "kind": "rate",
            "direction": "higher",
            "scope": "total",
        },
    }
    post_hoc = compared(fitted(tmp_path / "here", law=lambda p: p / 8, **PREDICTED, **rated))
    journal_with_prediction(tmp_path / "frozen", law=lambda p: p / 8, **rated)
    frozen = compared(analysed_again(tmp_path / "frozen", **LEVELS, **rated))

    for found in (post_hoc, frozen):
        by_workers = {point.workers: point for point in found.points}
        # p workers do p units in T_c + alpha (p-1) + 2 beta (p-1)/p, each with work of its own.
        step = (ONE_S + 0.0064 + 0.32) / 2
        assert by_workers[2].predicted_s == pytest.approx(
            by_workers[1].predicted_s * step / ONE_S, rel=1e-6
        )


def test_without_a_point_to_scale_to_nothing_is_compared(tmp_path: Path) -> None:
    assert fitted(tmp_path, (2, 4, 8), **PREDICTED).foreseen is None


def test_without_a_prediction_nothing_is_compared(tmp_path: Path) -> None:
    analysis = fitted(tmp_path)

    assert analysis.foreseen is None
    assert "CAP435" not in codes(analysis)


def test_a_changed_prediction_is_told_and_the_frozen_one_is_shown(tmp_path: Path) -> None:
    journal_with_prediction(tmp_path)

    analysis = analysed_again(tmp_path, prediction__alpha_s=0.1, **LEVELS)

    found = compared(analysis)
    assert found.changed == ("alpha_s",)
    two = next(point for point in found.points if point.workers == 2)
    assert two.error == pytest.approx(0, abs=0.05)
    assert "CAP436" in codes(analysis)


def test_a_prediction_that_was_taken_back_is_still_shown(tmp_path: Path) -> None:
    journal_with_prediction(tmp_path)

    found = compared(analysed_again(tmp_path, prediction=GONE, **LEVELS))

    assert "t_comp_s" in found.changed
    assert found.standing is Standing.PRE_REGISTERED


def test_a_frozen_curve_says_nothing_between_its_points(tmp_path: Path) -> None:
    journal_with_prediction(tmp_path, (1, 2, 4, 8))

    found = compared(
        analysed_again(tmp_path, benchmarks__1__levels={"workers": [1, 2, 4, 8, 16, 32]})
    )

    assert [point.workers for point in found.points] == [1, 2, 4, 8]
    assert [workers for workers, _ in found.curve] == [1, 2, 4, 8, 16]


def test_what_is_recorded_is_not_frozen_again(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path, **PREDICTED))
    empty = Journal(folder=machine_folder(loaded))

    first = prediction_to_freeze(loaded, LARGE, empty)

    assert first is not None
    assert first.model == "book-ring"
    # T_2 = T/2 + alpha + beta of book section 41.4.5.
    assert dict(zip(first.workers, first.times_s, strict=True))[2] == pytest.approx(ring(2))
    again = Journal(folder=empty.folder, records=(first,))
    assert prediction_to_freeze(loaded, LARGE, again) is None


def test_a_study_that_predicts_nothing_freezes_nothing(tmp_path: Path) -> None:
    loaded = load(write_workspace(tmp_path))

    assert prediction_to_freeze(loaded, LARGE, Journal(folder=machine_folder(loaded))) is None


def test_a_frozen_curve_holds_the_requested_size(tmp_path: Path) -> None:
    sizing = {"workers": 24, "why": "It fits the budget."}
    loaded = load(write_workspace(tmp_path, sizing=sizing, **PREDICTED))

    assert frozen_workers(loaded.study) == (1, 2, 4, 8, 24)


def test_what_a_diagnosis_measured_stands_beside_the_error(tmp_path: Path) -> None:
    analysis = fitted(tmp_path, **PREDICTED)
    nothing = Bounded(value=0.2, low=None, high=None)
    part = LostPart(cause=Cause.COMMUNICATION, evidence="no_sync", lost=nothing, share=nothing)
    lost = LostTime(
        case_id="pool",
        workers=8,
        runs=6,
        time_s=1.6,
        baseline_s=8.0,
        ideal_s=1.0,
        lost=nothing,
        parts=(part,),
        unmeasured=(),
        shared_share=None,
        shared_note="",
        link="memory",
    )
    points, _ = sound_points(analysis.loaded.study, analysis.baseline, analysis.points, (), ())
    assert analysis.prediction is not None

    found = forecast(analysis.loaded.study, analysis.prediction.model, None, points, [lost])

    assert found is not None
    parts = {point.workers: point.parts for point in found.points}
    assert parts[8] == (part,)
    assert parts[4] == ()
