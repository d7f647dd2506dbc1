"""One run: how programs end, what they get, and what is kept of them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.cases import fingerprint
from capstone_report.measure.guard.client import Guard
from capstone_report.measure.guard.messages import Ended, Ending, Order
from capstone_report.measure.one_run import Attempt, make_run
from capstone_report.plan import make_plan
from capstone_report.results.journal import file_hash
from capstone_report.results.records import Conditions, Energy, Environment, Outcome, RunRecord
from capstone_report.spec.load import load_project
from capstone_report.spec.surroundings import PASSED_ON, PASSED_ON_PREFIXES

REPORT = (
    'from capstone_report.workloads.emit import check, metric\nmetric("work_time", 0.001, "s")\n'
)
BY_HAND = """\
import os, pathlib
folder = pathlib.Path(os.environ["CAPSTONE_METRICS_DIR"])
"""
SEGFAULT = """\
import os, resource, signal
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.fixture
def attempt(
    workspace: Path, write_study: Callable[..., Path], environment: Environment
) -> Callable[..., Attempt]:
    """Return a first attempt at the first run of a benchmark of a tiny study."""

    def make(benchmark: str = "serial", **pieces: str) -> Attempt:
        folder = write_study(**pieces)
        (loaded,) = load_project(workspace).studies
        runs = make_plan(loaded, cores=2).runs
        return Attempt(
            loaded=loaded,
            run=next(run for run in runs if run.case.benchmark.name == benchmark),
            number=0,
            machine_folder=folder / "results" / "here",
            environment=environment,
        )

    return make


class Told(Guard):
    """A guard that starts nothing and tells a known end: of counters that this machine lacks."""

    def __init__(self, ended: Ended) -> None:
        """Tell this end."""
        super().__init__()
        self._told = ended

    def run(self, order: Order) -> Ended:
        """Tell the end."""
        assert not order.gpus
        return self._told


def run_once(attempt: Attempt) -> RunRecord:
    """Make one run under a guard of its own."""
    with Guard() as guard:
        return make_run(attempt, guard)


def by_hand(line: str) -> str:
    """Return a program that writes a line of metrics without emit."""
    return BY_HAND + f"(folder / 'rank0.jsonl').write_text({line!r} + chr(10))\n"


def test_a_record_holds_what_identifies_its_case(attempt: Callable[..., Attempt]) -> None:
    made = attempt(serial=REPORT)

    run = run_once(made)

    assert run.identity == made.run.case.identity
    assert run.fingerprint == fingerprint(dict(run.identity))


def test_a_good_run_brings_home_its_samples_and_the_facts(
    attempt: Callable[..., Attempt], environment: Environment
) -> None:
    run = run_once(attempt(serial=REPORT + 'check("finite", ok=True)\n'))

    assert (run.outcome, run.message, run.exit_code, run.signal) == (Outcome.OK, "", 0, None)
    assert [(s.metric, s.value, s.unit) for s in run.samples] == [("work_time", 0.001, "s")]
    assert [(c.name, c.ok) for c in run.checks] == [("finite", True)]
    assert run.environment == environment
    assert run.command == ("python", "serial.py")
    assert (run.workers, run.threads, run.repeat, run.attempt) == (1, 1, 0, 0)
    assert run.wall_time_s > 0
    assert run.peak_memory_bytes > 2**20


