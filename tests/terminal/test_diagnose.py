"""`capstone diagnose` on real programs whose limits are known."""

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Verdict
from capstone_report.measure.campaign import run_campaign
from capstone_report.results.journal import read_journal
from capstone_report.results.records import Phase
from capstone_report.spec.load import load_project
from diagnosed import (
    CACHED,
    CACHED_BY_ENV,
    FILES,
    IMPORTABLE,
    PRODUCT,
    SILENT,
    SLOW_PRODUCT,
    SUM,
    alone,
    diagnosis,
    ranks,
)
from sites import REPOSITORY

Run = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]


@pytest.fixture
def diagnosed(capstone: Run, write_study: Write) -> Callable[..., dict[str, Any]]:
    """Write a study of real programs, diagnose it, and return the answer for it."""

    def ask(*arguments: str, **pieces: str) -> dict[str, Any]:
        shutil.rmtree(write_study(**pieces) / "results", ignore_errors=True)
        answer = capstone("diagnose", "--json", *arguments)
        assert answer.returncode == 0, answer.stderr
        whole = json.loads(answer.stdout)
        jsonschema.validate(
            whole, json.loads((REPOSITORY / "docs" / "diagnose.schema.json").read_text())
        )
        (study,) = whole["studies"]
        return dict(study)

    return ask


Diagnosed = Callable[..., dict[str, Any]]
TRIES = 4


def times_are_those_of_a_busy_machine(test: Callable[..., None]) -> Callable[..., None]:
    """Measure again where other work disturbed the times; what is claimed holds in one of the tries."""

    @functools.wraps(test)
    def tried(*arguments: object, **fixtures: object) -> None:
        for _ in range(TRIES - 1):
            with contextlib.suppress(AssertionError):
                return test(*arguments, **fixtures)
        return test(*arguments, **fixtures)

    return tried


def end(study: dict[str, Any]) -> str:
    """Return the one end of the decision flow."""
    (found,) = study["baseline"]["ends"]
    return str(found["name"])


@times_are_those_of_a_busy_machine
def test_a_dense_product_is_bound_by_compute(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=PRODUCT, report_extra=diagnosis())

    baseline = study["baseline"]
    assert end(study) == "arithmetic-binds"
    assert baseline["ends"][0]["axis"] == "training"
    assert baseline["flop"] == 2 * 1024**3
    assert baseline["compute_roof_share"] > 0.48
    assert baseline["compute_roof_flop_per_s"] > 1e9
    assert not baseline["confirmed"]
    # Other work that disturbs the roofs alone lets the product exceed them, which is told.
    assert {finding["code"] for finding in study["findings"]} <= {"CAP357"}


@times_are_those_of_a_busy_machine
def test_a_streaming_sum_is_bound_by_memory_bandwidth(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=SUM, report_extra=diagnosis(parameters_stream="false"))

    baseline = study["baseline"]
    assert end(study) == "examples-stream"
    assert baseline["ends"][0]["ceiling"] == "memory-bandwidth"
    assert baseline["memory_roof_share"] > 0.6
    assert baseline["compute_roof_share"] < 0.2
    codes = [finding["code"] for finding in study["findings"] if finding["code"] != "CAP357"]
    assert codes == ["CAP355"]


@times_are_those_of_a_busy_machine
def test_a_loop_that_defeats_the_page_cache_is_bound_by_data_io(diagnosed: Diagnosed) -> None:
    study = diagnosed(
        serial=FILES, report_extra=diagnosis(CACHED, flop="3.2e7", bytes="3.2e7", repeats=2)
    )

    baseline = study["baseline"]
    assert end(study) == "reading-dominates"
    assert baseline["ends"][0]["axis"] == "data"
    assert baseline["ablations"][0]["share"]["value"] > 0.3
    assert baseline["confirmed"]


