"""Campaigns on real programs: what is measured, retried, given up, and never lost."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.facts import Verdict
from capstone_report.errors import IntegrityError, MachineError
from capstone_report.measure.campaign import Campaign, Progress, run_campaign
from capstone_report.measure.stopping import Stopped
from capstone_report.results.journal import JOURNAL, Journal, read_journal
from capstone_report.results.records import CampaignRecord, Outcome, Phase
from capstone_report.spec.load import LoadedStudy, load_project

REPORT = 'from capstone_report.workloads.emit import metric\nmetric("work_time", 0.001, "s")\n'
WHEN_MENDED = "import pathlib\nassert pathlib.Path('mended').exists(), 'broken'\n" + REPORT
TO_THE_JOB = (
    "import time\n"
    "program = os.getpid()\n"
    "if os.fork() == 0:\n"
    "    while os.getppid() == program: time.sleep(0.001)\n"
    f"    os.kill({os.getpid()}, 15)\n"
    "    os._exit(0)\n"
    "os.kill(program, 15)\n"
)
SLOW = (
    "import os, pathlib, time\n"
    "pathlib.Path('pid.txt').write_text(str(os.getpid()))\n"
    "while pathlib.Path('slow').exists(): time.sleep(0.05)\n"
) + REPORT


def load(workspace: Path) -> LoadedStudy:
    """Return the workspace's study."""
    (loaded,) = load_project(workspace).studies
    return loaded


def measure(workspace: Path) -> tuple[Campaign, Journal]:
    """Measure what is missing; return what was done and the journal after it."""
    campaign = run_campaign(load(workspace), lambda _: None)
    return campaign, read_journal(campaign.folder)


def test_every_case_is_measured_as_often_as_declared_in_interleaved_blocks(
    measured: Path,
) -> None:
    opening, *_ = read_journal(measured.parent).records
    runs = read_journal(measured.parent).runs

    cases = Counter(run.case_id for run in runs)
    assert isinstance(opening, CampaignRecord)
    assert opening.planned_runs == 4
    assert cases == {"serial/threads=1,workers=1": 2, "pool/threads=1,workers=2": 2}
    assert [{run.benchmark for run in runs[i : i + 2]} for i in (0, 2)] == [{"serial", "pool"}] * 2
    assert [run.order for run in runs] == [0, 1, 2, 3]


def test_what_is_there_is_not_measured_again(workspace: Path, measured: Path) -> None:
    before = measured.read_bytes()

    campaign, _ = measure(workspace)

    assert (campaign.folder, campaign.measured, campaign.findings) == (measured.parent, 0, [])
    assert measured.read_bytes() == before


