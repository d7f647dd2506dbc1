"""Searches with regular expressions, the output of a run or some texts: a process of its own, for a limited time.

An order comes on stdin: the run's folder and the patterns, or the texts and the pattern; and the time
limit. Each match leaves as one line of JSON on stdout; so does what is wrong.
"""

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from capstone_report.parsers.output import Line, Output

MOST_MATCHES = 1_000_000

Message = dict[str, Any]


class TimeIsUp(Exception):  # noqa: N818 - it says what has happened
    """The patterns have taken as long as they may."""


def search(order: Message) -> Iterator[Message]:
    """Yield every match of an order, and the place where its time was up."""
    here: list[object] = []
    problems: list[str] = []

    signal.signal(signal.SIGALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, order["time_limit_s"])
        if "texts" in order:
            yield from _in_texts(order)
        else:
            output = Output(Path(order["run_folder"]))
            problems = output.problems
            yield from _matches(order, output, here)
    except TimeIsUp:
        place = f"{here[-1]}: " if here else ""
        yield {"problem": f"{place}the patterns took longer than {order['time_limit_s']:g} s"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    yield from ({"problem": problem} for problem in problems)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """End the search, in the middle of a match."""
    raise TimeIsUp


def _in_texts(order: Message) -> Iterator[Message]:
    """Yield every match in every text, several in one text, too."""
    pattern = re.compile(order["pattern"])
    for index, text in enumerate(order["texts"]):
        for match in pattern.finditer(text):
            yield {"text": index, "groups": match.groupdict()}


def _matches(order: Message, output: Output, here: list[object]) -> Iterator[Message]:
    """Yield the matches of every pattern, source by source; `here` holds the line at hand."""
    patterns = [(re.compile(p["pattern"]), p["file"]) for p in order["patterns"]]
    found = 0
    for source in dict.fromkeys(file for _, file in patterns):
        searches: list[tuple[int, Callable[[str], re.Match[str] | None]]] = [
            (index, pattern.search)
            for index, (pattern, file) in enumerate(patterns)
            if file == source
        ]
        for line in output.lines(source):
            here[:] = [line]
            for index, searched in searches:
                if match := searched(line.text):
                    found += 1
                    yield _message(index, line, match)
            if found > MOST_MATCHES:
                output.problems.append(f"{line}: more than {MOST_MATCHES} matches; report fewer")
                return


def _message(index: int, line: Line, match: re.Match[str]) -> Message:
    """Return a match as a message."""
    return {"pattern": index, "file": line.file, "line": line.number, "groups": match.groupdict()}


def main() -> None:
    """Search as the order on stdin says."""
    for message in search(json.load(sys.stdin)):
        sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
