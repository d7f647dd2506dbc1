"""A fault at every single durable step of a campaign: nothing acknowledged is lost, ever.

The steps are counted first, in a run without a fault; then each becomes the place of one.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns import SAY, shell
from capstone_report.results.journal import JOURNAL, read_journal
from capstone_report.results.records import Outcome
from capstone_report.results.verification import State, verify_journal

DRIVER = Path(__file__).with_name("driver.py")
CAPSTONE = Path(sys.executable).with_name("capstone")
AT_ONCE = 2
MACHINE, INTERNAL, INTERRUPTED = 7, 70, 130
CASES = 2

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A campaign of two runs, and the durable steps that it takes."""

    template: Path
    names: list[str]
    scratch: Path

    def places(self, every: int = 1) -> range:
        """Return the numbers of the steps, or of every so-manieth."""
        return range(0, len(self.names), every)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, write_workspace: Callable[..., Path]) -> Steps:
    """Write a workspace with two quick cases and count its steps."""
    scratch = tmp_path_factory.mktemp("steps")
    template = scratch / "template"
    study = write_workspace(template, serial_command=shell(SAY), repeats="1")
    text = (study / "study.toml").read_text()
    quick = text.replace('["python", "pool.py", "{workers}"]', shell(SAY))
    (study / "study.toml").write_text(quick)
    (study / "results").mkdir()
    counted = shutil.copytree(template, scratch / "counted")
    answer = faulty(counted, "count")
    assert answer.returncode == 0, answer.stderr
    names = (counted / "steps.txt").read_text().splitlines()
    return Steps(template=template, names=names, scratch=scratch)


def faulty(root: Path, fault: str) -> subprocess.CompletedProcess[str]:
    """Run a campaign with a fault."""
    return command([sys.executable, str(DRIVER), str(root / "steps.txt"), fault, "run"], root)


def command(words: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a workspace, with a state folder of its own."""
    environment = {"PATH": "/usr/bin:/bin", "CAPSTONE_STATE_DIR": str(root / "state")}
    return subprocess.run(
        words, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def journal_of(root: Path) -> Path | None:
    """Return the one journal of a workspace, or None before there is one."""
    found = sorted(root.glob(f"specs/tiny/results/*/{JOURNAL}"))
    assert len(found) <= 1
    return found[0] if found else None


def whole_lines(root: Path) -> bytes:
    """Return the journal without a torn end."""
    path = journal_of(root)
    data = path.read_bytes() if path else b""
    return data[: data.rfind(b"\n") + 1]


def survives(steps: Steps, fault: str) -> subprocess.CompletedProcess[str]:
    """Let a campaign meet a fault, go on with the real command, and require that nothing is lost."""
    root = shutil.copytree(steps.template, steps.scratch / re.sub(r"\W", "-", fault))
    met = faulty(root, fault)
    before = whole_lines(root)
    told = met.stderr.count(": ok after")

    resumed = command([str(CAPSTONE), "run"], root)

    assert resumed.returncode == 0, f"{fault}: {resumed.stderr}"
    path = journal_of(root)
    assert path is not None
    runs = read_journal(path.parent).runs
    good = Counter(run.case_id for run in runs if run.outcome is Outcome.OK)
    others = {run.outcome for run in runs} - {Outcome.OK}
    assert path.read_bytes().startswith(before), fault
    assert before.count(b'"outcome":"ok"') >= told, fault
    assert sorted(good.values()) == [1] * CASES, fault
    assert others <= {Outcome.INTERRUPTED}, fault
    assert verify_journal(path.parent).state is State.WHOLE, fault
    assert not (path.parent / "running.json").exists(), fault
    shutil.rmtree(root)
    return met


def all_survive(steps: Steps, faults: Iterator[str]) -> list[subprocess.CompletedProcess[str]]:
    """Let campaigns meet many faults, two at a time; there must have been some."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        met = list(pool.map(lambda fault: survives(steps, fault), faults))
    assert met
    return met


def test_a_kill_at_any_step_loses_nothing(steps: Steps) -> None:
    met = all_survive(steps, (f"kill@{i}" for i in steps.places()))

    assert len(steps.names) > 25
    assert {answer.returncode for answer in met} == {-9}


def test_a_torn_write_at_any_step_loses_nothing(steps: Steps) -> None:
    writes = [i for i, name in enumerate(steps.names) if name.startswith("write ")]

    met = all_survive(steps, (f"tear@{i}" for i in writes))

    assert len(writes) > CASES
    assert {answer.returncode for answer in met} == {-9}


def test_a_power_loss_at_any_step_loses_nothing_that_was_acknowledged(steps: Steps) -> None:
    all_survive(steps, (f"power@{i}" for i in steps.places()))


@pytest.mark.parametrize(
    ("error", "every"),
    [("ENOSPC", 1), ("EIO", 2), ("EDQUOT", 7), ("EROFS", 7), ("EMFILE", 7), ("EACCES", 7)],
)
def test_a_disk_that_refuses_at_any_step_ends_the_campaign_and_loses_nothing(
    steps: Steps, error: str, every: int
) -> None:
    met = all_survive(steps, (f"{error}@{i}" for i in steps.places(every)))

    refused = [answer for answer in met if answer.returncode]
    assert {answer.returncode for answer in refused} == {MACHINE}
    assert len(refused) > len(met) / 2
    assert all(re.search(r"\[CAP7(03|11)\]", answer.stderr) for answer in refused)
    assert not any("Traceback" in answer.stderr for answer in met)


@pytest.mark.parametrize(
    ("error", "status"),
    [("MemoryError", INTERNAL), ("RecursionError", INTERNAL), ("KeyboardInterrupt", INTERRUPTED)],
)
def test_an_exception_at_any_step_leaves_nothing_half_done(
    steps: Steps, error: str, status: int
) -> None:
    met = all_survive(steps, (f"{error}@{i}" for i in steps.places(6)))

    assert {answer.returncode for answer in met} <= {status, 0}
    assert not any("Traceback" in answer.stderr for answer in met)