@pytest.mark.parametrize(
    ("program", "outcome", "message"),
    [
        ("raise SystemExit(1)", Outcome.FAILED, "exited with status 1"),
        (REPORT + "raise SystemExit(7)", Outcome.FAILED, "exited with status 7"),
        (SEGFAULT, Outcome.FAILED, "ended by signal 11 (SIGSEGV)"),
        ("", Outcome.INCOMPLETE, "it reported no work_time"),
        ("print('work_time=1')", Outcome.INCOMPLETE, "it reported no work_time"),
        (
            REPORT + 'check("finite", ok=False)',
            Outcome.FAILED,
            "its own check failed: finite",
        ),
        (
            by_hand('{"m": "work_time", "v": NaN, "u": "s"}'),
            Outcome.INCOMPLETE,
            "its metrics were refused: rank0.jsonl:1: NaN is not a number",
        ),
        (
            by_hand('{"m": "work_time", "v": 1, "u": "ms"}'),
            Outcome.INCOMPLETE,
            "it reported work_time in ms, not in s",
        ),
        (
            by_hand('{"m": "work_time", "v": 1, "u": "s", "rank": 1}'),
            Outcome.INCOMPLETE,
            "rank 1 reported work_time, but there are 1 workers",
        ),
        (
            by_hand('{"m": "work_time", "v": 1, "u": "s", "phase": "warmup"}'),
            Outcome.INCOMPLETE,
            "it reported work_time for warm-up only",
        ),
    ],
)
def test_a_run_that_does_not_count_says_why(
    attempt: Callable[..., Attempt], program: str, outcome: Outcome, message: str
) -> None:
    run = run_once(attempt(serial=program))

    assert (run.outcome, run.message) == (outcome, message)


def test_a_program_that_cannot_be_started_is_a_failed_run(attempt: Callable[..., Attempt]) -> None:
    run = run_once(attempt(serial_command='["no-such-program-xyz"]'))

    assert run.outcome is Outcome.FAILED
    assert run.message == "could not start 'no-such-program-xyz': No such file or directory"
    assert (run.exit_code, run.signal, run.raw) == (None, None, {})


def test_a_run_over_its_limit_is_a_timeout(attempt: Callable[..., Attempt]) -> None:
    run = run_once(attempt(serial="import time; time.sleep(60)", timeout_s="0.5"))

    assert (run.outcome, run.message) == (Outcome.TIMEOUT, "stopped after its limit of 0.5 s")
    assert run.wall_time_s >= 0.5


def test_every_worker_must_report_what_is_per_worker(attempt: Callable[..., Attempt]) -> None:
    run = run_once(attempt("pool", pool=REPORT, scope="per-worker"))

    assert run.outcome is Outcome.INCOMPLETE
    assert run.message == "work_time came from 1 of 2 workers; none from rank 1"


def test_a_worker_that_reports_warm_up_only_does_not_stand_for_its_share(
    attempt: Callable[..., Attempt],
) -> None:
    program = BY_HAND + (
        'steady = \'{"m": "work_time", "v": 1, "u": "s"}\'\n'
        'warming = steady[:-1] + \', "rank": 1, "phase": "warmup"}\'\n'
        "(folder / 'all.jsonl').write_text(steady + chr(10) + warming + chr(10))\n"
    )

    run = run_once(attempt("pool", pool=program, scope="per-worker"))

    assert run.outcome is Outcome.INCOMPLETE
    assert run.message == "work_time came from 1 of 2 workers; none from rank 1"


@pytest.mark.parametrize("moved", ["folder", "folder.parent"])
def test_numbers_that_no_hash_covers_do_not_count(
    attempt: Callable[..., Attempt], tmp_path: Path, moved: str
) -> None:
    program = (
        f"{BY_HAND}moved, elsewhere = {moved}, pathlib.Path({str(tmp_path / 'moved')!r})\n"
        "moved.rename(elsewhere)\nmoved.symlink_to(elsewhere)\n"
    )

    run = run_once(attempt(serial=program + REPORT))

    assert run.outcome is Outcome.INCOMPLETE
    assert run.message == (
        "its metrics were refused: metrics: a link, not the folder that the run was given"
    )


def test_a_run_that_counts_has_a_hash_of_every_file_with_its_samples(
    attempt: Callable[..., Attempt],
) -> None:
    other = BY_HAND + "(folder / 'more.jsonl').write_text('\\n')\n"
    made = attempt(serial=other + REPORT)

    run = run_once(made)

    files = {
        path.relative_to(made.machine_folder).as_posix() for path in made.raw.glob("metrics/*")
    }
    assert run.outcome is Outcome.OK
    assert len(files) == 2
    assert files == {name for name in run.raw if "/metrics/" in name}


