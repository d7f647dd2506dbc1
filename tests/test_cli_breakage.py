"""The real command on workspaces, programs and records that are broken: exit codes and words."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Capstone = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
Eventually = Callable[[Callable[[], object]], object]

REPORT = 'from capstone_report.workloads.emit import metric\nmetric("work_time", 0.001, "s")\n'
SLOW = (
    "import os, pathlib, time\n"
    "pathlib.Path('pid.txt').write_text(str(os.getpid()))\n"
    "for _ in range(1200):\n"
    "    if not pathlib.Path('slow').exists(): break\n"
    "    time.sleep(0.05)\n"
) + REPORT
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLOW
SEGFAULT = (
    "import os, resource, signal\n"
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    "os.kill(os.getpid(), signal.SIGSEGV)\n"
)
HANG = """\
import pathlib, signal, subprocess, sys, time
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
same = subprocess.Popen([sys.executable, "-S", "-c", stubborn])
own = subprocess.Popen([sys.executable, "-S", "-c", stubborn], start_new_session=True)
with pathlib.Path("hung.txt").open("a") as stream:
    print(same.pid, own.pid, file=stream)
time.sleep(60)
"""
BROKEN = {
    "silent": "print('work_time is 0.001')",
    "segfault": SEGFAULT,
    "hanging": HANG,
    "not-a-number": (
        "import os, pathlib\n"
        "folder = pathlib.Path(os.environ['CAPSTONE_METRICS_DIR'])\n"
        """(folder / 'x.jsonl').write_text('{"m": "work_time", "v": NaN, "u": "s"}' + chr(10))\n"""
    ),
}


def digest(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def problems(answer: subprocess.CompletedProcess[str], code: str) -> list[str]:
    """Return the lines of stderr that carry a code."""
    return [line for line in answer.stderr.splitlines() if f"[{code}]" in line]


# What is wrong in a declaration.


def test_an_unknown_key_is_told_with_its_file_its_path_and_a_suggestion(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    write_study(serial_extra="repeat = 3")

    answer = capstone("check", "--format", "concise")

    line = next(line for line in answer.stderr.splitlines() if "CAP101" in line)
    assert answer.returncode == 3
    assert re.match(r"specs/tiny/study.toml:\d+:1: error\[CAP101\] benchmarks\[0\].repeat: ", line)
    assert "did you mean 'repeats'?" in line


def test_every_problem_of_every_file_is_told_at_once_and_sorted(
    capstone: Capstone, workspace: Path, write_study: Callable[..., Path]
) -> None:
    (workspace / "capstone.toml").write_text('format = 1\n[site]\ntitel = "x"\n')
    write_study(serial_extra="repeat = 3\nwork = inf", scope="everyone")
    (workspace / "specs" / "broken").mkdir()
    (workspace / "specs" / "broken" / "study.toml").write_bytes(b"format = \xff")

    told = capstone("check", "--format", "concise")
    listed = capstone("check", "--json")

    answer = json.loads(listed.stdout)
    errors = [problem for problem in answer["problems"] if problem["severity"] == "error"]
    found = [(p["place"]["file"], p["place"]["key"], p["code"]) for p in errors]
    assert (told.returncode, listed.returncode) == (3, 3)
    assert (answer["schema"], answer["ok"]) == ("capstone/check/1", False)
    assert found == [
        ("capstone.toml", "site.titel", "CAP101"),
        ("specs/broken/study.toml", "", "CAP007"),
        ("specs/tiny/study.toml", "metrics.work_time.scope", "CAP103"),
        ("specs/tiny/study.toml", "benchmarks[0].repeat", "CAP101"),
        ("specs/tiny/study.toml", "", "CAP009"),
    ]
    lines = told.stderr.splitlines()[:-1]
    assert [line.split(": ")[0] for line in lines] == [p["where"] for p in errors]
    assert told.stderr.splitlines()[-1].startswith("5 errors")


def test_a_mistake_in_every_benchmark_is_not_told_as_no_benchmark(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    write_study(timeout_s="0")

    answer = capstone("check")

    lines = [line for line in answer.stderr.splitlines() if "error[" in line]
    told = [line.split(": ")[1].split()[-1] for line in lines]
    assert told == [f"benchmarks[{i}].timeout_s" for i in (0, 1)]


def test_a_valid_workspace_is_ok_in_json_too(capstone: Capstone) -> None:
    answer = capstone("check", "--json")

    assert answer.returncode == 0
    said = json.loads(answer.stdout)
    assert (said["schema"], said["ok"], said["studies"]) == ("capstone/check/1", True, ["tiny"])
    assert "error" not in {problem["severity"] for problem in said["problems"]}


def test_a_folder_without_a_workspace_and_a_study_without_a_folder_are_usage_errors(
    capstone: Capstone, capstone_in: Capstone, tmp_path: Path
) -> None:
    outside = capstone_in(tmp_path, "check")
    unknown = capstone("check", "tinny")
    option = capstone("check", "--no-such-option")

    assert [outside.returncode, unknown.returncode, option.returncode] == [2, 2, 2]
    assert "capstone init" in outside.stderr
    assert "known: tiny" in unknown.stderr


@pytest.mark.parametrize(
    "pieces",
    [
        {"serial_command": '["python", "serial.py", "{workers:q}"]'},
        {"serial_extra": 'env = { "A=B" = "1" }'},
        {"serial_extra": 'env = { A = "\\u0000" }'},
        {"serial_extra": 'levels = { name = ["a\\u0000b"] }'},
    ],
    ids=["format", "name", "value", "level"],
)
def test_what_can_never_start_is_refused_by_check_already(
    capstone: Capstone, write_study: Callable[..., Path], pieces: dict[str, str]
) -> None:
    write_study(**pieces)

    answer = capstone("check")

    assert answer.returncode == 3, answer.stderr
    assert re.search(r"specs/tiny/study.toml:\d+:\d+: error\[CAP\d+\]", answer.stderr)


def test_prose_that_is_not_utf_8_is_a_problem_of_the_study(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    folder = write_study(report_extra='problem = "problem.md"')
    (folder / "problem.md").write_bytes(b"caf\xe9")

    answer = capstone("check")

    assert answer.returncode == 3, answer.stderr
    assert "error[CAP003] report.problem: " in answer.stderr


# What goes wrong while measuring.


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one `capstone run` over broken programs left."""

    study: Path
    answer: subprocess.CompletedProcess[str]
    records: list[dict[str, object]]

    def outcomes(self, benchmark: str) -> list[object]:
        """Return how the attempts at a benchmark ended."""
        return [r["outcome"] for r in self.records if r.get("benchmark") == benchmark]

    def messages(self, benchmark: str) -> set[object]:
        """Return what the records say about a benchmark's attempts."""
        return {r["message"] for r in self.records if r.get("benchmark") == benchmark}


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory,
    write_workspace: Callable[..., Path],
    capstone_in: Capstone,
) -> Measured:
    """One run over a study whose programs fail in every way, one of them not at all."""
    root = tmp_path_factory.mktemp("broken")
    more = "".join(
        f'[[benchmarks]]\nname = "{name}"\ncommand = {json.dumps(command)}\n'
        'launcher = "local"\nrepeats = 1\ntimeout_s = 2\n'
        for name, command in {
            **{name: ["python", f"{name}.py"] for name in BROKEN},
            "unstartable": ["./no-such-program"],
        }.items()
    )
    pieces = {"pool": "raise SystemExit('out of luck')", "repeats": "1", "report_extra": more}
    study = write_workspace(root, **pieces)
    for name, program in BROKEN.items():
        (study / f"{name}.py").write_text(program)

    answer = capstone_in(root, "run", CAPSTONE_STATE_DIR=str(root / "state"))

    (journal,) = study.glob("results/*/journal.jsonl")
    records = [json.loads(line)["record"] for line in journal.read_text().splitlines()]
    return Measured(study=study, answer=answer, records=records)


