"""What a person sees while a campaign runs, on a real terminal."""

import json
import re
import signal
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from capstone_report.terminal.drawing import Drawn, Painter
from terminals import INTERRUPT, STUBBORN, Terminal

WriteStudy = Callable[..., Path]
Eventually = Callable[[Callable[[], object]], object]
REPORT = 'from capstone_report.workloads.emit import metric\nmetric("work_time", 0.001, "s")\n'
# It waits as long as a file is there, so that a test decides when it ends.
HELD = "import pathlib, time\nwhile pathlib.Path('held').exists(): time.sleep(0.02)\n" + REPORT
FAILING = "import sys\nprint('what it said last')\nsys.exit(3)\n"


def is_whole(text: str) -> bool:
    """Tell whether the view has been drawn down to the last case of two."""
    return len(text.partition("  work_time in s ")[2].splitlines()) == 3


def test_it_shows_what_runs_how_far_it_is_and_where_each_case_stands(
    workspace: Path, write_study: WriteStudy
) -> None:
    study = write_study(serial=HELD, repeats="6")
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "of 12 runs done, about" in text)
        (study / "held").touch()
        shown = terminal.wait_until(
            lambda text: "     1 s, " in text and "now  serial" in text and is_whole(text)
        )
        (study / "held").unlink()
        code = terminal.wait()

    assert code == 0
    assert re.search(r"^     1 s, run \d of 6, measurement$", shown, re.MULTILINE)
    assert "> serial/threads=1,workers=1" in shown
    assert "  pool/threads=1,workers=2" in shown
    assert "6 runs needed" in shown
    assert "━" in shown


def test_the_view_gives_way_to_a_table_that_stays(workspace: Path, write_study: WriteStudy) -> None:
    write_study(repeats="6")
    with Terminal(workspace, "run") as terminal:
        code = terminal.wait()

    first, second, head, *rows, last = terminal.text.splitlines()[:6]
    assert code == 0
    assert sorted([first.split(": ")[1], second.split(": ")[1]]) == [
        "pool/threads=1,workers=2",
        "serial/threads=1,workers=1",
    ]
    assert head.split() == [
        *("work_time", "in", "s", "runs", "last", "median", "95", "%", "interval", "values"),
    ]
    assert re.split(r"\s{2,}", rows[0].strip()) == [
        *("serial/threads=1,workers=1", "6/6", "0.001", "0.001"),
        *("0.001 to 0.001 (n = 6)", "▅▅▅▅▅▅"),
    ]
    assert last.startswith("tiny: 12 runs measured, in ")
    assert "now  " not in terminal.text
    assert terminal.cursor_is_visible


def test_a_failed_run_stays_above_with_its_last_words_and_its_case_turns_red(
    workspace: Path, write_study: WriteStudy
) -> None:
    study = write_study(serial=HELD, pool=FAILING, repeats="1")
    (study / "held").touch()
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "now  " in text)
        (study / "held").unlink()
        code = terminal.wait()

    assert code == 4
    assert ": exited with status 3\n    | what it said last\n" in terminal.text
    assert "    2 failed: exited with status 3" in terminal.text
    assert b"\x1b[31m" in terminal.colours


@pytest.mark.parametrize(("columns", "lines"), [(40, 12), (20, 6), (3, 2)])
def test_a_small_terminal_shows_what_fits(
    workspace: Path, write_study: WriteStudy, columns: int, lines: int
) -> None:
    study = write_study(
        serial=HELD, pool=HELD, serial_extra="levels = { threads = [1, 2, 3, 4, 5, 6, 7] }"
    )
    (study / "held").touch()
    with Terminal(workspace, "run", columns=columns, lines=lines) as terminal:
        last = {40: "not shown: ", 20: "     python ", 3: ""}[columns]
        terminal.wait_until(lambda text: last in text and (" 1 s, " in text or columns == 3))
        screen = terminal.screen
        (study / "held").unlink()
        code = terminal.wait()

    left_out = [line for line in screen if "not shown: " in line]
    assert code == 0
    assert len(left_out) == (columns == 40), screen
    assert sum(line.startswith("> ") for line in screen) == (columns == 40)


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (90, 30)])
def test_a_window_that_changes_its_size_keeps_one_view(
    workspace: Path, write_study: WriteStudy, columns: int, lines: int
) -> None:
    study = write_study(serial=HELD, pool=HELD, repeats="1")
    (study / "held").touch()
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "measurement" in text)
        terminal.resize(columns, lines)
        shown = terminal.wait_until(lambda text: "     3 s, " in text and is_whole(text))
        (study / "held").unlink()
        code = terminal.wait()

    assert code == 0
    assert shown.count("measurement") == 1


