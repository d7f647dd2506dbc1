"""`capstone diagnose` on real programs whose limits are known."""

import json
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
        write_study(**pieces)
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


def end(study: dict[str, Any]) -> str:
    """Return the one end of the decision flow."""
    (found,) = study["baseline"]["ends"]
    return str(found["name"])


def test_a_dense_product_is_bound_by_compute(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=PRODUCT, report_extra=diagnosis())

    baseline = study["baseline"]
    assert end(study) == "arithmetic-binds"
    assert baseline["ends"][0]["axis"] == "training"
    assert baseline["flop"] == 4 * 2 * 1024**3
    assert baseline["compute_roof_share"] > 0.48
    assert baseline["compute_roof_flop_per_s"] > 1e9
    assert not baseline["confirmed"]
    assert study["findings"] == []


def test_a_streaming_sum_is_bound_by_memory_bandwidth(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=SUM, report_extra=diagnosis(parameters_stream="false"))

    baseline = study["baseline"]
    assert end(study) == "examples-stream"
    assert baseline["ends"][0]["ceiling"] == "memory-bandwidth"
    assert baseline["memory_roof_share"] > 0.6
    assert baseline["compute_roof_share"] < 0.2
    assert [finding["code"] for finding in study["findings"]] == ["CAP355"]


def test_a_loop_that_defeats_the_page_cache_is_bound_by_data_io(diagnosed: Diagnosed) -> None:
    study = diagnosed(
        serial=FILES, report_extra=diagnosis(CACHED, flop="3.2e7", bytes="3.2e7", repeats=2)
    )

    baseline = study["baseline"]
    assert end(study) == "reading-dominates"
    assert baseline["ends"][0]["axis"] == "data"
    assert baseline["ablations"][0]["share"]["value"] > 0.3
    assert baseline["confirmed"]


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


def test_without_an_ablation_a_slow_program_may_be_a_slow_loader(diagnosed: Diagnosed) -> None:
    study = diagnosed(serial=SLOW_PRODUCT, report_extra=diagnosis())

    assert "inefficient-implementation" in {e["name"] for e in study["baseline"]["ends"]}
    assert len(study["baseline"]["ends"]) > 1
    assert [finding["code"] for finding in study["findings"]] == ["CAP356"]


def parts(study: dict[str, Any]) -> dict[str, float]:
    """Return the share of each cause in what is lost."""
    (workers,) = study["workers"]
    return {part["cause"]: part["share"]["value"] for part in workers["parts"]}


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
