"""What the launches of a calibration say, whose they are, and what a prediction makes of them."""

import math
from pathlib import Path

import pytest

from calibrated import MOMENT, SIZES, TrueLink, calibration_records
from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis, Verdict
from capstone_report.analysis.links import (
    POINT_TO_POINT,
    Calibration,
    calibration_findings,
    newest_calibration,
)
from capstone_report.calibration import LINKS, calibration_plan, counts_of
from capstone_report.perfmodel.outcomes import At, NeverDistribute
from capstone_report.results.records import Outcome, Phase, RunRecord
from capstone_report.spec.load import LoadedStudy, load_project
from simulated import (
    ENVIRONMENT,
    SERIAL,
    TIMES,
    Changes,
    around,
    load,
    machine_folder,
    pool,
    records,
    write_journal,
    write_workspace,
)

LATER = "2026-11-21T13:00:00.000+00:00"
MEGABYTE = 1_000_000


def calibrating(root: Path, **changes: object) -> Path:
    """Write a workspace whose study averages gradients and leaves its link to a calibration."""
    standard: Changes = {
        "design__communication__choice": "all-reduce",
        "design__communication__message_bytes": MEGABYTE,
        "design__communication__rejected": {"choice": "parameter-server", "why": "Too slow."},
        "design__consistency__rejected": {"choice": "eventual", "why": "The sum needs all."},
        "prediction": {"t_comp_s": 1.0, "link": "calibrate", "source": "a calibration"},
    }
    return write_workspace(root, **{**standard, **changes})


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedStudy:
    """A study that leaves its link to a calibration."""
    return load(calibrating(tmp_path))


def found_in(loaded: LoadedStudy, made: list[RunRecord]) -> Calibration:
    """Return the newest calibration of records; there is one."""
    found = newest_calibration(loaded, ENVIRONMENT, made)
    assert found is not None
    return found


def analysed(root: Path, made: list[RunRecord]) -> Analysis:
    """Return what the records of the workspace's only study say."""
    project = load_project(root)
    (loaded,) = project.studies
    journal = write_journal(machine_folder(loaded), made) if made else None
    return analyze(loaded, project.workspace, journal)


def test_the_constants_of_a_known_link_are_found(loaded: LoadedStudy) -> None:
    made = calibration_records(loaded, TrueLink(alpha=8e-5, beta=1 / 12e6, burst=16_000))

    found = found_in(loaded, made)

    assert found.moment == MOMENT
    (facts,) = found.by_workers
    assert (facts.workers, facts.launches, facts.by) == (2, 6, "an invention")
    assert math.isclose(facts.link.alpha.value, 8e-5, rel_tol=0.05)
    assert math.isclose(1 / facts.link.beta.value, 12e6, rel_tol=0.01)
    assert list(calibration_findings("here", found)) == []


def test_collectives_stand_beside_their_models_with_both_bandwidths(loaded: LoadedStudy) -> None:
    made = calibration_records(loaded, TrueLink(), workers=(4,))

    (facts,) = found_in(loaded, made).by_workers

    point = [e for e in facts.exchanges if e.name == POINT_TO_POINT]
    assert [e.size for e in point] == list(SIZES)
    assert {e.expected_s for e in point} == {None}
    largest = next(e for e in facts.exchanges if e.name == "all_reduce" and e.size == SIZES[-1])
    assert largest.expected_s == pytest.approx(largest.time.value, rel=0.01)
    assert largest.bandwidth.algorithm == pytest.approx(SIZES[-1] / largest.time.value)
    # nccl-tests: busbw of an all-reduce is 2 (n - 1)/n of algbw.
    assert largest.bandwidth.bus == pytest.approx(1.5 * largest.bandwidth.algorithm)
    assert largest.time.low is not None
    assert largest.tenth_s <= largest.time.value


def test_without_constants_no_model_is_priced(loaded: LoadedStudy) -> None:
    found = found_in(loaded, calibration_records(loaded, TrueLink(), launches=2))

    assert {e.expected_s for e in found.widest.exchanges} == {None}
    said = [str(finding) for finding in calibration_findings("here", found)]
    assert len(said) == 2
    assert "the latency between 2 workers is not identified: 2 launches give no interval" in said[0]
    assert "--launches 6 or more" in said[1]