def test_a_child_that_outlives_its_program_is_noted(attempt: Callable[..., Attempt]) -> None:
    leaving = "import subprocess; subprocess.Popen(['sleep', '60'])\n"

    run = run_once(attempt(serial=REPORT + leaving))

    assert run.outcome is Outcome.OK
    assert run.notes == ("1 processes that outlived the program were killed",)


def test_raw_outputs_are_kept_with_their_hashes_and_empty_ones_dropped(
    attempt: Callable[..., Attempt],
) -> None:
    printing = attempt(serial=REPORT + "print('hello')\n")

    run = run_once(printing)

    folder = printing.machine_folder
    assert run.raw == {name: file_hash(folder / name) for name in run.raw}
    assert sorted(name.split("/")[2] for name in run.raw) == ["metrics", "stdout.txt"]
    assert not list(folder.rglob("stderr.txt"))


def test_an_unrecorded_folder_in_the_way_is_kept_beside(attempt: Callable[..., Attempt]) -> None:
    again = attempt(serial=REPORT)
    raw = again.machine_folder / "raw"
    for text in ("first", "second"):
        (raw / again.id).mkdir(parents=True)
        (raw / again.id / "left.txt").write_text(text)
        run = run_once(again)
        (raw / again.id).rename(raw / f"done-{text}")

        assert not any(name.endswith("left.txt") for name in run.raw)

    orphans = sorted(path for path in raw.iterdir() if ".orphan-" in path.name)
    assert [(path / "left.txt").read_text() for path in orphans] == ["first", "second"]


