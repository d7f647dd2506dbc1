"""A worker of a real torch program is killed, or never comes: it recovers, or ends by its deadline."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.report.pages import render_report
from capstone_report.results.records import Outcome, RunRecord
from capstone_report.results.values import LOST_STEPS, RECOVERY_TIME
from elastic_study import SAVE_EVERY, STEPS, TIMEOUT_S, lose_workers

Measure = Callable[..., tuple[RunRecord, subprocess.CompletedProcess[str]]]
TRIES = 3


def values(run: RunRecord, metric: str) -> list[float]:
    """Return what a run reported of a metric."""
    return [sample.value for sample in run.samples if sample.metric == metric]


@pytest.mark.slow
def test_every_run_that_loses_a_worker_recovers_or_ends_failed_before_its_deadline(
    tmp_path: Path,
) -> None:
    analysis, (whole, *killed) = lose_workers(tmp_path, tries=TRIES)

    assert (whole.outcome, whole.message) == (Outcome.OK, "")
    assert len(killed) == TRIES
    assert {run.outcome for run in killed} <= {Outcome.OK, Outcome.FAILED}
    assert all(run.wall_time_s < TIMEOUT_S for run in killed)
    assert all(run.injected and run.injected.killed_after_s is not None for run in killed)
    recovered = [run for run in killed if run.outcome is Outcome.OK]
    for run in recovered:
        assert values(run, "final_loss") == values(whole, "final_loss")
        (resumed,) = values(run, "resumed_step")
        (lost,) = values(run, LOST_STEPS)
        assert resumed % SAVE_EVERY == 0
        assert resumed > 0
        assert 0 <= lost < STEPS - resumed
        assert values(run, "restart_count") == [0, 1]
        assert values(run, RECOVERY_TIME)[0] > 0
    (fact,) = analysis.recoveries
    assert (fact.recovered, fact.runs) == (len(recovered), TRIES)
    assert all(quality.difference == 0 for quality in fact.quality)
    report = render_report(analysis)
    page = next(page.markdown for page in report.pages if page.path.endswith("/design.md"))
    assert f"Measured: {len(recovered)} of {TRIES} runs recovered from the loss of worker 1" in page
    assert "| recovery time | lost steps |" in page


@pytest.mark.slow
def test_a_rank_that_never_joins_is_named_when_the_others_hang(measure: Measure) -> None:
    leaving = (
        "import os\n"
        "if os.environ['RANK'] == '1':\n"
        "    raise SystemExit(0)\n"
        "import torch.distributed as dist\n"
        "print('up', flush=True)\n"
        "dist.init_process_group('gloo')\n"
    )

    record, _ = measure(
        pool=leaving, pool_launcher="torchrun", pool_extra="idle_timeout_s = 25", timeout_s="150"
    )

    assert record.outcome is Outcome.HUNG
    assert "; no process of rank 1 was left" in record.message
    assert "at pool.py:6" in record.message
