"""A rate whose scope is declared wrongly contradicts the work and the time; a right one never does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Analysis
from capstone_report.findings.finding import Severity
from capstone_report.measure.campaign import run_campaign
from capstone_report.results.journal import read_journal
from capstone_report.results.records import Imported, RunRecord, Sample
from capstone_report.spec.load import load_project
from simulated import (
    GONE,
    SERIAL,
    TIMES,
    Changes,
    Edit,
    analyse,
    around,
    load,
    pool,
    study_text,
    write_workspace,
)

WORK = 120


def rate(scope: str, unit: str = "samples/s") -> dict[str, str]:
    """Return the declaration of a rate with a scope."""
    return {
        "description": "items in a second",
        "unit": unit,
        "kind": "rate",
        "direction": "higher",
        "scope": scope,
    }


def reports(*, of_each: bool, ranks: int | None = None, times: float = 1.0) -> Edit:
    """Return an edit with which workers report the rate of their share, or all that of the job.

    Of several workers only `ranks` report; `times` is how often too large the rate is.
    """

    def edit(run: RunRecord) -> RunRecord:
        seconds = next(s.value for s in run.samples if s.metric == "work_time")
        share = WORK / run.workers if of_each else WORK
        told = tuple(
            Sample(metric="rate", value=times * share / seconds, unit="samples/s", rank=rank)
            for rank in range(min(ranks or run.workers, run.workers))
        )
        others = tuple(s for s in run.samples if s.metric != "rate")
        return run.model_copy(update={"samples": (*others, *told)})

    return edit


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., list[str]]:
    """Analyse the simulated study with a rate beside the time; return what is said of the rate."""

    def ask(scope: str, edit: Edit, **changes: object) -> list[str]:
        declared = {"metrics__rate": rate(scope), **changes}
        analysis = analyse(tmp_path, TIMES, edit=edit, **Changes(declared))
        return [f.what for f in analysis.findings if f.code == "CAP421"]

    return ask


Judged = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("scope", "of_each", "ranks"),
    [("per-worker", True, None), ("total", False, None), ("total", False, 1)],
)
def test_both_ways_to_report_a_rate_give_the_same_total(
    tmp_path: Path, *, scope: str, of_each: bool, ranks: int | None
) -> None:
    edit = reports(of_each=of_each, ranks=ranks)

    analysis = analyse(tmp_path, TIMES, edit=edit, **Changes(metrics__rate=rate(scope)))

    four = next(p.case for p in analysis.points if p.case.workers == 4)
    assert four.metrics["rate"].value == pytest.approx(WORK / four.time.value, rel=1e-3)
    assert "CAP421" not in [finding.code for finding in analysis.findings]


def test_a_share_that_is_declared_the_total_is_named_with_both_readings(judged: Judged) -> None:
    (what,) = judged("total", reports(of_each=True))

    # Four workers do 120 items in about 2.56 s: 46.8 a second, 11.7 each.
    assert "rate is declared total: 11.71 samples/s" in what
    assert "120 items of a run would take 10.2 s, and there was 2.56 s; read as" in what
    assert "read as the rate of each worker, it is 46.83 samples/s, and they take 2.56 s" in what


def test_a_total_that_is_declared_a_share_is_named_with_both_readings(judged: Judged) -> None:
    (what,) = judged("per-worker", reports(of_each=False))

    assert "rate is declared per-worker: 187.3 samples/s" in what
    assert "120 items of a run would take 0.641 s, and there was 2.56 s; read as" in what
    assert "read as the rate of the whole job, it is 46.83 samples/s, and they take 2.56 s" in what


def remedy(tmp_path: Path, scope: str, edit: Edit) -> str:
    """Return what to do about the one contradiction."""
    analysis = analyse(tmp_path, TIMES, edit=edit, **Changes(metrics__rate=rate(scope)))
    (found,) = [f for f in analysis.findings if f.code == "CAP421"]
    return found.remedy


def test_what_to_write_depends_on_who_reported(tmp_path: Path) -> None:
    every = remedy(tmp_path / "every", "total", reports(of_each=True))
    first = remedy(tmp_path / "first", "total", reports(of_each=True, ranks=1))
    silent = remedy(tmp_path / "silent", "per-worker", reports(of_each=True, ranks=1))
    total = remedy(tmp_path / "total", "per-worker", reports(of_each=False))

    keep = 'write scope = "{}" under [metrics.rate]; the same runs then count as they are'
    again = 'write scope = "per-worker" under [metrics.rate], let every worker report its own'
    assert every.startswith(keep.format("per-worker"))
    assert total.startswith(keep.format("total"))
    assert first.startswith(again)
    assert silent.startswith("let every worker report its own, and measure again")


@pytest.mark.parametrize(
    "changes",
    [
        {"benchmarks__0__work": GONE, "benchmarks__1__work": GONE},
        {"benchmarks__0__work_unit": "tokens", "benchmarks__1__work_unit": "tokens"},
        {"metrics__rate": rate("total") | {"kind": "quality"}},
        {"benchmarks__0__work": 1200, "benchmarks__1__work": 1200},
    ],
    ids=["no work", "other units", "no rate", "other work"],
)
def test_without_work_that_the_rate_counts_nothing_is_said(
    judged: Judged, changes: Changes
) -> None:
    assert judged("total", reports(of_each=True), **changes) == []


def test_a_rate_that_no_reading_explains_is_no_question_of_its_scope(judged: Judged) -> None:
    assert judged("total", reports(of_each=False, times=50)) == []


def test_runs_without_the_rate_and_imported_ones_are_left_alone(judged: Judged) -> None:
    imported = Imported(source="x", date="2024", file="x.csv", file_sha256="0" * 64)
    shares = reports(of_each=True)

    def elsewhere(run: RunRecord) -> RunRecord:
        return shares(run).model_copy(update={"imported": imported})

    def silent(run: RunRecord) -> RunRecord:
        told = tuple(sample for sample in run.samples if sample.metric != "rate")
        return run.model_copy(update={"samples": told})

    assert judged("total", elsewhere) == []
    assert judged("total", silent) == []


HEADLINE: Changes = {"problem__headline_metric": "rate", "benchmarks__1__scaling": "throughput"}
RATES = {SERIAL: around(15), pool(1): around(13.3), pool(2): around(26), pool(4): around(48)}


def throughput(root: Path, scope: str, *, of_each: bool, start_s: float) -> Analysis:
    """Return what rates say that were reported of each worker or of all, after some start-up."""

    def edit(run: RunRecord) -> RunRecord:
        whole = next(s.value for s in run.samples if s.metric == "rate")
        told = tuple(
            Sample(
                metric="rate",
                value=whole / run.workers if of_each else whole,
                unit="samples/s",
                rank=rank,
            )
            for rank in range(run.workers)
        )
        others = tuple(s for s in run.samples if s.metric != "rate")
        wall_s = start_s + WORK / whole
        return run.model_copy(update={"samples": (*others, *told), "wall_time_s": wall_s})

    changes = {**HEADLINE, "metrics__rate": rate(scope)}
    return analyse(root, RATES, edit=edit, **Changes(changes))


@pytest.mark.parametrize(("scope", "of_each"), [("total", True), ("per-worker", False)])
def test_a_claim_that_rests_on_a_rate_of_the_wrong_scope_is_refused_by_the_wall_time(
    tmp_path: Path, *, scope: str, of_each: bool
) -> None:
    analysis = throughput(tmp_path, scope, of_each=of_each, start_s=0.5)

    assert [f.code for f in analysis.claim.refusals] == ["CAP421"]
    assert [f.code for f in analysis.findings].count("CAP421") == 1
    # One worker's process lasts half a second longer than its 120 items take at its own rate. Of the
    # 2.94 s of four workers that leaves 2.94 - 4 x 0.5 to 2.94 - 0.5 / 4.
    assert "there was 0.938 to 2.81 s; read as the rate of" in analysis.claim.refusals[0].what


@pytest.mark.parametrize(("scope", "of_each"), [("total", False), ("per-worker", True)])
@pytest.mark.parametrize("start_s", [0.0, 0.5, 60.0])
def test_a_claim_that_rests_on_a_rate_of_the_right_scope_stands(
    tmp_path: Path, *, scope: str, of_each: bool, start_s: float
) -> None:
    analysis = throughput(tmp_path, scope, of_each=of_each, start_s=start_s)

    assert analysis.claim.refusals == ()


def test_a_long_start_up_hides_a_wrong_scope_and_accuses_nobody(tmp_path: Path) -> None:
    analysis = throughput(tmp_path, "per-worker", of_each=False, start_s=60.0)

    assert analysis.claim.refusals == ()


@pytest.mark.parametrize(("timed", "refused"), [(False, ["CAP421"]), (True, [])])
def test_a_time_around_the_work_settles_what_a_start_that_grows_leaves_open(
    tmp_path: Path, *, timed: bool, refused: list[str]
) -> None:
    def grows(run: RunRecord) -> RunRecord:
        whole = next(s.value for s in run.samples if s.metric == "rate")
        told = [
            Sample(metric="rate", value=whole / run.workers, unit="samples/s", rank=rank)
            for rank in range(run.workers)
        ]
        if timed:
            told.append(Sample(metric="loop_time", value=WORK / whole, unit="s"))
        start_s = {1: 0.1, 2: 4.6, 4: 7.5}[run.workers]
        others = tuple(s for s in run.samples if s.metric != "rate")
        wall_s = start_s + WORK / whole
        return run.model_copy(update={"samples": (*others, *told), "wall_time_s": wall_s})

    loop = {"description": "the loop", "unit": "s", "kind": "cost"}
    loop |= {"direction": "lower", "scope": "total"}
    more = {"metrics__loop_time": loop} if timed else {}
    changes = {**HEADLINE, "metrics__rate": rate("per-worker"), **more}
    analysis = analyse(tmp_path, RATES, edit=grows, **Changes(changes))

    assert [f.code for f in analysis.claim.refusals] == refused


def test_a_rate_beside_the_headline_warns_and_leaves_the_speedup_standing(tmp_path: Path) -> None:
    edit = reports(of_each=True)

    analysis = analyse(tmp_path, TIMES, edit=edit, **Changes(metrics__rate=rate("total")))

    assert analysis.claim.refusals == ()
    severities = [f.severity for f in analysis.findings if f.code == "CAP421"]
    assert severities == [Severity.WARNING]


def test_throughput_of_weak_scaling_counts_the_work_of_all_workers(tmp_path: Path) -> None:
    changes: Changes = {
        "benchmarks__1__scaling": "weak",
        "benchmarks__1__scaling_function": "120 items for each worker",
    }

    analysis = analyse(tmp_path, TIMES, **changes)

    four = next(p.case for p in analysis.points if p.case.workers == 4)
    assert four.throughput
    assert four.throughput.value == pytest.approx(4 * WORK / four.time.value)


PROGRAM = """\
import os, sys, threading, time
from capstone_report.workloads.emit import metric

