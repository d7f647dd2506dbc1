"""`capstone serve`: the site on this machine, built anew whenever what it is made from changes."""

import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import click

from capstone_report.errors import CapstoneError, Problem, UsageError
from capstone_report.findings.environment import CANNOT_WRITE
from capstone_report.terminal.options import project_option, studies_argument

if TYPE_CHECKING:
    from capstone_report.site.news import Bulletin
    from capstone_report.site.server import SiteServer
    from capstone_report.terminal.rebuilding import Rebuilder

PORT = 8000
CHANGED = 0
"""What stands among the numbers of signals for a change of a file."""
SETTLED_S = 0.05
"""How long an editor may take for all that it writes when somebody saves once."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@studies_argument
@project_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port of 127.0.0.1; 0 takes any that is free.",
)
@click.option("--machine", help='Whose records to show: a machine\'s name, or "here".')
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder to build in; default: a temporary one.",
)
@click.option("--open", "opened", is_flag=True, help="Open the site in a browser.")
def serve(
    studies: tuple[str, ...],
    project: Path,
    *,
    port: int,
    machine: str | None,
    out: Path | None,
    opened: bool,
) -> None:
    """Show the site in a browser of this machine, and show every change at once.

    Serves 127.0.0.1 alone. Studies, prose, capstone.toml and records are watched; pages renew
    themselves. While something is not valid, the last good page says what, and stays.
    """
    from capstone_report.site.news import Bulletin
    from capstone_report.site.server import SiteServer
    from capstone_report.site.watching import watched
    from capstone_report.spec.load import find_root
    from capstone_report.terminal.rebuilding import Rebuilder

    root, bulletin, inbox = find_root(project), Bulletin(), SimpleQueue[int]()
    with tempfile.TemporaryDirectory(prefix="capstone-serve-") as scratch, _signals(inbox):
        folder = (out or Path(scratch) / "site").absolute()
        kept = Path(scratch) / "kept"
        rebuilder = Rebuilder(root, studies, machine=machine, scratch=kept, out=folder)
        with (
            SiteServer(folder, port, bulletin) as server,
            _answering(server),
            watched(root, lambda: inbox.put(CHANGED)),
        ):
            _refresh(rebuilder, bulletin, first=True)
            click.echo(f"serving {server.url}; Ctrl-C ends it")
            if opened:
                click.launch(server.url)
            while (number := next_call(inbox)) == CHANGED:
                _refresh(rebuilder, bulletin)
    with contextlib.suppress(OSError):  # the window may be what was closed
        click.echo("stopped serving", err=True)
    sys.exit(128 + number)


def next_call(inbox: "SimpleQueue[int]") -> int:
    """Wait for a signal and return its number, or 0 for changes, once their writer has settled."""
    number = inbox.get()
    if number == CHANGED:
        time.sleep(SETTLED_S)
        while number == CHANGED and not inbox.empty():
            number = inbox.get()
    return number


def _refresh(rebuilder: "Rebuilder", bulletin: "Bulletin", *, first: bool = False) -> None:
    """Build what has changed, and tell the terminal and the browsers what came of it.

    Raises:
        UsageError: at the first time, what the command line names is not there.
    """
    began = time.monotonic()
    try:
        is_new = rebuilder.build()
    except CapstoneError as error:
        if first and isinstance(error, UsageError):
            raise
        _tell_of_problems(bulletin, error.problems)
    except OSError as error:  # a file that went away while it was read, or a full disk
        where, reason = str(error.filename or "this machine"), error.strerror or str(error)
        _tell_of_problems(bulletin, (CANNOT_WRITE(where, reason=reason),))
    else:
        if is_new:
            bulletin.tell_of_a_site()
            click.echo(f"built in {time.monotonic() - began:.2f} s")
        elif bulletin.newest.problem:
            bulletin.tell_of_a_problem("")
            click.echo("valid again, as it was before")


def _tell_of_problems(bulletin: "Bulletin", problems: tuple[Problem, ...]) -> None:
    """Show problems on the terminal and on every open page, unless they are shown already."""
    from capstone_report.terminal.diagnostics import Style, show_problems, text

    words = "\n\n".join(text(problem) for problem in problems)
    if words != bulletin.newest.problem:
        bulletin.tell_of_a_problem(words)
        show_problems(problems, Style.TEXT)


@contextlib.contextmanager
def _answering(server: "SiteServer") -> Iterator[None]:
    """Let a server answer in another thread."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def _signals(inbox: "SimpleQueue[int]") -> Iterator[None]:
    """Put signals into a queue, which a handler may do at any moment; nothing is torn apart."""
    before: dict[signal.Signals, Callable[..., object] | int | None] = {
        number: signal.signal(number, lambda number, _: inbox.put(number)) for number in SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