def test_a_program_gets_the_allow_list_and_nothing_else(
    attempt: Callable[..., Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("NCCL_DEBUG", "INFO")
    dumping = attempt(
        serial="import json, os; print(json.dumps(dict(os.environ)))",
        serial_extra='levels = { threads = [2], size = ["big"] }\nenv = { MY_FLAG = "on" }',
    )

    run = run_once(dumping)

    stdout = dumping.machine_folder / next(name for name in run.raw if "stdout" in name)
    got = json.loads(stdout.read_text())
    standard = {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    always = {"MASTER_ADDR", "MASTER_PORT", "PYTHONFAULTHANDLER"}
    # Python itself adds LC_CTYPE to what its children see, when the locale is C.
    other = {"SECRET_TOKEN", "PYTHONPATH"} | {
        name
        for name in got
        if name not in {*PASSED_ON, *standard, *always, "MY_FLAG", "LC_CTYPE"}
        and not name.startswith((*PASSED_ON_PREFIXES, "CAPSTONE"))
    }
    assert other & got.keys() == set()
    assert {name: got[name] for name in standard} == dict.fromkeys(standard, "2")
    assert (got["NCCL_DEBUG"], got["MY_FLAG"]) == ("INFO", "on")
    assert {name: value for name, value in got.items() if name.startswith("CAPSTONE")} == {
        "CAPSTONE": "1",
        "CAPSTONE_PROTOCOL": "1",
        "CAPSTONE_METRICS_DIR": str(dumping.machine_folder / "raw" / run.run_id / "metrics"),
        "CAPSTONE_RUN": run.run_id,
        "CAPSTONE_CASE": "serial/size=big,threads=2,workers=1",
        "CAPSTONE_WORKERS": "1",
        "CAPSTONE_THREADS": "2",
        "CAPSTONE_SEED": "1",
        "CAPSTONE_DEVICE": "cpu",
        "CAPSTONE_P_SIZE": "big",
        "CAPSTONE_P_THREADS": "2",
        "CAPSTONE_P_WORKERS": "1",
    }


def test_only_the_program_itself_is_replaced_by_the_running_python(
    attempt: Callable[..., Attempt],
) -> None:
    printing = attempt(
        serial=REPORT + "import sys; print(sys.argv[1:], sys.prefix)",
        serial_command='["python", "serial.py", "--language", "python"]',
    )

    run = run_once(printing)

    stdout = printing.machine_folder / next(name for name in run.raw if "stdout" in name)
    assert stdout.read_text().startswith("['--language', 'python'] ")


def test_a_file_whose_name_is_no_text_does_not_stop_the_campaign(
    attempt: Callable[..., Attempt],
) -> None:
    odd = BY_HAND + "open(os.fsencode(folder) + b'/\\xff.jsonl', 'w').write('x' + chr(10))\n"

    run = run_once(attempt(serial=REPORT + odd))

    assert isinstance(run, RunRecord)
    assert run.model_dump_json()


def test_what_a_program_leaves_beside_its_metrics_is_kept_but_no_link_is_followed(
    attempt: Callable[..., Attempt],
) -> None:
    leaving = BY_HAND + (
        "(folder.parent / 'model.bin').write_bytes(b'weights')\n"
        "(folder.parent / 'passwords').symlink_to('/etc/passwd')\n"
        "os.mkfifo(folder.parent / 'pipe')\n"
    )

    run = run_once(attempt(serial=REPORT + leaving))

    assert sorted(os.path.basename(name) for name in run.raw if "metrics" not in name) == [  # noqa: PTH119 - names, not paths
        "model.bin"
    ]


def test_a_record_holds_what_the_machine_did_to_the_run(attempt: Callable[..., Attempt]) -> None:
    record = run_once(attempt(serial=REPORT))

    assert record.conditions is not None
    assert record.conditions.swapped_bytes is not None
    assert record.conditions.gpu_sharers is None
    assert record.conditions.gpu_throttling == ()


@pytest.mark.parametrize(
    ("joules", "method", "wall_time_s"), [(None, None, 2.0), (80.0, "measured_cpu", 0.0)]
)
def test_without_counters_or_without_time_there_is_no_energy(
    attempt: Callable[..., Attempt], joules: float | None, method: str | None, wall_time_s: float
) -> None:
    made = attempt(serial=REPORT)
    ended = Ended(
        ending=Ending.OWN,
        wall_time_s=wall_time_s,
        exit_code=0,
        signal=None,
        joules=joules,
        energy_method=method,
    )

    assert make_run(made, Told(ended)).energy is None


def test_energy_is_recorded_with_its_average_power_and_its_method(
    attempt: Callable[..., Attempt],
) -> None:
    ended = Ended(
        ending=Ending.OWN,
        wall_time_s=2.0,
        exit_code=0,
        signal=None,
        joules=80.0,
        energy_method="measured_cpu",
        gpu_throttling=["heat"],
    )

    record = make_run(attempt(serial=REPORT), Told(ended))

    assert record.energy == Energy(joules=80.0, average_w=40.0, method="measured_cpu")
    assert record.conditions == Conditions(gpu_throttling=("heat",))


def test_values_far_behind_what_stdout_txt_holds_are_captured_like_any_other(
    attempt: Callable[..., Attempt],
) -> None:
    parser = (
        "parser = { kind = 'regex', patterns = ["
        "{ pattern = '^step (?P<step>[0-9]+) took (?P<v>[0-9.]+) s', metric = 'work_time', "
        "unit = 's', expect = 3000 }] }\n"
    )
    program = "for s in range(3000):\n    print('step', s, 'took 0.001 s', 'x' * 1000)\n"

    made = attempt(serial=program, serial_extra=parser)
    run = run_once(made)

    assert (made.raw / "stdout.txt.zst").is_file()
    assert (made.raw / "stdout.txt").read_text().count("took") < 3000
    assert (run.outcome, run.message) == (Outcome.OK, "")
    assert [sample.step for sample in run.samples] == list(range(3000))


def test_a_run_whose_folder_was_replaced_by_a_link_never_counts(
    attempt: Callable[..., Attempt], tmp_path: Path
) -> None:
    away = tmp_path / "away"
    replacing = BY_HAND + (
        f"folder.parent.rename({str(away)!r})\n"
        f"folder.parent.symlink_to({str(away)!r})\n"
        '(folder / \'rank0.jsonl\').write_text(\'{"m": "work_time", "v": 1e-4, "u": "s"}\' + chr(10))\n'
    )

    run = run_once(attempt(serial=replacing))

    assert run.outcome is Outcome.INCOMPLETE
    assert run.raw == {}
