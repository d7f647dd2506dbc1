"""CAP0xx, CAP5xx, CAP6xx and CAP7xx for real: files, journals and folders as they should not be.

Each function is named after a code and returns what is found in its bad and in its good situation.
"""

import errno
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.errors import CapstoneError
from capstone_report.measure import leftovers
from capstone_report.measure.campaign import run_campaign
from capstone_report.measure.quiet import require_quiet
from capstone_report.report.typed_numbers import typed_numbers
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.repair import repair_journal
from capstone_report.results.running import RUNNING
from capstone_report.results.verification import verify_journal
from capstone_report.site.build import build_site
from capstone_report.spec.load import find_root, load_project
from capstone_report.spec.references import prose_problems
from findings.situation import Seen
from findings.situations_in_records import WORKING
from simulated import (
    MACHINE,
    SERIAL,
    STUDY,
    STUDY_ID,
    TIMES,
    analyse,
    load,
    machine_folder,
    records,
    spec_problems,
    write_journal,
    write_workspace,
)

CAPSTONE = Path(sys.executable).with_name("capstone")
HANGS = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
CODE = re.compile(r"\[(CAP\d{3})\]")


def raised(action: Callable[[], object]) -> list[str]:
    """Return the codes of the error that an action ends with; none when it succeeds."""
    try:
        action()
    except CapstoneError as error:
        return [problem.code for problem in error.problems]
    return []