@times_are_those_of_a_busy_machine
def test_a_slow_product_is_an_inefficient_implementation_and_no_axis_is_named(
    diagnosed: Diagnosed,
) -> None:
    study = diagnosed(serial=SLOW_PRODUCT, report_extra=diagnosis(CACHED, repeats=3))

    baseline = study["baseline"]
    assert end(study) == "inefficient-implementation"
    assert baseline["ends"][0]["axis"] is None
    assert baseline["compute_roof_share"] < 0.08
    assert baseline["memory_roof_share"] < 0.08
    assert [finding["code"] for finding in study["findings"]] == ["CAP354"]


@times_are_those_of_a_busy_machine
def test_without_an_ablation_a_slow_program_may_be_a_slow_loader(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=SLOW_PRODUCT, report_extra=diagnosis())

    assert "inefficient-implementation" in {e["name"] for e in study["baseline"]["ends"]}
    assert len(study["baseline"]["ends"]) > 1
    assert [finding["code"] for finding in study["findings"]] == ["CAP356"]


def parts(study: dict[str, Any]) -> dict[str, float]:
    """Return the share of each cause in what is lost."""
    (workers,) = study["workers"]
    return {part["cause"]: part["share"]["value"] for part in workers["parts"]}


@times_are_those_of_a_busy_machine
def test_a_delayed_link_is_exposed_communication_with_its_true_share(diagnosed: Diagnosed) -> None:
    study = diagnosed(
        "--workers",
        "2",
        serial=alone(),
        pool=ranks(talking=0.12, serial=0.06),
        scope="per-worker",
        pool_extra=IMPORTABLE,
        report_extra=diagnosis(SILENT, repeats=4),
    )

    (workers,) = study["workers"]
    share = next(p["share"] for p in workers["parts"] if p["cause"] == "exposed communication")
    assert abs(share["value"] - 0.12 / 0.18) < 0.1
    assert share["low"] <= share["value"] <= share["high"]
    assert abs(parts(study)["serial and other rest"] - 0.06 / 0.18) < 0.1
    assert "data I/O" in workers["unmeasured"]


@times_are_those_of_a_busy_machine
def test_a_slow_loader_is_data_io_and_what_scales_is_no_loss(diagnosed: Diagnosed) -> None:
    study = diagnosed(
        "--workers",
        "2",
        serial=alone(loading=0.04),
        pool=ranks(loading=0.12),
        scope="per-worker",
        pool_extra=IMPORTABLE,
        report_extra=diagnosis(CACHED_BY_ENV, SILENT),
    )

    # T_p is 220 ms and the ideal 120 ms; half of the baseline's 40 ms of loading is no loss.
    assert abs(parts(study)["data I/O"] - 1.0) < 0.1
    assert abs(parts(study)["exposed communication"]) < 0.1


@times_are_those_of_a_busy_machine
def test_uneven_workers_are_imbalance(diagnosed: Diagnosed) -> None:
    study = diagnosed(
        "--workers",
        "2",
        serial=alone(),
        pool=ranks(uneven=0.08),
        scope="per-worker",
        pool_extra=IMPORTABLE,
        report_extra=diagnosis(busy_metric='"busy_time"'),
    )

    # The slower one needs 180 ms, their mean is 140 ms, the ideal 100 ms: half of what is lost.
    assert abs(parts(study)["imbalance"] - 0.5) < 0.1


def test_diagnosis_runs_are_kept_and_never_count(
    diagnosed: Diagnosed, workspace: Path, capstone: Run
) -> None:
    first = diagnosed(report_extra=diagnosis())
    answer = capstone("diagnose", "--json")
    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")

    loaded = load_project(workspace)
    analysis = analyze(loaded.studies[0], loaded.workspace, read_journal(journal.parent))

    assert first["measured"] == 2
    assert json.loads(answer.stdout)["studies"][0]["measured"] == 0
    assert {run.phase for run in read_journal(journal.parent).runs} == {Phase.DIAGNOSIS}
    assert (analysis.attempts, analysis.stale, analysis.missing) == (0, (), 4)
    assert analysis.diagnosed.baseline is not None