def test_progress_tells_each_run_before_and_after_it(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(repeats="1")
    seen: list[Progress] = []

    run_campaign(load(workspace), lambda told: seen.append(told) if not told.elapsed_s else None)

    assert [progress.record is None for progress in seen] == [True, False] * 2
    assert [progress.done for progress in seen] == [0, 1, 1, 2]
    assert {progress.total for progress in seen} == {2}
    assert seen[0].command.startswith("python ")


def test_a_failing_case_is_tried_twice_while_the_others_are_measured(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(pool="raise SystemExit(1)")

    campaign, journal = measure(workspace)

    outcomes = Counter((run.benchmark, run.outcome) for run in journal.runs)
    assert outcomes == {("serial", Outcome.OK): 2, ("pool", Outcome.FAILED): 2}
    assert [finding.code for finding in campaign.findings] == ["CAP301", "CAP301", "CAP302"]
    assert "pool/threads=1,workers=2 failed 2 times" in campaign.findings[-1].what


def test_the_next_campaign_measures_only_what_is_missing(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    folder = write_study(pool=WHEN_MENDED)
    _, before = measure(workspace)
    (folder / "mended").touch()

    campaign, after = measure(workspace)

    new = after.runs[len(before.runs) :]
    assert after.records[: len(before.records)] == before.records
    assert [(run.benchmark, run.outcome) for run in new] == [("pool", Outcome.OK)] * 2
    assert (campaign.measured, campaign.findings) == (2, [])
    assert len({run.run_id for run in after.runs}) == len(after.runs)


def test_more_repeats_are_added_to_what_is_there(
    workspace: Path, measured: Path, write_study: Callable[..., Path]
) -> None:
    before = measured.read_bytes()
    write_study(repeats="3")

    campaign, _ = measure(workspace)

    assert campaign.measured == 2
    assert measured.read_bytes().startswith(before)


def test_a_changed_program_is_measured_again_and_its_old_runs_are_kept(
    workspace: Path, measured: Path, write_study: Callable[..., Path]
) -> None:
    before = measured.read_bytes()
    write_study(pool=REPORT + "# another\n")

    campaign, journal = measure(workspace)

    assert campaign.measured == 4  # a program may import its neighbours, so both are stale
    assert len(journal.runs) == 8
    assert measured.read_bytes().startswith(before)


def test_a_trial_runs_first_and_chooses_the_fastest_level(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(
        serial=(
            "import os\nfrom capstone_report.workloads.emit import metric\n"
            "metric('work_time', 0.003 / int(os.environ['CAPSTONE_THREADS']), 's')\n"
        ),
        serial_extra="levels = { threads = [1, 3, 2] }",
        baseline_extra='tune = { factor = "threads", repeats = 1 }',
        repeats="1",
    )

    _, journal = measure(workspace)

    trial = [run for run in journal.runs if run.phase is Phase.TRIAL]
    counted = [run for run in journal.runs if run.phase is Phase.MEASUREMENT]
    assert [run.order for run in trial] == [0, 1, 2]
    assert sorted(run.threads for run in trial) == [1, 2, 3]
    assert journal.runs[:3] == tuple(trial)
    assert {run.benchmark: run.threads for run in counted} == {"serial": 3, "pool": 1}


def test_a_program_that_reports_more_time_than_passed_can_carry_no_claim(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(serial=REPORT.replace("0.001", "1000.0"), repeats="1")

    campaign, journal = measure(workspace)

    analysis = analyze(load(workspace), load_project(workspace).workspace, journal)
    assert campaign.findings == []
    assert "CAP308" in {finding.code for finding in analysis.findings}
    assert analysis.claim.verdict is Verdict.REFUSED


@pytest.mark.parametrize("requires", ["no_such_module_xyz", "no_such_module_xyz.part"])
def test_a_missing_module_is_told_before_anything_is_measured(
    workspace: Path, write_study: Callable[..., Path], requires: str
) -> None:
    folder = write_study(serial_extra=f'requires = ["json", "{requires}"]')

    with pytest.raises(MachineError, match=f"pip install {requires}"):
        measure(workspace)

    assert not (folder / "results").exists()


def test_two_cases_whose_levels_differ_only_in_punctuation_keep_their_own_outputs(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(serial_extra='levels = { model = ["net-50", "net_50"] }', repeats="1")

    campaign = run_campaign(load(workspace), lambda _: None)

    journal = read_journal(campaign.folder)
    assert len({run.run_id for run in journal.runs}) == 3


def test_damaged_records_are_not_continued(
    workspace: Path, measured: Path, write_study: Callable[..., Path]
) -> None:
    measured.write_bytes(measured.read_bytes().replace(b'"workers":2', b'"workers":3', 1))
    before = measured.read_bytes()
    write_study(repeats="3")

    with pytest.raises(IntegrityError, match="CAP604"):
        measure(workspace)

    assert measured.read_bytes() == before


def test_a_signal_ends_the_program_and_the_attempt_is_recorded(
    workspace: Path,
    write_study: Callable[..., Path],
    eventually: Callable[[Callable[[], object]], object],
    is_gone: Callable[[int], bool],
) -> None:
    folder = write_study(serial=SLOW, pool=SLOW, repeats="1")
    (folder / "slow").touch()
    written = folder / "pid.txt"
    handlers = signal.getsignal(signal.SIGTERM)

    def stop() -> None:
        eventually(lambda: written.exists() and written.read_text())
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Stopped) as caught:
        run_campaign(load(workspace), lambda _: None)
    thread.join()

    (journal_file,) = folder.glob(f"results/*/{JOURNAL}")
    (interrupted,) = read_journal(journal_file.parent).runs
    assert caught.value.number == signal.SIGTERM
    assert is_gone(int(written.read_text()))
    assert (interrupted.outcome, interrupted.signal) == (Outcome.INTERRUPTED, signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == handlers
    (folder / "slow").unlink()
    assert measure(workspace)[0].measured == 2


def test_a_program_that_changes_while_it_is_measured_ends_the_campaign(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    itself = "with open(__file__, 'a') as program:\n    program.write('# more\\n')\n"
    write_study(serial=REPORT + itself, pool=REPORT + itself, repeats="3")

    campaign, journal = measure(workspace)

    (changed,) = journal.runs
    assert (changed.outcome, changed.message) == (
        Outcome.INCOMPLETE,
        "the program changed meanwhile",
    )
    assert [finding.code for finding in campaign.findings] == ["CAP301", "CAP321"]
    assert (
        "5 runs were not started" not in campaign.findings[-1].what
    )  # the one that ran is missing
    assert "6 runs were not started" in campaign.findings[-1].what


def test_a_run_that_is_suspended_again_and_again_is_tried_more_often(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    asleep = (
        "import os, pathlib, subprocess, sys\n"
        "times = pathlib.Path('times'); times.write_text((times.read_text() if times.exists() else '') + '.')\n"
        "if len(times.read_text()) < 4:\n"
        "    code = f'import os, time; time.sleep(0.2); os.kill({os.getpid()}, 18)'\n"
        "    waker = subprocess.Popen([sys.executable, '-S', '-c', code])\n"
        "    os.kill(os.getpid(), 19)\n"
        "    waker.wait()\n"
    )
    write_study(serial=asleep + REPORT, repeats="1")

    campaign, journal = measure(workspace)

    outcomes = [run.outcome for run in journal.runs if run.benchmark == "serial"]
    assert outcomes == [Outcome.SUSPENDED] * 3 + [Outcome.OK]
    assert "CAP302" not in {finding.code for finding in campaign.findings}


def test_a_signal_to_the_whole_job_is_a_stop_even_if_the_program_gets_it_first(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(serial="import os\n" + TO_THE_JOB, pool="import os\n" + TO_THE_JOB, repeats="1")

    with pytest.raises(Stopped):
        run_campaign(load(workspace), lambda _: None)

    (journal_file,) = (workspace / "specs/tiny").glob(f"results/*/{JOURNAL}")
    (stopped,) = read_journal(journal_file.parent).runs
    assert (stopped.outcome, stopped.signal) == (Outcome.INTERRUPTED, signal.SIGTERM)


def test_facts_stand_once_in_the_file_and_with_every_run_that_is_read(measured: Path) -> None:
    journal = read_journal(measured.parent)
    opening, *_ = journal.records
    assert isinstance(opening, CampaignRecord)

    known = opening.environment.facts

    assert {"os.libc", "packages.sha256", "cpu.affinity"} <= known.keys()
    assert [run.environment.facts for run in journal.runs] == [known] * 4
    assert measured.read_text().count(known["packages.sha256"]) == 1


def test_torch_is_asked_where_a_program_needs_it_and_nowhere_else(
    workspace: Path, write_study: Callable[..., Path]
) -> None:
    write_study(repeats="1", serial_extra='requires = ["torch"]')

    _, journal = measure(workspace)

    assert all("torch.blas" in run.environment.facts for run in journal.runs)