def test_a_failed_run_ends_the_command_with_4_and_names_its_log(broken: Measured) -> None:
    first, second = [line for line in problems(broken.answer, "CAP301") if "run pool" in line]
    ids = [record["run_id"] for record in broken.records if record.get("benchmark") == "pool"]

    log = Path(first.split("; read ")[1].split("; ")[0])
    assert broken.answer.returncode == 4
    assert f"run {ids[0]}: exited with status 1; read " in first
    assert f"run {ids[1]}: exited with status 1; read " in second
    assert log.read_text() == "out of luck\n"


def test_a_failing_case_does_not_keep_the_others_from_being_measured(broken: Measured) -> None:
    assert broken.outcomes("serial") == ["ok"]


@pytest.mark.parametrize(
    ("benchmark", "outcome", "message"),
    [
        ("pool", "failed", "exited with status 1"),
        ("silent", "incomplete", "it reported no work_time"),
        ("segfault", "failed", "ended by signal 11 (SIGSEGV)"),
        ("hanging", "timeout", "stopped after its limit of 2 s"),
        (
            "not-a-number",
            "incomplete",
            "its metrics were refused: x.jsonl:1: NaN is not a number",
        ),
        ("unstartable", "failed", "could not start './no-such-program': No such file or directory"),
    ],
)
def test_a_case_that_fails_twice_is_given_up_and_every_word_of_it_is_told(
    broken: Measured, benchmark: str, outcome: str, message: str
) -> None:
    abandoned = [line for line in problems(broken.answer, "CAP302") if f"{benchmark}/" in line]

    assert broken.outcomes(benchmark) == [outcome, outcome]
    assert broken.messages(benchmark) == {message}
    assert message in broken.answer.stderr
    assert len(abandoned) == 1
    assert "failed 2 times" in abandoned[0]


