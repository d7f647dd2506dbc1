"""What programs do to whoever measures them; each is a real campaign of the real command."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from campaigns import REPORT, SAY
from capstone_report.results.records import Outcome, RunRecord

Answer = subprocess.CompletedProcess[str]
Measure = Callable[..., tuple[RunRecord, Answer]]
FAILED_MEASUREMENT = 4
METRICS = "import os, pathlib\nmetrics = pathlib.Path(os.environ['CAPSTONE_METRICS_DIR'])\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo why >&2; exit 1", "exited with status 1"),
        ("no-such-command", "exited with status 127: a command was not found"),
        ("./study.toml", "exited with status 126: a command could not be executed"),
        ("ulimit -c 0; kill -SEGV $$", "ended by signal 11 (SIGSEGV)"),
        ("kill -KILL $$", "ended by signal 9 (SIGKILL)"),
    ],
)
def test_a_program_that_ends_badly_says_how_and_the_others_go_on(
    one_case: Callable[..., Path],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
    script: str,
    message: str,
) -> None:
    one_case(script)

    answer = capstone("run")

    failed = [record for record in runs() if record.benchmark == "serial"]
    assert answer.returncode == FAILED_MEASUREMENT
    assert {(record.outcome, record.message) for record in failed} == {(Outcome.FAILED, message)}
    assert [r.outcome for r in runs() if r.benchmark == "pool"] == [Outcome.OK]
    assert message in answer.stderr


def test_the_last_words_of_a_failed_program_are_shown_harmlessly(measure: Measure) -> None:
    _, answer = measure("printf 'one\\ntwo \\033[31mred\\033[0m \\000 \\377\\n' >&2; exit 1")

    assert "| one" in answer.stderr
    assert "red" in answer.stderr
    assert "\x1b" not in answer.stderr


def test_a_limit_of_failures_ends_the_campaign(
    one_case: Callable[..., Path],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    one_case("exit 1", pool_extra="", repeats="3")

    answer = capstone("run", "--max-failures", "1")

    assert answer.returncode == FAILED_MEASUREMENT
    assert sum(record.outcome is Outcome.FAILED for record in runs()) == 1
    assert len(runs()) < 5


def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(measure: Measure) -> None:
    began = time.monotonic()

    record, _ = measure("trap '' TERM; while :; do sleep 0.1; done", timeout_s="0.5")

    assert (record.outcome, record.signal) == (Outcome.TIMEOUT, 9)
    assert time.monotonic() - began < 15


def test_a_program_that_daemonises_leaves_nothing_and_is_noted(
    measure: Measure, workspace: Path, is_gone: Callable[[int], bool]
) -> None:
    record, _ = measure(
        serial=REPORT
        + "import os, pathlib, time\n"
        + "if os.fork() == 0:\n"
        + "    os.setsid()\n"
        + "    if os.fork() == 0:\n"
        + "        pathlib.Path('daemon').write_text(str(os.getpid()))\n"
        + "        time.sleep(60)\n"
        + "    os._exit(0)\n"
        + "while not pathlib.Path('daemon').exists(): time.sleep(0.01)\n"
    )

    assert record.outcome is Outcome.OK
    assert record.notes == ("1 processes that outlived the program were killed",)
    assert is_gone(int((workspace / "specs/tiny/daemon").read_text()))


def test_a_program_that_hangs_in_silence_is_stopped_and_shows_where(
    measure: Measure, machine_folder: Callable[[], Path]
) -> None:
    record, answer = measure(
        serial="import threading\ndef barrier(): threading.Event().wait()\nbarrier()\n",
        serial_extra="idle_timeout_s = 1",
    )

    stacks = (machine_folder() / "raw" / record.run_id / "stderr.txt").read_text()
    assert record.outcome is Outcome.HUNG
    assert record.message.startswith("no output for 1 s")
    assert "in barrier" in stacks
    assert "in barrier" in answer.stderr


@pytest.mark.slow
def test_a_collective_that_misses_a_rank_is_hung_and_shows_where(
    measure: Measure, machine_folder: Callable[[], Path]
) -> None:
    record, _ = measure(
        serial="import torch.distributed as dist\nprint('up', flush=True)\n"
        "dist.init_process_group('gloo', init_method='env://', rank=0, world_size=2)\n",
        serial_extra="idle_timeout_s = 12",
        timeout_s="120",
    )

    stacks = (machine_folder() / "raw" / record.run_id / "stderr.txt").read_text()
    assert record.outcome is Outcome.HUNG
    assert "init_process_group" in stacks


@pytest.mark.slow
def test_when_one_rank_dies_the_others_end_and_it_is_named(
    measure: Measure,
) -> None:
    dying = "import os, time\nos.environ['RANK'] == '1' and os._exit(7)\ntime.sleep(60)\n"

    record, _ = measure(pool=dying, pool_launcher="torchrun")

    assert record.outcome is Outcome.FAILED
    assert "rank 1 ended with 7" in record.message
    assert record.wall_time_s < 50


@pytest.mark.parametrize(
    ("ranks", "told"),
    [([0], "work_time came from 1 of 2 workers; none from rank 1"), ([0, 1, 2], "rank 2 reported")],
)
def test_a_rank_too_few_or_too_many_never_counts(
    measure: Measure, ranks: list[int], told: str
) -> None:
    lines = "".join(
        f'{{"m": "work_time", "v": 1e-4, "u": "s", "rank": {rank}}}\\n' for rank in ranks
    )

    record, _ = measure(
        pool=METRICS + f"(metrics / 'all.jsonl').write_text('{lines}')\n", scope="per-worker"
    )

    assert record.outcome is Outcome.INCOMPLETE
    assert told in record.message


@pytest.fixture
def little_memory() -> Iterator[Callable[[int], str]]:
    """Return the file that puts a process into a group with so many bytes; removed afterwards."""
    groups = Path("/sys/fs/cgroup/memory")
    if not os.access(groups, os.W_OK) or not (groups / "memory.limit_in_bytes").exists():
        pytest.skip("needs the right to make a memory cgroup (version 1)")
    group = groups / f"capstone-{os.getpid()}"
    group.mkdir()

    def limit(size: int) -> str:
        (group / "memory.limit_in_bytes").write_text(str(size))
        return str(group / "cgroup.procs")

    yield limit
    time.sleep(0.2)
    group.rmdir()


def test_a_program_that_the_kernel_kills_for_memory_says_so(
    measure: Measure, little_memory: Callable[[int], str]
) -> None:
    procs = little_memory(60 * 2**20)
    eater = "held = []; [held.append(bytearray(2**20)) for _ in range(500)]"

    record, _ = measure(f'echo $$ > {procs}; exec {sys.executable} -S -c "{eater}"')

    assert record.message == (
        "ended by signal 9 (SIGKILL); meanwhile the kernel killed for want of memory"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to", "a GPU ran out of memory"),
        (
            "NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off",
            "a GPU reported a fault (ECC or Xid)",
        ),
        ("double bit ECC error", "a GPU reported a fault (ECC or Xid)"),
        ("OSError: [Errno 28] No space left on device", "a disk was full"),
        ("MemoryError", "memory ran out"),
        ("ModuleNotFoundError: No module named 'torch.x'", "the Python module torch.x is missing"),
        (
            "[E] Watchdog caught collective operation timeout: WorkNCCL",
            "a collective operation timed out",
        ),
    ],
)
def test_known_last_words_are_named_as_the_cause(measure: Measure, words: str, told: str) -> None:
    record, _ = measure(f'echo "{words}" >&2; exit 3')

    assert record.message == f"exited with status 3; {told}"


@pytest.mark.parametrize(
    "flood",
    [
        "head -c 200000000 /dev/zero",
        "yes | head -c 50000000",
        "head -c 3000000 /dev/urandom >&2",
        "printf '\\033[2J\\033[H\\000\\377\\376'",
    ],
)
def test_a_flood_of_any_bytes_is_bounded(
    measure: Measure, machine_folder: Callable[[], Path], flood: str
) -> None:
    record, answer = measure(f"{SAY}; {flood}")

    folder = machine_folder() / "raw" / record.run_id
    plain = [file for file in folder.glob("std*.txt") if file.exists()]
    assert record.outcome is Outcome.OK
    assert record.output_bytes > 5
    assert all(file.stat().st_size < 2 * 2**20 for file in plain)
    assert "\x1b" not in answer.stderr


def test_output_that_is_closed_early_or_kept_open_hangs_nobody(measure: Measure) -> None:
    began = time.monotonic()

    record, _ = measure(f"{SAY}; setsid sleep 60 & exec >&- 2>&-; sleep 0.2")

    assert record.outcome is Outcome.OK
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("writing", "outcome", "told"),
    [
        (
            '(metrics / \'a.jsonl\').write_text(\'{"m": "work_time", "v": 1e-4, "u": "s"}\\n{"m\')',
            Outcome.OK,
            "a.jsonl:2: torn last line dropped",
        ),
        (
            "(metrics / 'a.jsonl').touch(); os.truncate(metrics / 'a.jsonl', 2**31)",
            Outcome.INCOMPLETE,
            "a.jsonl: not",
        ),
        ("(metrics / 'a.jsonl').symlink_to('/etc/passwd')", Outcome.INCOMPLETE, "a.jsonl: not"),
        ("os.mkfifo(metrics / 'a.jsonl')", Outcome.INCOMPLETE, "a.jsonl: not"),
        ("metrics.rmdir()", Outcome.INCOMPLETE, "it reported no work_time"),
        (
            '(metrics / \'a.jsonl\').write_text(\'{"m": "work_time", "v": 1, "u": "s", "step": 1}\\n{"m": "work_time", "v": 1, "u": "ms", "step": 2}\\n\')',
            Outcome.INCOMPLETE,
            "several units",
        ),
        (
            '(metrics / \'a.jsonl\').write_text(\'\\n\\n{"m": "work_time", "v": NaN, "u": "s"}\\n\')',
            Outcome.INCOMPLETE,
            "a.jsonl:3: NaN is not a number",
        ),
    ],
    ids=["torn", "2 GiB", "link", "fifo", "removed", "units", "NaN"],
)
def test_a_broken_metrics_file_is_told_with_its_place(
    measure: Measure, writing: str, outcome: Outcome, told: str
) -> None:
    record, _ = measure(serial=METRICS + writing + "\n")

    assert record.outcome is outcome
    assert told in " ".join((record.message, *record.notes))


@pytest.mark.parametrize("time_s", ["-1.0", "0.0"])
def test_a_time_that_cannot_be_never_counts(measure: Measure, time_s: str) -> None:
    record, _ = measure(serial=REPORT.replace("0.001", time_s))

    assert record.outcome is Outcome.INCOMPLETE
    assert record.message == f"it reported {float(time_s):g} s of work_time, and time passes"


def test_every_run_meets_at_a_port_of_its_own_and_a_taken_one_is_tried_again(
    one_case: Callable[..., Path],
    capstone: Callable[..., Answer],
    runs: Callable[[], tuple[RunRecord, ...]],
) -> None:
    folder = one_case(
        "echo $MASTER_ADDR:$MASTER_PORT >> ports; "
        "test $(wc -l < ports) -gt 3 || { echo 'Address already in use' >&2; exit 1; }; " + SAY
    )

    answer = capstone("run")

    outcomes = [r.outcome for r in runs() if r.benchmark == "serial"]
    ports = (folder / "ports").read_text().split()
    assert answer.returncode == FAILED_MEASUREMENT  # failures are told even when a later try works
    assert outcomes == [Outcome.FAILED] * 3 + [Outcome.OK]
    assert len(set(ports)) == 4


def test_a_busy_machine_can_be_refused(
    one_case: Callable[..., Path], capstone: Callable[..., Answer], workspace: Path
) -> None:
    one_case(SAY)
    with subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) as busy:
        answer = capstone("run", "--max-load", "0.5")
        busy.kill()

    assert answer.returncode == 7
    assert "CAP712" in answer.stderr
    assert "python" in answer.stderr
    assert not (workspace / "specs/tiny/results").exists()


@pytest.mark.parametrize("locale", ["C", "tr_TR.UTF-8", "POSIX"])
@pytest.mark.parametrize("name", ["with space", "quo'te\"s", "Grüße-Ω", "x" * 200, "new\nline"])
def test_any_folder_and_any_locale_can_be_measured_in(
    tmp_path: Path,
    write_workspace: Callable[..., Path],
    capstone_in: Callable[..., Answer],
    name: str,
    locale: str,
) -> None:
    root = tmp_path / name
    write_workspace(root, repeats="1")

    answer = capstone_in(root, "run", LC_ALL=locale, LANG=locale)

    assert answer.returncode == 0, answer.stderr
    assert "2 runs measured" in answer.stdout


def test_a_program_out_of_control_is_killed_and_bounded(measure: Measure) -> None:
    before = len(psutil.pids())

    record, _ = measure(
        serial="import os, time\nfor _ in range(200): os.fork() or time.sleep(60)\ntime.sleep(60)\n",
        serial_extra="max_processes = 50",
    )

    assert record.message == "it had more than 50 processes at once"
    assert len(psutil.pids()) < before + 30


def test_memory_that_a_limit_refuses_is_named(measure: Measure) -> None:
    record, _ = measure(
        "ulimit -v 400000; exec " + sys.executable + ' -S -c "held = bytearray(2**33)"'
    )

    assert record.message == "exited with status 1; memory ran out"
