"""`capstone try`: one run of one case, shown and not recorded."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns import shell
from capstone_report.cli import main
from diagnosed import IMPORTABLE, ranks

Capstone = Callable[..., subprocess.CompletedProcess[str]]
WriteStudy = Callable[..., Path]
SERIAL, POOL = "serial/threads=1,workers=1", "pool/threads=1,workers=2"
FAILED, USAGE = 4, 2
PRINTS = """\
import sys
print("starting")
for step in range(30):
    print(f"step {step} took {2 + step} ms")
    print(f"\\x1b[2Jnote {step}")
print("", "x" * 500, sep="\\n", file=sys.stderr)
"""
TOOK = r"""\
parser = { kind = "regex", patterns = [
    { pattern = 'step (?P<step>\\d+) took (?P<v>\\d+) ms', metric = "work_time", unit = "s" },
    { pattern = 'took (?P<v>\\d+) ms', metric = "other_time", unit = "ms" },
] }
""".removeprefix("\\\n").replace("\\\\", "\\")
MANY_RANKS = """\
import os, pathlib
lines = "".join('{"m":"work_time","v":0.001,"u":"s","rank":%d}\\n' % rank for rank in range(20))
(pathlib.Path(os.environ["CAPSTONE_METRICS_DIR"]) / "all.jsonl").write_text(lines)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let temporary folders be made inside the test's."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    """Run the command in this process; return its exit code and what it said."""
    monkeypatch.setattr(sys, "argv", ["capstone", "try", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def trying(
    workspace: Path,
    write_study: WriteStudy,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str, str]]:
    """Write the tiny study with other pieces, and try in its workspace."""

    def run(*arguments: str, **pieces: str) -> tuple[int, str, str]:
        write_study(**pieces)
        monkeypatch.chdir(workspace)
        return answer(capsys, monkeypatch, *arguments)

    return run


Trying = Callable[..., tuple[int, str, str]]


def test_without_a_case_all_are_listed_with_their_commands(trying: Trying) -> None:
    code, out, err = trying("tiny")

    assert code == 0
    assert out.splitlines() == [
        f"  {SERIAL}  python serial.py",
        f"  {POOL}    python pool.py 2",
    ]
    assert err == ""


def test_a_case_that_this_machine_cannot_run_is_listed_with_the_reason(trying: Trying) -> None:
    code, out, err = trying("tiny", serial_extra="levels = { threads = [1, 4096] }\n")
    as_json = json.loads(trying("tiny", "--json")[1])

    assert (code, "4096" in out) == (0, True)  # the tiny study oversubscribes
    assert err == ""
    assert [row["case"] for row in as_json["cases"]] == [SERIAL, POOL]
    assert as_json["skipped"] == []


def test_a_case_measured_elsewhere_is_told_apart(trying: Trying) -> None:
    external = '[benchmarks.external]\nwhere = "a cluster"\nhow = "the same program"\n'
    extra = f"""\

[[benchmarks]]
name = "growing"
scaling = "weak"
scaling_function = "as the workers"
held_fixed = ["the work of each"]
{external}
"""

    _, out, err = trying("tiny", pool_extra=extra)

    assert "growing" not in out
    assert "  growing/threads=1,workers=1: measured elsewhere: a cluster" in err


def test_a_beginning_that_only_one_case_has_names_it(trying: Trying, workspace: Path) -> None:
    code, out, err = trying("tiny", "po")

    assert code == 0
    assert err == f"tiny: {POOL}: python pool.py 2\n"
    assert "outcome    ok" in out
    assert "0 lines of output matched nothing" in out
    assert not (workspace / "specs" / "tiny" / "results").exists()


@pytest.mark.parametrize(
    ("name", "found"), [("", "2 cases"), ("x", "no case"), ("serial/threads=2", "no case")]
)
def test_what_is_not_one_case_is_a_usage_error_with_the_cases(
    name: str, found: str, trying: Trying
) -> None:
    code, out, err = trying("tiny", name)

    assert (code, out) == (USAGE, "")
    assert f"[CAP710] '{name}' names {found}" in err
    assert f"{SERIAL}, {POOL}" in err


def test_an_id_that_is_the_beginning_of_another_names_itself(trying: Trying) -> None:
    levels = "levels = { workers = [1], threads = [1, 11] }\n"

    code, _, err = trying("tiny", SERIAL, serial_extra=levels)
    other, _, _ = trying("tiny", "serial/threads=1", serial_extra=levels)

    assert code == 0
    assert err.startswith(f"tiny: {SERIAL}: ")
    assert other == USAGE


def test_everything_that_was_captured_is_shown_with_what_was_missing(
    trying: Trying, temporary: Path
) -> None:
    code, out, _ = trying("tiny", "serial", serial=PRINTS, serial_extra=TOOK)

    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert "work_time s 30 0 2 31 16.5" in lines
    assert "other_time ms 30 0 2 31 - not declared" in lines
    assert "32 lines of output matched nothing" in lines
    assert "stdout.txt:1: starting" in lines
    assert "stdout.txt:3: note 0" in lines
    assert "and 12 more" in lines
    folder = next(line for line in lines if line.startswith("outputs ")).removeprefix("outputs ")
    assert Path(folder).is_relative_to(temporary)
    assert (Path(folder) / "stdout.txt").read_text().startswith("starting\n")


def test_json_holds_the_same(trying: Trying) -> None:
    code, out, _ = trying("tiny", "serial", "--json", serial=PRINTS, serial_extra=TOOK)

    told = json.loads(out)
    assert code == 0
    assert told["schema"] == "capstone/try/1"
    assert (told["study"], told["case"], told["outcome"]) == ("tiny", SERIAL, "ok")
    assert told["command"] == ["python", "serial.py"]
    assert told["wall_time_s"] > 0
    assert told["unmatched_lines"] == 32
    assert len(told["unmatched"]) == 20
    assert told["unmatched"][0] == {"file": "stdout.txt", "line": 1, "text": "starting"}
    assert told["metrics"][0] == {
        "metric": "work_time",
        "units": ["s"],
        "count": 30,
        "ranks": [0],
        "first": 2.0,
        "last": 31.0,
        "value": 16.5,
        "declared_unit": "s",
        "remark": "",
    }


def test_a_metric_that_is_missing_is_said_to_be_and_the_run_does_not_count(trying: Trying) -> None:
    code, out, _ = trying("tiny", "serial", serial="print('hello')\n")

    assert code == FAILED
    assert "outcome    incomplete: it reported no work_time" in out
    assert "missing" in out
    assert "stdout.txt:1: hello" in out


def test_a_metric_in_another_unit_is_said_to_be_declared_otherwise(trying: Trying) -> None:
    code, out, _ = trying(
        "tiny",
        "serial",
        serial='from capstone_report.workloads.emit import metric\nmetric("work_time", 1, "ms")\n',
    )

    assert code == FAILED
    assert "declared in s" in out


RATE = """\

[metrics.rate]
description = "items in a second"
unit = "samples/s"
kind = "rate"
direction = "higher"
scope = "total"
"""
WORK = 'work = 120\nwork_unit = "items"\n'
SHARES = """\
import os, time
from pathlib import Path
from capstone_report.workloads.emit import metric

time.sleep(0.5)
metric("work_time", 0.001, "s")
ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
metric("rate", 60 / seconds, "samples/s")
os._exit(0)
"""
"""One of two workers that do 60 of 120 items each, in the time of the whole process."""


def test_a_rate_that_contradicts_work_and_wall_time_is_told_before_anything_is_measured(
    trying: Trying,
) -> None:
    pieces = {"pool": SHARES, "serial_extra": WORK, "pool_extra": WORK, "report_extra": RATE}

    code, out, _ = trying("tiny", "pool", **pieces)
    told = json.loads(trying("tiny", "pool", "--json", **pieces)[1])

    assert code == 0
    assert "warning    [CAP421] rate is declared total: " in out
    assert 'write scope = "per-worker" under [metrics.rate], let every worker report' in out
    assert [finding["code"] for finding in told["findings"]] == ["CAP421"]


def test_what_capstone_adds_itself_is_told_apart_from_what_nobody_declared(trying: Trying) -> None:
    report = 'trained_on(range(9))\nmetric("other", 1, "1")'
    pieces = {"scope": "per-worker", "pool_extra": IMPORTABLE}

    _, out, _ = trying("tiny", "pool", "--json", pool=ranks(report=report), **pieces)

    remarks = {row["metric"]: row["remark"] for row in json.loads(out)["metrics"]}
    assert remarks["shared_samples"] == "added by capstone"
    assert remarks["other"] == "not declared"


def test_problems_checks_and_many_ranks_are_shown(trying: Trying) -> None:
    checks = (
        MANY_RANKS + "from capstone_report.workloads.emit import check\n"
        'check("finite", ok=True)\ncheck("equal", ok=False)\n'
        "with open(os.environ['CAPSTONE_METRICS_DIR'] + '/bad.jsonl', 'w') as file:\n"
        "    file.write('nothing\\n{\"m\"')\n"
    )

    code, out, _ = trying("tiny", "serial", serial=checks)

    assert code == FAILED
    assert "check      finite: ok" in out
    assert "check      equal: failed" in out
    assert "problem    bad.jsonl:1: Expecting value" in out
    assert "note       bad.jsonl:2: torn last line dropped" in out
    assert "0...19 (20)" in out


def test_a_long_line_is_shown_in_short_and_obeyed_by_no_terminal(trying: Trying) -> None:
    code, out, _ = trying(
        "tiny",
        "serial",
        serial="import sys\nprint('x' * 500, file=sys.stderr)\nprint('\\x07\\x9bbell')\n",
    )

    assert code == FAILED
    assert f"stderr.txt:1: {'x' * 160}...\n" in out
    assert "stdout.txt:1: \ufffd\ufffdbell\n" in out


def test_the_real_command_ends_what_it_started_when_it_is_stopped(
    workspace: Path, write_study: WriteStudy, eventually: Callable[[Callable[[], object]], object]
) -> None:
    write_study(serial_command=shell("touch started; sleep 60"))
    command = [str(Path(sys.executable).with_name("capstone")), "try", "tiny", "serial"]

    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, text=True) as process:
        eventually((workspace / "specs" / "tiny" / "started").exists)
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGINT
    assert "outcome    interrupted: stopped" in out
