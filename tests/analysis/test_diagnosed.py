"""What diagnosis runs say: roofs, shares, lost time and its causes, on records of known runs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capstone_report.ablations import diagnosis_plan
from capstone_report.analysis.bottlenecks import Bounded, Cause, LostTime
from capstone_report.analysis.facts import Analysis
from capstone_report.report.diagnosis import verdict_of
from capstone_report.report.pages import render_report
from capstone_report.results.records import Outcome, RunRecord, Sample
from capstone_report.results.values import SHARED_SAMPLES
from diagnosed import analyze_diagnosis, diagnosis_records
from simulated import ENVIRONMENT, SERIAL, load, pool, write_workspace

CACHED = {"name": "cached", "removes": "io", "args": ["--cached"]}
SILENT = {"name": "silent", "removes": "communication", "env": {"SILENT": "1"}}
DECLARED: dict[str, object] = {"flop": 6e9, "bytes": 1e6, "ablations": [CACHED]}
NUMBERS = st.floats(-1e6, 1e6)


def analysed(
    root: Path, *, loading: float = 0.0, without: tuple[str, ...] = (), **declared: object
) -> Analysis:
    """Return a study whose baseline takes 8 s on a machine of 1 GFLOP/s and 1 MB/s."""
    write_workspace(root, diagnosis=declared or DECLARED)
    made = diagnosis_records(load(root), 8.0, loading=loading)
    kept = [run for run in made if not any(name in run.case_id for name in without)]
    return analyze_diagnosis(root, kept)


def page(analysis: Analysis, name: str) -> str:
    """Return one page of a report."""
    (found,) = [p for p in render_report(analysis).pages if p.path.endswith(f"/{name}.md")]
    return found.markdown


def test_shares_of_the_roofs_are_work_over_time_over_roof(tmp_path: Path) -> None:
    limits = analysed(tmp_path).diagnosed.baseline

    assert limits is not None
    # 6 GFLOP in 8 s on 1 GFLOP/s, and 1 MB in 8 s on 1 MB/s.
    assert limits.profile.compute_roof_share == pytest.approx(0.75, rel=0.01)
    assert limits.profile.bandwidth_roof_share == pytest.approx(0.125, rel=0.01)
    assert limits.leaf is not None
    assert limits.leaf.name == "arithmetic-binds"
    assert limits.roofs is not None
    assert limits.roofs.by == "an invention"


def test_an_ablation_is_a_share_with_an_interval(tmp_path: Path) -> None:
    limits = analysed(tmp_path, loading=0.75).diagnosed.baseline

    assert limits is not None
    (fact,) = limits.ablations
    assert fact.share.value == pytest.approx(0.75, abs=0.001)
    assert fact.share.low is not None
    assert fact.share.high is not None
    assert fact.share.low < 0.75 < fact.share.high
    assert limits.is_confirmed


def test_a_slow_first_step_does_not_lower_what_is_achieved(tmp_path: Path) -> None:
    write_workspace(tmp_path, diagnosis={"flop": 4e9})
    made = [
        run.model_copy(update={"samples": stepwise(run)}) if run.case_id == SERIAL else run
        for run in diagnosis_records(load(tmp_path), 8.0)
    ]

    limits = analyze_diagnosis(tmp_path, made).diagnosed.baseline

    assert limits is not None
    assert limits.time_s == 1.0
    assert limits.work_s == 5.0


def stepwise(run: RunRecord) -> tuple[Sample, ...]:
    """Return four steps of a second behind a first one of four, in place of the run's time."""
    times = [4.0, 1.0, 1.0, 1.0, 1.0]
    steps = (
        Sample(metric="work_time", value=value, unit="s", step=step)
        for step, value in enumerate(times)
    )
    return (*(s for s in run.samples if s.metric != "work_time"), *steps)


def test_without_roofs_or_demand_the_verdict_stays_open(tmp_path: Path) -> None:
    analysis = analysed(tmp_path, without=("roofs",), repeats=4)
    limits = analysis.diagnosed.baseline

    assert limits is not None
    assert limits.roofs is None
    assert limits.profile.compute_roof_share is None
    assert verdict_of(limits).startswith("open, for nothing answers implementation")
    assert "open, for nothing answers" in page(analysis, "baseline")