def wild(launch: int, size: int) -> float:
    """Return a factor that grows with each launch."""
    return 1.0 + launch + 0 * size


def jagged(launch: int, size: int) -> float:
    """Return a factor that puts every second size beside the line."""
    return 1.0 + size.bit_length() % 2 + 0 * launch


def faster_at_first(launch: int, size: int) -> float:
    """Return a factor with which the smallest messages seem to come before they were sent."""
    return 1e-6 if size == SIZES[0] else 1.0 + launch / 1000


@pytest.mark.parametrize(
    ("disturb", "reason", "remedy"),
    [
        (wild, "its interval is wider than its value", "more --launches"),
        (jagged, "beside its line", "a larger --largest"),
        (faster_at_first, "zero or below", "quieter machine"),
    ],
)
def test_what_is_not_identified_says_why_and_what_to_do(
    loaded: LoadedStudy, disturb: object, reason: str, remedy: str
) -> None:
    made = calibration_records(loaded, TrueLink(), disturb=disturb)  # type: ignore[arg-type] # a function of the table above

    said = [str(finding) for finding in calibration_findings("here", found_in(loaded, made))]

    assert any(reason in text and remedy in text for text in said)


def test_the_newest_calibration_counts_and_the_most_workers_are_the_widest(
    loaded: LoadedStudy,
) -> None:
    made = [
        *calibration_records(loaded, TrueLink(alpha=9e-4)),
        *calibration_records(loaded, TrueLink(alpha=2e-4), workers=(2, 4), moment=LATER),
    ]

    found = found_in(loaded, made)

    assert found.moment == LATER
    assert [facts.workers for facts in found.by_workers] == [2, 4]
    assert found.widest.link.alpha.value == pytest.approx(2e-4, rel=0.05)


def test_links_of_another_machine_launcher_or_library_are_others(
    loaded: LoadedStudy, tmp_path: Path
) -> None:
    made = calibration_records(loaded, TrueLink())
    newer = ENVIRONMENT.model_copy(update={"packages": {"torch": "2.7.0"}})
    moved = {
        "benchmarks__1__launcher": {"kind": "hosts", "hosts": [{"address": "10.0.0.1"}]},
        "benchmarks__1__levels__workers": [1],
    }
    elsewhere = load(calibrating(tmp_path / "moved", **moved))

    assert newest_calibration(loaded, newer, made) is None
    assert newest_calibration(elsewhere, ENVIRONMENT, made) is None
    assert newest_calibration(loaded, None, made) is None


def test_launches_that_failed_and_other_runs_say_nothing(loaded: LoadedStudy) -> None:
    failed = [
        run.model_copy(update={"outcome": Outcome.FAILED})
        for run in calibration_records(loaded, TrueLink())
    ]

    assert newest_calibration(loaded, ENVIRONMENT, [*failed, *records(loaded, TIMES)]) is None


def test_a_calibration_is_between_two_workers_and_the_studys_own_counts(
    loaded: LoadedStudy,
) -> None:
    small = ENVIRONMENT.model_copy(update={"cores": 2})
    gpus = ENVIRONMENT.model_copy(update={"gpus": ("one", "two", "three")})

    assert counts_of(loaded, ENVIRONMENT) == [2, 4]
    assert counts_of(loaded, small) == [2]
    assert counts_of(loaded, gpus) == [2, 4]  # its benchmark is not accelerated


def test_accelerated_studies_are_calibrated_between_gpus(tmp_path: Path) -> None:
    loaded = load(
        calibrating(tmp_path, benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)
    )
    gpus = ENVIRONMENT.model_copy(update={"gpus": ("one", "two", "three")})

    plan = calibration_plan(loaded, gpus, (), moment=MOMENT, launches=1, largest=1 << 20)

    assert {run.case.device for run in plan.runs} == {"cuda"}
    assert [run.case.allocation.workers for run in plan.runs] == [2]
    assert plan.runs[0].case.command[-2:] == ("--largest", "1048576")
    assert {run.phase for run in plan.runs} == {Phase.CALIBRATION}


def test_every_calibration_is_measured_anew(loaded: LoadedStudy) -> None:
    made = calibration_records(loaded, TrueLink(), workers=(2, 4))

    again = calibration_plan(loaded, ENVIRONMENT, made, moment=LATER)

    assert len(again.missing(made)) == 12
    assert not calibration_plan(loaded, ENVIRONMENT, made, moment=MOMENT).missing(made)