def test_nothing_of_a_hanging_tree_is_left(
    broken: Measured, is_gone: Callable[[int], bool]
) -> None:
    pids = [int(pid) for pid in (broken.study / "hung.txt").read_text().split()]

    assert len(pids) == 4
    assert all(is_gone(pid) for pid in pids)


def test_a_missing_module_is_told_with_what_to_type_and_only_when_measuring(
    capstone: Capstone, write_study: Callable[..., Path]
) -> None:
    install = "pip install 'capstone-report[digits]'"
    write_study(serial_extra=f'requires = ["no_such_module_xyz"]\ninstall = "{install}"')

    run, check, build = capstone("run"), capstone("check"), capstone("build")

    assert [run.returncode, check.returncode, build.returncode] == [7, 0, 0]
    assert "no_such_module_xyz" in run.stderr
    assert run.stderr.strip().endswith(install)


# What happens to the records.


def test_a_second_run_measures_nothing_and_says_so(capstone: Capstone, measured: Path) -> None:
    before = digest(measured.parent)

    answer = capstone("run")

    assert answer.returncode == 0
    assert "nothing is missing" in answer.stdout
    assert digest(measured.parent) == before


def test_a_cut_journal_is_read_by_status_and_build_without_a_write(
    capstone: Capstone, measured: Path
) -> None:
    measured.write_bytes(measured.read_bytes()[:-30])
    before = digest(measured.parents[1])

    status, build = capstone("status"), capstone("build")

    assert [status.returncode, build.returncode] == [0, 0]
    assert "1 missing" in status.stdout
    assert len(problems(status, "CAP601")) == len(problems(build, "CAP601")) == 1
    assert digest(measured.parents[1]) == before


def test_a_cut_journal_is_continued_by_run(capstone: Capstone, measured: Path) -> None:
    whole = measured.read_bytes()
    measured.write_bytes(whole[:-30])
    kept = whole[: whole[:-30].rfind(b"\n") + 1]

    answer = capstone("run")

    after = measured.read_bytes()
    assert answer.returncode == 0
    assert "1 runs measured" in answer.stdout
    assert after.startswith(kept)
    assert after.count(b"\n") == whole.count(b"\n") + 1  # a new campaign opens the new run
    assert (measured.parent / "journal.torn-0").read_bytes() == whole[len(kept) : -30]