def test_without_any_run_of_the_baseline_nothing_limits_it(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    made = diagnosis_records(load(tmp_path), 8.0)
    only_roofs = [run for run in made if "roofs" in run.case_id]

    assert analyze_diagnosis(tmp_path, only_roofs).diagnosed.baseline is None


def test_two_slow_programs_and_no_ablation_are_undecided_on_the_page(tmp_path: Path) -> None:
    analysis = analysed(tmp_path, flop=1e7, bytes=1e4)

    assert "CAP356" in {finding.code for finding in analysis.findings}
    assert "undecided between: the implementation is slow" in page(analysis, "baseline")


def test_the_page_of_the_baseline_shows_roofs_and_ablations(tmp_path: Path) -> None:
    text = page(analysed(tmp_path, loading=0.75), "baseline")

    assert "| arithmetic | 748 MFLOP/s | 1 GFLOP/s | 74.8&nbsp;% |" in text
    assert "Without io (cached) it needs" in text
    assert "confirmed by its ablation" in text


def test_without_diagnosis_runs_the_pages_say_nothing(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    made = [run for run in diagnosis_records(load(tmp_path), 8.0) if run.phase != "diagnosis"]
    analysis = analyze_diagnosis(tmp_path, made)

    assert analysis.diagnosed.baseline is None
    assert "What limits it" not in page(analysis, "baseline")
    assert "Where the time goes" not in page(analysis, "performance")


def at_four(root: Path, *, shared: float | None = None, seconds: float = 3.0) -> Analysis:
    """Return a study whose four workers take 3 s and 2.2 s in silence; the baseline takes 8 s."""
    write_workspace(root, diagnosis={"ablations": [SILENT]})
    loaded = load(root)
    made = diagnosis_records(loaded, 8.0, workers=4)
    changed = []
    for run in made:
        if run.phase == "diagnosis" and run.workers == 4:
            time = 2.2 if run.ablation else seconds
            time *= 1 + run.repeat / 1000
            run = run.model_copy(update={"samples": ranked(run, time)})  # noqa: PLW2901 - the same run, timed
            if shared is not None:
                sample = Sample(metric=SHARED_SAMPLES, value=shared, unit="1")
                note = "ranks 0, 1 trained on the same samples in epoch 0: 50% of 64"
                added = {"samples": (*run.samples, sample), "notes": (note,)}
                run = run.model_copy(update=added)  # noqa: PLW2901 - the same run
        changed.append(run)
    return analyze_diagnosis(root, changed)


def ranked(run: RunRecord, slowest: float) -> tuple[Sample, ...]:
    """Return the times of four workers of whom one needs so long and three 0.2 s less."""
    others = tuple(s for s in run.samples if s.metric != "work_time")
    times = [slowest, *[slowest - 0.2] * 3]
    return (
        *others,
        *(Sample(metric="work_time", value=t, unit="s", rank=r) for r, t in enumerate(times)),
    )


def lost_of(analysis: Analysis) -> LostTime:
    """Return the only number of workers that was diagnosed."""
    (lost,) = analysis.diagnosed.workers
    return lost


def test_lost_time_is_split_into_causes_that_add_up(tmp_path: Path) -> None:
    lost = lost_of(at_four(tmp_path))

    shares = {part.cause: part.share.value for part in lost.parts}
    # Lost is 3 s - 8 s / 4 = 1 s: 0.8 s are communication, 0.15 s the slowest over the mean.
    assert lost.case_id == pool(4)
    assert lost.lost.value == pytest.approx(1.0, abs=0.01)
    assert shares[Cause.COMMUNICATION] == pytest.approx(0.8, abs=0.01)
    assert shares[Cause.IMBALANCE] == pytest.approx(0.15, abs=0.01)
    assert sum(shares.values()) == pytest.approx(1)
    assert [part.cause for part in lost.parts][-1] is Cause.REST
    assert lost.unmeasured == (Cause.IO, Cause.CONTENTION, Cause.SMALL_BATCH)
    assert lost.shared_share is None


def test_the_page_of_performance_shows_where_the_time_goes(tmp_path: Path) -> None:
    text = page(at_four(tmp_path, shared=0.5), "performance")

    assert "| exposed communication | 802" in text
    assert "**No distributed sampler**: ranks 0, 1 trained on the same samples" in text
    assert "Not measured, so part of the rest: data I/O, contention, small batches." in text


def test_workers_that_are_faster_than_ideal_lose_nothing(tmp_path: Path) -> None:
    analysis = at_four(tmp_path, shared=0.0, seconds=1.9)

    lost = lost_of(analysis)

    assert lost.parts == ()
    assert lost.lost.value < 0
    assert (lost.shared_share, lost.shared_note) == (0.0, "")
    assert "nothing is lost" in page(analysis, "performance")


def test_workers_on_gpus_talk_through_their_links(tmp_path: Path) -> None:
    write_workspace(tmp_path, benchmarks__0__accelerated=True, benchmarks__1__accelerated=True)
    gpus = ("Invented G1",) * 4
    loaded = load(tmp_path)
    environment = ENVIRONMENT.model_copy(update={"gpus": gpus})
    plan = diagnosis_plan(loaded, environment, (), workers=4)

    made = diagnosis_records(loaded, 8.0, workers=4, environment=environment)
    lost = lost_of(analyze_diagnosis(tmp_path, made))

    assert len(plan.runs) == 12
    assert lost.link == "GPUs of one machine (Invented G1): its bus or its GPU links"


@given(value=NUMBERS, low=NUMBERS, high=NUMBERS, factor=st.floats(-10, 10))
def test_a_multiple_keeps_its_interval_the_right_way_round(
    value: float, low: float, high: float, factor: float
) -> None:
    low, high = sorted((low, high))

    product = Bounded(value=value, low=low, high=high) * factor

    assert product.low is not None
    assert product.high is not None
    assert product.low <= product.high
    assert (Bounded(value=value) * factor).low is None


def test_a_sum_with_something_unknown_has_no_interval() -> None:
    known = Bounded(value=1, low=0, high=2)

    assert known + known == Bounded(value=2, low=0, high=4)
    assert known + Bounded(value=1) == Bounded(value=2)


def test_a_study_that_was_only_diagnosed_has_pages_and_no_claim(tmp_path: Path) -> None:
    write_workspace(tmp_path, diagnosis=DECLARED)
    made = [run for run in diagnosis_records(load(tmp_path), 8.0) if run.phase == "diagnosis"]
    analysis = analyze_diagnosis(tmp_path, made)

    assert (analysis.attempts, analysis.environment, analysis.stale) == (0, None, ())
    assert analysis.claim.verdict == "not measured"
    assert "What limits it" in page(analysis, "baseline")


def test_a_failed_diagnosis_is_no_failure_of_the_measurement(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    made = diagnosis_records(load(tmp_path), 8.0)
    broken = made[-1].model_copy(update={"outcome": Outcome.FAILED})
    analysis = analyze_diagnosis(tmp_path, [*made[:-1], broken])

    assert analysis.failed == 0
    assert "CAP303" not in {finding.code for finding in analysis.findings}


def test_an_ablation_or_workers_whose_runs_are_missing_tell_nothing(tmp_path: Path) -> None:
    limits = analysed(tmp_path / "one", without=(";cached",)).diagnosed.baseline
    write_workspace(tmp_path / "two", diagnosis={"ablations": [SILENT]})
    made = diagnosis_records(load(tmp_path / "two"), 8.0, workers=4)
    kept = [run for run in made if run.phase != "diagnosis" or run.case_id == SERIAL]
    alone = analyze_diagnosis(tmp_path / "two", kept)

    assert limits is not None
    assert limits.ablations == ()
    assert limits.profile.step_without_loading_s is None
    assert alone.diagnosed.workers == ()


@pytest.mark.parametrize(
    ("loading", "rows"),
    [
        (0.75, ["| ceiling | data-io | data-io | the same |", "| axis | data | data | the same |"]),
        (
            0.0,
            [
                "| ceiling | data-io | compute | **different** |",
                "| axis | data | training | **different** |",
            ],
        ),
    ],
    ids=["data-io", "compute"],
)
def test_declared_ceiling_and_axis_stand_beside_those_that_were_found(
    tmp_path: Path, loading: float, rows: list[str]
) -> None:
    text = page(analysed(tmp_path, loading=loading), "baseline")

    assert [line for line in text.splitlines() if line.startswith(("| ceiling", "| axis"))] == rows


def test_nothing_stands_beside_what_was_declared_while_nothing_was_found(tmp_path: Path) -> None:
    slow = analysed(tmp_path, flop=6e6, bytes=1e4)

    assert "| declared | found |" not in page(slow, "baseline")