@pytest.mark.parametrize(("width", "rows"), [(100, 2), (50, 2), (30, 3), (9, 8)])
def test_lines_that_a_narrower_terminal_has_broken_are_erased_whole(width: int, rows: int) -> None:
    console = Console(file=StringIO(), width=100, force_terminal=True)
    painter = Painter(console)
    painter.paint([Drawn(text="x" * cells, cells=cells) for cells in (50, 10)])
    console.width = width

    painter.paint([])

    assert console.file.getvalue().endswith(f"\x1b[{rows - 1}A\r\x1b[J")  # type: ignore[attr-defined]


def test_a_trial_is_called_one(workspace: Path, write_study: WriteStudy) -> None:
    write_study(
        serial_extra="levels = { threads = [1, 2] }",
        baseline_extra='tune = { factor = "threads", repeats = 1 }',
        repeats="1",
    )
    with Terminal(workspace, "run") as terminal:
        code = terminal.wait()

    assert code == 0
    assert terminal.text.count("workers=1 (trial)  1/1") == 2
    assert len(re.findall(r"pool/threads=1,workers=2 +1/1", terminal.text)) == 1


def test_where_nothing_is_missing_nothing_is_drawn(workspace: Path, measured: Path) -> None:
    with Terminal(workspace, "run", columns=1000) as terminal:
        terminal.wait()

    assert terminal.text == f"tiny: nothing is missing in {measured.parent}"


def test_no_color_means_no_colour(workspace: Path, write_study: WriteStudy) -> None:
    write_study(pool=FAILING, repeats="1")
    with Terminal(workspace, "run", NO_COLOR="1") as terminal:
        code = terminal.wait()

    view = [code for code in terminal.colours if b"3" in code.split(b"[")[1]]
    assert code == 4
    assert view == []


def test_a_dumb_terminal_gets_plain_lines(workspace: Path) -> None:
    with Terminal(workspace, "run", TERM="dumb") as terminal:
        code = terminal.wait()

    assert code == 0
    assert b"\x1b" not in terminal.written
    assert "[4/4] " in terminal.text


def test_events_on_the_same_terminal_are_not_painted_over(workspace: Path) -> None:
    with Terminal(workspace, "run", "--json", columns=1000) as terminal:
        code = terminal.wait()

    events = [json.loads(line) for line in terminal.text.splitlines() if line.startswith("{")]
    assert code == 0
    assert events[-1]["event"] == "result"
    assert b"\x1b" not in terminal.written


def test_the_first_ctrl_c_says_that_it_was_heard_and_the_second_kills_at_once(
    workspace: Path, write_study: WriteStudy, is_gone: Callable[[int], bool]
) -> None:
    study = write_study(serial=STUBBORN, pool=STUBBORN, repeats="1")
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "now  " in text and (study / "pid.txt").exists())
        pid = int((study / "pid.txt").read_text())
        terminal.type(INTERRUPT)
        terminal.wait_until(lambda text: "press Ctrl-C again to kill it at once" in text)
        heard = time.monotonic()
        terminal.type(INTERRUPT)
        terminal.wait_until(lambda _: is_gone(pid))
        took_s = time.monotonic() - heard
        code = terminal.wait()

    assert code == 130
    assert took_s < 2  # the grace after one signal is two seconds
    assert terminal.cursor_is_visible
    assert "stopping: " not in terminal.text
    assert "interrupted after" in terminal.text
    assert "stopped; what was measured is kept" in terminal.text
    assert "failed: " not in terminal.text


def test_a_sigterm_is_shown_and_leaves_a_clean_terminal(
    workspace: Path, write_study: WriteStudy
) -> None:
    study = write_study(serial=STUBBORN, pool=STUBBORN, repeats="1")
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "now  " in text and (study / "pid.txt").exists())
        terminal.process.send_signal(signal.SIGTERM)
        terminal.wait_until(lambda text: "stopping: the run is being ended" in text)
        code = terminal.wait()

    assert code == 143
    assert "now  " not in terminal.text
    assert terminal.cursor_is_visible


def test_a_window_that_is_closed_ends_the_run_and_its_record_is_written(
    workspace: Path, write_study: WriteStudy
) -> None:
    study = write_study(serial=HELD, pool=HELD, repeats="1")
    (study / "held").touch()
    with Terminal(workspace, "run") as terminal:
        terminal.wait_until(lambda text: "now  " in text)
        terminal.hang_up()
        terminal.process.wait(30)

    (journal,) = study.glob("results/*/journal.jsonl")
    last = json.loads(journal.read_text().splitlines()[-1])["record"]
    assert (last["outcome"], last["signal"]) == ("interrupted", signal.SIGHUP)