workers = int(os.environ["CAPSTONE_WORKERS"])
started = time.perf_counter()
threads = [threading.Thread(target=time.sleep, args=(0.4 / workers,)) for _ in range(workers)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
seconds = time.perf_counter() - started
metric("work_time", seconds, "s")
metric("accuracy", 1, "1")
metric("checksum", 41, "1")
for rank in range(workers):
    os.environ["RANK"] = str(rank)
    metric("rate", 120 / seconds / ({divided} and workers or 1), "samples/s")
"""
"""Workers that do 120 items together, and report the rate of each worker or of all."""


@pytest.mark.parametrize("of_each", [True, False])
def test_programs_that_report_as_declared_give_one_total_and_others_are_told(
    tmp_path: Path, *, of_each: bool
) -> None:
    right, wrong = ("per-worker", "total") if of_each else ("total", "per-worker")
    declared = {"metrics__rate": rate(right), "benchmarks__1__levels": {"workers": [1, 2]}}
    repeats = {"benchmarks__0__repeats": 1, "benchmarks__1__repeats": 1}
    oversubscribe = {"benchmarks__1__oversubscribe": True}
    changes = Changes({**declared, **repeats, **oversubscribe})
    write_workspace(tmp_path, **changes)
    for name in ("serial.py", "pool.py"):
        program = PROGRAM.format(divided=of_each)
        (tmp_path / "specs" / "simulated" / name).write_text(program)
    folder = run_campaign(load(tmp_path), lambda _: None).folder

    def analysed(scope: str) -> Analysis:
        study = tmp_path / "specs" / "simulated" / "study.toml"
        study.write_text(study_text(**Changes(changes | {"metrics__rate": rate(scope)})))
        project = load_project(tmp_path)
        return analyze(project.studies[0], project.workspace, read_journal(folder))

    two = analysed(right).points[-1].case
    assert two.metrics["rate"].value == pytest.approx(WORK / two.time.value)
    assert "CAP421" not in [finding.code for finding in analysed(right).findings]
    assert "CAP421" in [finding.code for finding in analysed(wrong).findings]