def test_a_raw_output_that_is_gone_stops_every_reader(capstone: Capstone, measured: Path) -> None:
    raw = min(measured.parent.glob("raw/serial*/metrics/*"))
    raw.unlink()
    before = digest(measured.parent)

    answers = [capstone(command) for command in ("status", "build", "run")]

    assert [answer.returncode for answer in answers] == [5, 5, 5]
    for answer in answers:
        (line,) = problems(answer, "CAP602")
        assert f"(run {raw.parents[1].name}) names {raw.relative_to(measured.parent)}" in line
    assert digest(measured.parent) == before


def test_every_raw_output_that_was_changed_is_told(capstone: Capstone, measured: Path) -> None:
    changed = sorted(measured.parent.glob("raw/*/metrics/*"))
    for raw in changed:
        raw.write_text(raw.read_text().replace("0.001", "0.0005"))

    answer = capstone("status")

    assert answer.returncode == 5
    assert len(problems(answer, "CAP603")) == len(changed) == 4
    assert all(f"names {raw.relative_to(measured.parent)}" in answer.stderr for raw in changed)


def flip(lines: list[bytes]) -> list[bytes]:
    """Change one byte in the third line."""
    return [*lines[:2], lines[2].replace(b'"cpu":"', b'"cpv":"', 1), *lines[3:]]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (flip, "record 2 is damaged"),
        (lambda lines: [*lines[:1], *lines[2:]], "record 1 is damaged"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "record 1 is damaged"),
        (
            lambda lines: [*lines[:-1], lines[-1].replace(b'"format":2', b'"format":3')],
            "[CAP605] record 4 has format 3",
        ),
    ],
    ids=["flipped", "deleted", "swapped", "newer"],
)
def test_a_damaged_journal_is_told_with_its_record(
    capstone: Capstone, measured: Path, damage: Callable[[list[bytes]], list[bytes]], told: str
) -> None:
    lines = measured.read_bytes().splitlines(keepends=True)
    measured.write_bytes(b"".join(damage(lines)))

    answer = capstone("status")

    assert answer.returncode == 5
    assert told in answer.stderr


def test_two_runs_at_once_are_one_too_many(
    capstone: Capstone, measured: Path, write_study: Callable[..., Path]
) -> None:
    write_study(repeats="3")
    before = measured.read_bytes()
    with measured.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)

        answer = capstone("run")

    assert answer.returncode == 6
    assert problems(answer, "CAP606")
    assert measured.read_bytes() == before


def pid_of_program(study: Path) -> int:
    """Return the process id that the slow program wrote down, 0 while it has not."""
    written = study / "pid.txt"
    return int(written.read_text() or 0) if written.exists() else 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_run_ends_its_program_and_keeps_what_it_knows(
    *,
    start_capstone: Start,
    write_study: Callable[..., Path],
    eventually: Eventually,
    is_gone: Callable[[int], bool],
    number: signal.Signals,
    status: int,
) -> None:
    study = write_study(serial=SLOW, pool=SLOW, repeats="1")
    (study / "slow").touch()
    process = start_capstone("run")
    eventually(lambda: pid_of_program(study))

    process.send_signal(number)
    _, said = process.communicate(timeout=60)

    (journal,) = study.glob("results/*/journal.jsonl")
    *_, last = [json.loads(line)["record"] for line in journal.read_text().splitlines()]
    assert is_gone(pid_of_program(study))
    assert "what was measured is kept" in said
    assert (last["outcome"], last["signal"]) == ("interrupted", number)
    assert process.returncode == status