def test_calibration_runs_never_count(tmp_path: Path) -> None:
    loaded = load(calibrating(tmp_path))
    calibrated = calibration_records(loaded, TrueLink())

    alone = analysed(tmp_path, [*records(loaded, TIMES)])
    beside = analysed(tmp_path, [*records(loaded, TIMES), *calibrated])

    assert (beside.attempts, beside.missing, beside.stale) == (alone.attempts, 0, ())
    assert LINKS not in beside.runs_csv
    assert beside.claim == alone.claim


def test_a_prediction_takes_what_it_leaves_out_from_the_calibration(tmp_path: Path) -> None:
    loaded = load(calibrating(tmp_path))
    made = calibration_records(loaded, TrueLink(alpha=1e-4, beta=1e-7))

    analysis = analysed(tmp_path, [*records(loaded, TIMES), *made])

    assert analysis.prediction
    model = analysis.prediction.model
    assert model.alpha == pytest.approx(1e-4, rel=0.05)
    # 1 MB at 10 MB/s takes 100 ms; two workers of a ring send half of it twice.
    assert model.beta == pytest.approx(0.1, rel=0.01)
    assert model.step_seconds(2) == pytest.approx(0.5 + 2e-4 + 0.1, rel=0.01)
    assert not [f for f in analysis.findings if f.code == "CAP381"]


@pytest.mark.parametrize(
    ("rate", "best", "seconds", "verdict"),
    [(120e6, At, 4.2, Verdict.FASTER), (1e5, NeverDistribute, 14.0, Verdict.SLOWER)],
)
def test_prediction_and_claim_turn_from_distribute_to_do_not_when_the_link_gets_slower(
    tmp_path: Path, rate: float, best: type, seconds: float, verdict: Verdict
) -> None:
    # 1 MB takes 8 ms or 10 s; two workers of a ring send half of it twice, beside 4 s of computing.
    loaded = load(
        calibrating(tmp_path, prediction__t_comp_s=8.0, benchmarks__1__levels__workers=[1, 2])
    )
    times = {SERIAL: around(8), pool(1): around(8.02), pool(2): around(seconds)}
    link = TrueLink(beta=1 / rate)

    analysis = analysed(
        tmp_path, [*records(loaded, times), *calibration_records(loaded, link, workers=(2,))]
    )

    assert analysis.prediction
    assert isinstance(analysis.prediction.time_optimal, best)
    assert analysis.prediction.model.step_seconds(2) == pytest.approx(seconds, rel=0.06)
    assert analysis.claim.verdict is verdict


def test_declared_constants_stand_in_until_the_link_is_calibrated(tmp_path: Path) -> None:
    guessed = {"prediction__alpha_s": 0.25, "prediction__beta_s": 0.5}
    loaded = load(calibrating(tmp_path, **guessed))
    made = [*records(loaded, TIMES), *calibration_records(loaded, TrueLink(beta=1e-7))]

    before = analysed(tmp_path, records(loaded, TIMES))
    after = analysed(tmp_path, made)

    assert before.prediction
    assert (before.prediction.model.alpha, before.prediction.model.beta) == (0.25, 0.5)
    assert after.prediction
    assert after.prediction.model.alpha == pytest.approx(5e-5, rel=0.05)
    assert after.prediction.model.beta == pytest.approx(0.1, rel=0.01)


def test_without_a_calibration_nothing_is_predicted_and_it_is_said_what_to_run(
    tmp_path: Path,
) -> None:
    loaded = load(calibrating(tmp_path))

    never = analysed(tmp_path, [])
    without = analysed(tmp_path, records(loaded, TIMES))
    doubted = analysed(
        tmp_path,
        [*records(loaded, TIMES), *calibration_records(loaded, TrueLink(), launches=3)],
    )

    for analysis, lack in (
        (never, "none of its link is on record"),
        (without, "none of its link is on record"),
        (doubted, f"the one of {MOMENT} did not identify them"),
    ):
        assert analysis.prediction is None
        assert analysis.requested is None
        (said,) = [str(f) for f in analysis.findings if f.code == "CAP381"]
        assert "leaves alpha_s and beta_s to a calibration" in said
        assert lack in said
        assert "run `capstone calibrate simulated`" in said