def said(root: Path, *arguments: str) -> list[str]:
    """Return the codes that the real command says on stderr."""
    answer = subprocess.run(
        [CAPSTONE, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return CODE.findall(answer.stderr)


def loaded(root: Path) -> list[str]:
    """Return the codes that loading a workspace complains with."""
    return [problem.code for problem in spec_problems(root)]


def study_in(root: Path) -> Path:
    """Write a valid workspace and return the file of its study."""
    return write_workspace(root) / "specs" / STUDY_ID / "study.toml"


def written(root: Path, content: bytes) -> Seen:
    """Return a study file with some bytes beside the valid one."""
    study_in(root / "bad").write_bytes(content)
    study_in(root / "good").write_text(STUDY)
    return Seen(bad=loaded(root / "bad"), good=loaded(root / "good"))


def with_prose(root: Path, content: bytes) -> list[str]:
    """Return the codes of a workspace whose problem page has some bytes."""
    write_workspace(root, prose={"problem": "An example."})
    (root / "specs" / STUDY_ID / "problem.md").write_bytes(content)
    return loaded(root)


def cap002(root: Path) -> Seen:
    """A command in a folder that belongs to no workspace."""
    study_in(root / "good")
    (root / "bad").mkdir()
    return Seen(
        bad=raised(lambda: find_root(root / "bad")), good=raised(lambda: find_root(root / "good"))
    )


def cap003(root: Path) -> Seen:
    """Prose in an encoding of the 1990s."""
    text = "Un problème"
    return Seen(
        bad=with_prose(root / "bad", text.encode("latin-1")),
        good=with_prose(root / "good", text.encode()),
    )


def cap004(root: Path) -> Seen:
    """A mebibyte of pasted values."""
    return written(root, (STUDY + "# 8.31\n" * 200_000).encode())


def cap006(root: Path) -> Seen:
    """A level for each of many learning rates."""
    rates = ", ".join(f"{rate}e-6" for rate in range(10_001))
    return written(root, f"{STUDY}\n[sweep]\nrates = [{rates}]\n".encode())


def cap007(root: Path) -> Seen:
    """A file that a shell saved as UTF-16."""
    return written(root, STUDY.encode("utf-16"))


def cap008(root: Path) -> Seen:
    """A link to a file outside the project."""
    study = study_in(root / "bad")
    outside = study.rename(root / "shared.toml")
    study.symlink_to(outside)
    study_in(root / "good")
    return Seen(bad=loaded(root / "bad"), good=loaded(root / "good"))


def cap011(root: Path) -> Seen:
    """The line ends of old computers."""
    return written(root, STUDY.replace("\n", "\r").encode())


def cap012(root: Path) -> Seen:
    """A log that was pasted below the text."""
    return Seen(
        bad=with_prose(root / "bad", b"step 1: loss 2.31\n" * 20_000),
        good=with_prose(root / "good", b"The loss falls.\n"),
    )


def cap104(root: Path) -> Seen:
    """A folder with spaces and capitals, and one without."""
    write_workspace(root / "bad", study_id="My Study (final)")
    write_workspace(root / "good", study_id="ddp-digits")
    return Seen(bad=loaded(root / "bad"), good=loaded(root / "good"))


def cap501(root: Path) -> Seen:
    """A reference to three workers, where one, two and four are declared."""

    def prose(root: Path, text: str) -> list[str]:
        study = load(write_workspace(root, prose={"argument": text}))
        return [problem.code for problem in prose_problems(study)]

    return Seen(
        bad=prose(root / "bad", "It is {speedup:workers=3} as fast."),
        good=prose(root / "good", "It is {speedup:workers=4} as fast."),
    )


def cap520(root: Path) -> Seen:
    """A speedup that was typed, and one that is referred to."""

    def prose(root: Path, text: str) -> list[str]:
        analysis = analyse(root, TIMES, prose={"argument": text})
        return [problem.code for problem in typed_numbers(analysis)]

    return Seen(
        bad=prose(root / "bad", "Four workers reach a speedup of 6.4."),
        good=prose(root / "good", "Four workers reach a speedup of {speedup:workers=4}."),
    )


def journal_in(root: Path) -> Path:
    """Write a workspace with a journal of one run and its output; return the machine's folder."""
    study = load(write_workspace(root))
    folder = machine_folder(study)
    text = "8.31 s\n"
    (run,) = records(study, {SERIAL: [8.31]})
    raw = {"raw/serial-0/stdout.txt": hashlib.sha256(text.encode()).hexdigest()}

    def print_it() -> None:
        (folder / "raw" / "serial-0").mkdir(parents=True)
        (folder / "raw" / "serial-0" / "stdout.txt").write_text(text)

    write_journal(
        folder, [run.model_copy(update={"raw": raw, "run_id": "serial-0"})], meanwhile=print_it
    )
    return folder


def damaged(root: Path, change: Callable[[Path], object]) -> Seen:
    """Return what reading a changed journal finds, beside the same one before the change."""
    folder = journal_in(root)
    good = raised(lambda: read_journal(folder))
    change(folder)
    return Seen(bad=raised(lambda: read_journal(folder)), good=good)


def rewritten(old: bytes, new: bytes) -> Callable[[Path], object]:
    """Return an edit of a machine's journal."""
    return lambda folder: (folder / JOURNAL).write_bytes(
        (folder / JOURNAL).read_bytes().replace(old, new)
    )


def cap601(root: Path) -> Seen:
    """Half a line at the end, and none after the next writer."""

    def notices() -> list[str]:
        return [finding.code for finding in read_journal(folder).findings("it is kept")]

    folder = journal_in(root)
    with (folder / JOURNAL).open("ab") as journal:
        journal.write(b'{"format":1,"seq":2,"pr')
    bad = notices()
    with open_journal(folder):
        pass
    return Seen(bad=bad, good=notices())


def cap602(root: Path) -> Seen:
    """An output that was deleted."""
    return damaged(root, lambda folder: (folder / "raw/serial-0/stdout.txt").unlink())


def cap603(root: Path) -> Seen:
    """An output that was improved."""
    return damaged(root, lambda folder: (folder / "raw/serial-0/stdout.txt").write_text("7.31 s\n"))


def cap604(root: Path) -> Seen:
    """A record that was improved."""
    return damaged(root, rewritten(b"8.31", b"7.31"))


def cap605(root: Path) -> Seen:
    """Records in the format of a later version."""
    return damaged(root, rewritten(b'"format":2', b'"format":3'))


def cap606(root: Path) -> Seen:
    """A second writer while the first one is at work, and one after it."""

    def write() -> None:
        with open_journal(folder):
            pass

    folder = journal_in(root)
    with open_journal(folder):
        bad = raised(write)
    return Seen(bad=bad, good=raised(write))


def cap607(root: Path) -> Seen:
    """A journal without its records beside their outputs, and one with them."""
    return damaged(root, lambda folder: (folder / JOURNAL).write_bytes(b""))


def cap608(root: Path) -> Seen:
    """A folder where the journal should be."""

    def replace(folder: Path) -> None:
        (folder / JOURNAL).unlink()
        (folder / JOURNAL).mkdir()

    return damaged(root, replace)


def cap609(root: Path) -> Seen:
    """The mark of a host that died yesterday, unasked and asked to take over."""
    folder = journal_in(root)
    mark = folder / RUNNING
    mark.write_text('{"pid": 1, "host": "another-host", "since": "2026-11-21T10:00:00+00:00"}')
    os.utime(mark, (0, 0))

    def write(*, take_over: bool) -> None:
        with open_journal(folder, take_over=take_over):
            pass

    return Seen(
        bad=raised(lambda: write(take_over=False)), good=raised(lambda: write(take_over=True))
    )


def cap610(root: Path) -> Seen:
    """A damaged journal that git tracks, and one that it does not."""
    folder = journal_in(root)
    rewritten(b"8.31", b"7.31")(folder)
    good = said(root, "journal", "repair")
    rewritten(b"\n", b"\r\n")(folder)
    for arguments in (("init", "-q"), ("add", "-A", "-f")):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return Seen(bad=said(root, "journal", "repair"), good=good)


def cap611(root: Path) -> Seen:
    """Line ends that were converted, and a damage behind the first record."""

    def repaired(root: Path, change: Callable[[Path], object]) -> list[str]:
        folder = journal_in(root)
        change(folder)
        return raised(lambda: repair_journal(folder))

    return Seen(
        bad=repaired(root / "bad", rewritten(b"\n", b"\r\n")),
        good=repaired(root / "good", rewritten(b"8.31", b"7.31")),
    )


def cap612(root: Path) -> Seen:
    """A journal that somebody restores while it is written to."""

    def written(root: Path, change: Callable[[Path], object]) -> list[str]:
        folder = journal_in(root)
        run, *_ = read_journal(folder).runs
        with open_journal(folder) as (_, writer):
            change(folder)
            return raised(lambda: writer.append(run))

    return Seen(
        bad=written(root / "bad", lambda folder: (folder / JOURNAL).unlink()),
        good=written(root / "good", lambda folder: folder),
    )


def cap613(root: Path) -> Seen:
    """A record that was improved before another one, and none that was."""

    def verified() -> list[str]:
        return [finding.code for finding in verify_journal(folder).findings]

    folder = journal_in(root)
    good = verified()
    rewritten(b'"seed":7', b'"seed":8')(folder)
    return Seen(bad=verified(), good=good)


def cap711(root: Path) -> Seen:
    """Room for nothing, and room enough."""

    def filled(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write() -> None:
        with open_journal(folder):
            pass

    folder = journal_in(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "posix_fallocate", filled)
        bad = raised(write)
    return Seen(bad=bad, good=raised(write))


def cap614(root: Path) -> Seen:
    """A process of these records that hangs, and one that ends.

    Nothing here hangs inside the kernel, so that the time for it is none.
    """
    metrics = root / "results" / "here" / "raw" / "run-0" / "metrics"
    environment = {**os.environ, leftovers.MARK: str(metrics)}
    with subprocess.Popen([sys.executable, "-S", "-c", HANGS], env=environment) as process:
        patience, leftovers.GIVE_UP_S = leftovers.GIVE_UP_S, -1.0
        try:
            time.sleep(0.2)
            bad = raised(lambda: leftovers.end_processes(root / "results" / "here"))
        finally:
            leftovers.GIVE_UP_S = patience
            process.kill()
    return Seen(bad=bad, good=raised(lambda: leftovers.end_processes(root / "results" / "here")))


def cap701(root: Path) -> Seen:
    """A module that is not installed, and one that is."""

    def measured(root: Path, module: str) -> list[str]:
        write_workspace(
            root,
            benchmarks__0__requires=[module],
            benchmarks__0__repeats=1,
            benchmarks__1__levels={"workers": [1]},
            benchmarks__1__repeats=1,
        )
        for name in ("serial.py", "pool.py"):
            (root / "specs" / STUDY_ID / name).write_text(WORKING)
        return raised(lambda: run_campaign(load(root), lambda _: None))

    return Seen(bad=measured(root / "bad", "no_such_module"), good=measured(root / "good", "json"))


def cap702(root: Path) -> Seen:
    """A machine without records, and the one that has them."""
    analyse(root, TIMES)
    return Seen(
        bad=said(root, "build", "--machine", "my-laptop"),
        good=said(root, "build", "--machine", MACHINE),
    )


def cap710(root: Path) -> Seen:
    """A beginning that several cases share, and a whole id."""
    folder = study_in(root).parent
    report = "from capstone_report.workloads.emit import metric\n" + "".join(
        f'metric("{name}", 1.0, "{unit}")\n'
        for name, unit in (("work_time", "s"), ("accuracy", "1"), ("checksum", "1"))
    )
    (folder / "pool.py").write_text(report)
    return Seen(
        bad=said(root, "try", STUDY_ID, "pool"),
        good=said(root, "try", STUDY_ID, "pool/threads=1,workers=1"),
    )


def cap703(root: Path) -> Seen:
    """A path that leads through a file, and one through folders."""
    (root / "results").touch()
    return Seen(bad=said(root, "init", "results/first"), good=said(root, "init", "first"))


def cap704(root: Path) -> Seen:
    """A folder with somebody's thesis, and an empty one."""
    (root / "public").mkdir()
    (root / "public" / "thesis.pdf").touch()
    workspace = load_project(write_workspace(root / "workspace")).workspace
    return Seen(
        bad=raised(lambda: build_site(workspace, [], root / "public")),
        good=raised(lambda: build_site(workspace, [], root / "public" / "report")),
    )


def cap705(root: Path) -> Seen:
    """The same folder twice, and another one."""
    said(root, "init", "first")
    return Seen(bad=said(root, "init", "first"), good=said(root, "init", "second"))


def cap106(root: Path) -> Seen:
    """A schema file of another version, and the one that capstone writes."""
    write_workspace(root)
    (root / "specs" / "study.schema.json").write_text("{}")
    stale = said(root, "check")
    said(root, "schema")
    return Seen(bad=stale, good=said(root, "check"))


def cap706(root: Path) -> Seen:
    """A key without a value, and one with its value."""
    write_workspace(root)
    key = "design.consistency.choice"
    return Seen(
        bad=said(root, "check", "--set", key),
        good=said(root, "check", "--set", f"{key}=synchronous"),
    )


def cap707(root: Path) -> Seen:
    """A code that no rule has, and one that a rule has."""
    return Seen(bad=said(root, "explain", "CAP999"), good=said(root, "explain", "CAP231"))


def cap708(root: Path) -> Seen:
    """A bandwidth in bits, and one in bytes."""
    step = ("roofline", "--peak-flops", "20 TFLOP/s", "--flops", "6e12", "--bytes", "120 GB")
    return Seen(
        bad=said(root, *step, "--bandwidth", "800 Gb/s"),
        good=said(root, *step, "--bandwidth", "100 GB/s"),
    )


def cap709(root: Path) -> Seen:
    """An option that the model does not have, and one that it has."""
    step = ("predict", "--t-comp", "1", "--alpha", "0", "--beta", "0.1")
    server = ("--model", "parameter-server")
    return Seen(
        bad=said(root, *step, *server, "--option", "shards=4"),
        good=said(root, *step, *server, "--option", "servers=4"),
    )


def cap712(root: Path) -> Seen:
    """A machine that nothing is quiet enough for, and one that may be as busy as it likes."""
    assert root.is_dir()
    return Seen(
        bad=raised(lambda: require_quiet(0.0)),
        good=raised(lambda: require_quiet(1e6)),
    )


def cap352(root: Path) -> Seen:
    """A number of workers that the study does not declare, and one that it does."""
    write_workspace(root, benchmarks__1__oversubscribe=True, diagnosis__repeats=1)
    for name in ("serial.py", "pool.py"):
        (root / "specs" / STUDY_ID / name).write_text(WORKING)
    two = said(root, "diagnose", "--workers", "2")
    return Seen(bad=said(root, "diagnose", "--workers", "3"), good=two)


def cap353(root: Path) -> Seen:
    """A flame graph without the profiler, and a command that needs none."""
    write_workspace(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(root))
        bad = said(root, "diagnose", "--flame", "flame.svg")
    return Seen(bad=bad, good=said(root, "plan"))