FORGOTTEN = "trained_on(range(64))"
SHARDED = "trained_on(range(rank, 64, 2))"


def test_a_missing_sampler_is_named_with_its_ids_and_the_speedup_is_refused(
    diagnosed: Diagnosed, workspace: Path
) -> None:
    study = diagnosed(
        "--workers",
        "2",
        serial=alone(),
        pool=ranks(report=FORGOTTEN),
        scope="per-worker",
        repeats="4",
        pool_extra=IMPORTABLE,
    )
    loaded = load_project(workspace)
    campaign = run_campaign(loaded.studies[0], lambda _: None)
    analysis = analyze(loaded.studies[0], loaded.workspace, read_journal(campaign.folder))

    (workers,) = study["workers"]
    assert workers["shared_samples"] == 1.0
    assert "ranks 0, 1 trained on the same samples in epoch 0" in workers["shared_note"]
    assert "'0', '1', '10'" in workers["shared_note"]
    assert [finding["code"] for finding in study["findings"]] == ["CAP360"]
    assert analysis.claim.verdict is Verdict.REFUSED
    assert [finding.code for finding in analysis.claim.refusals] == ["CAP360"]


def test_workers_with_samples_of_their_own_are_told_so(write_study: Write, capstone: Run) -> None:
    pieces = {"scope": "per-worker", "pool_extra": IMPORTABLE, "report_extra": diagnosis(SILENT)}
    write_study(serial=alone(), pool=ranks(report=SHARDED, talking=0.05), **pieces)

    answer = capstone("diagnose", "--workers", "2")

    assert answer.returncode == 0, answer.stderr
    assert "every worker trained on samples of its own" in answer.stdout
    assert "exposed communication" in answer.stdout
    assert "no network" in answer.stdout


def test_the_baseline_is_told_with_numbers_roofs_questions_and_verdict(
    write_study: Write, capstone: Run
) -> None:
    write_study(serial=SLOW_PRODUCT, report_extra=diagnosis(CACHED, repeats=2))

    answer = capstone("diagnose", "tiny")

    assert answer.returncode == 0, answer.stderr
    assert "of the roof, " in answer.stdout
    assert "numpy in float64" in answer.stdout
    assert "without io" in answer.stdout
    assert "time falls by " in answer.stdout
    assert re.search(r"implementation\? +yes: share of the nearer roof 0\.", answer.stdout)
    assert "Verdict: the implementation is slow, not the machine" in answer.stdout
    assert "none is recommended" in answer.stdout
    assert "python serial.py --cached" in answer.stderr
    assert "[CAP354]" in answer.stderr


def test_what_nobody_said_is_told_as_not_known(write_study: Write, capstone: Run) -> None:
    write_study(report_extra=diagnosis())

    answer = capstone("diagnose")

    assert "not known: neither diagnosis.flop nor a metric of that name" in answer.stdout
    assert "Verdict: open, for nothing answers implementation" in answer.stdout


def test_a_program_that_fails_fails_the_diagnosis_and_leaves_nothing_to_tell(
    write_study: Write, capstone: Run
) -> None:
    write_study(serial="raise SystemExit('no data')", report_extra=diagnosis())

    answer = capstone("diagnose")

    assert answer.returncode == 4
    assert "[CAP301]" in answer.stderr
    assert "Verdict" not in answer.stdout


def test_a_check_that_fails_without_a_part_of_the_work_is_passed_over(
    diagnosed: Diagnosed,
) -> None:
    program = (
        "import sys\n"
        "from capstone_report.workloads.emit import check, metric\n"
        "metric('work_time', 0.001, 's')\n"
        "check('learned', ok='--cached' not in sys.argv)\n"
    )

    study = diagnosed(serial=program, report_extra=diagnosis(CACHED))

    assert [fact["name"] for fact in study["baseline"]["ablations"]] == ["cached"]