def test_an_impatient_second_ctrl_c_leaves_no_program_behind(
    start_capstone: Start,
    write_study: Callable[..., Path],
    eventually: Eventually,
    is_gone: Callable[[int], bool],
) -> None:
    study = write_study(serial=STUBBORN, pool=STUBBORN, repeats="1")
    (study / "slow").touch()
    process = start_capstone("run")
    eventually(lambda: pid_of_program(study))
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)  # the program ignores SIGTERM, so its grace is still running

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    left = not is_gone(pid_of_program(study))
    (study / "slow").unlink()
    assert not left


def test_a_killed_run_loses_nothing_that_was_written_and_holds_no_lock(
    capstone: Capstone,
    start_capstone: Start,
    write_study: Callable[..., Path],
    eventually: Eventually,
    is_gone: Callable[[int], bool],
) -> None:
    study = write_study(serial=SLOW, pool=SLOW, repeats="2")
    process = start_capstone("run")
    journal = eventually(lambda: next(study.glob("results/*/journal.jsonl"), None))
    assert isinstance(journal, Path)
    eventually(lambda: journal.read_bytes().count(b"\n") >= 2)
    (study / "slow").touch()

    process.kill()
    process.wait()
    before = journal.read_bytes()
    (study / "slow").unlink()
    answer = capstone("run")

    after = journal.read_bytes()
    runs = [json.loads(line)["record"] for line in after.splitlines()]
    assert answer.returncode == 0, answer.stderr
    assert after.startswith(before[: before.rfind(b"\n") + 1])
    assert sum(record.get("outcome") == "ok" for record in runs) == 4
    eventually(lambda: is_gone(pid_of_program(study)))


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as somebody and without the user's own settings."""
    who = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    elsewhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        [shutil.which("git") or "git", *who, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **elsewhere},
    ).stdout


def test_records_that_git_tracks_are_never_appended_to(
    capstone: Capstone, workspace: Path, measured: Path, write_study: Callable[..., Path]
) -> None:
    git(workspace, "init")
    git(workspace, "add", ".")
    git(workspace, "commit", "-m", "measured")
    tracked = digest(measured.parent)
    complete = capstone("run")
    clean = git(workspace, "status", "--porcelain")
    write_study(repeats="3")

    answer = capstone("run")

    folders = sorted(path.name for path in measured.parents[1].iterdir())
    assert "nothing is missing" in complete.stdout
    assert clean == ""
    assert answer.returncode == 0
    assert "6 runs measured" in answer.stdout
    assert len(folders) == 2
    assert digest(measured.parent) == tracked


# From nothing to a site.


def test_init_never_overwrites(capstone: Capstone, workspace: Path) -> None:
    before = digest(workspace)
    refused = capstone("init", ".")
    untouched = digest(workspace)
    written = capstone("init", "new")
    first = digest(workspace / "new")

    again = capstone("init", "new")

    assert [refused.returncode, written.returncode, again.returncode] == [2, 0, 2]
    assert untouched == before
    assert digest(workspace / "new") == first
    assert "CAP705" in again.stderr


@pytest.mark.slow
def test_the_first_workspace_goes_all_the_way_to_a_site_and_twice_to_the_same_one(
    capstone_in: Capstone, tmp_path: Path
) -> None:
    root = tmp_path / "first"
    answers = [capstone_in(tmp_path, "init", str(root))]
    study = root / "specs" / "first-study" / "study.toml"
    smaller = {"300000": "30000", "100000": "10000", "repeats = 6": "repeats = 4"}
    for declared, instead in smaller.items():
        study.write_text(study.read_text().replace(declared, instead))

    answers += [
        capstone_in(root, "check"),
        capstone_in(root, "run"),
        capstone_in(root, "build", "--machine", "here"),
    ]
    first = digest(root / "site")
    answers += [capstone_in(root, "status"), capstone_in(root, "build", "--machine", "here")]

    assert [answer.returncode for answer in answers] == [0] * 6
    assert "0 failed, 0 missing" in answers[4].stdout
    assert first["index.html"]
    assert digest(root / "site") == first