def test_a_count_that_is_not_declared_and_one_that_does_not_fit_are_told_apart(
    write_study: Write, capstone: Run
) -> None:
    many = "levels = { workers = [2, 9999] }"
    folder = write_study()
    study = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(
        study.replace("levels = { workers = [2] }", many).replace("oversubscribe = true", "")
    )

    unknown = capstone("diagnose", "--workers", "3")
    large = capstone("diagnose", "--workers", "9999")

    assert (unknown.returncode, large.returncode) == (2, 7)
    assert "[CAP352] no case of 3 workers can run here; declared are: 2, 9999" in unknown.stderr
    assert "`capstone plan` says what does not fit" in large.stderr


PROFILER = """\
#!/bin/sh
while [ "$1" != -- ]; do [ "$1" = --output ] && echo '<svg/>' > "$2"; shift; done
shift
exec "$@"
"""
"""Stands for py-spy: takes its options, writes the picture, and runs the program."""


def test_a_flame_graph_is_drawn_by_the_profiler_where_it_is_installed(
    write_study: Write, capstone: Run, tmp_path: Path
) -> None:
    write_study(report_extra=diagnosis())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "py-spy").write_text(PROFILER)
    (tmp_path / "bin" / "py-spy").chmod(0o755)
    flame, path = tmp_path / "flame.svg", f"{tmp_path / 'bin'}:{os.environ['PATH']}"

    answers = [capstone("diagnose", "--flame", str(flame), PATH=path) for _ in range(2)]

    assert [answer.returncode for answer in answers] == [0, 0], answers[0].stderr
    assert flame.read_text() == "<svg/>\n"
    assert all(f"wrote {flame}" in answer.stderr for answer in answers)
    assert all("py-spy record --subprocesses" in answer.stderr for answer in answers)


def test_without_the_profiler_it_is_said_what_to_install(capstone: Run, tmp_path: Path) -> None:
    answer = capstone("diagnose", "--flame", "flame.svg", PATH=str(tmp_path))

    assert answer.returncode == 7
    assert "[CAP353]" in answer.stderr
    assert "pip install py-spy" in answer.stderr


GLOO = """\
import os, sys, time
import torch
import torch.distributed as dist
from capstone_report.workloads.emit import metric

dist.init_process_group("gloo")
gradient = torch.ones(1 << 18)
waited = 0.0
dist.barrier()
started = time.perf_counter()
for _ in range(20):
    time.sleep(0.01)
    if not os.environ.get("SILENT"):
        before = time.perf_counter()
        time.sleep(0.005)
        dist.all_reduce(gradient)
        waited += time.perf_counter() - before
metric("work_time", time.perf_counter() - started, "s")
metric("waited", waited, "s")
dist.barrier()
dist.destroy_process_group()
sys.stdout.flush()
os._exit(0)  # a thread of gloo may abort at the interpreter's end
"""
"""Two workers that exchange a gradient over a link that is delayed by 5 ms."""


@pytest.mark.slow
@times_are_those_of_a_busy_machine
def test_a_real_exchange_over_a_delayed_link_has_its_true_share(
    diagnosed: Diagnosed, workspace: Path
) -> None:
    study = diagnosed(
        "--workers",
        "2",
        serial=alone(),
        pool=GLOO,
        scope="per-worker",
        pool_launcher="torchrun",
        report_extra=diagnosis(SILENT, repeats=4),
    )
    (journal,) = workspace.glob("specs/tiny/results/*/journal.jsonl")
    whole = [
        run for run in read_journal(journal.parent).runs if run.workers == 2 and not run.ablation
    ]

    (workers,) = study["workers"]
    found = next(p for p in workers["parts"] if p["cause"] == "exposed communication")
    waited = [max(s.value for s in run.samples if s.metric == "waited") for run in whole]
    true_share = sorted(waited)[len(waited) // 2] / workers["lost_s"]["value"]
    assert abs(found["share"]["value"] - true_share) < 0.1
