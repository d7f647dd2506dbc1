"""Searches with regular expressions in a process of its own, for a limited time: some take hours for a short line."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from capstone_report.units import Seconds

START_S: Seconds = 20.0
"""How long the other process may take beside the patterns: to start, and to read a long output."""


class SearchError(Exception):
    """A search found no end; says why."""


def searched(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the other process answers to an order; see `searching`."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "capstone_report.parsers.searching"],
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            check=True,
            timeout=order["time_limit_s"] + START_S,
            start_new_session=True,  # Ctrl-C is for capstone, which waits for this
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        yield {"problem": f"the patterns could not be searched: {error}"}
        return
    yield from map(json.loads, done.stdout.splitlines())


def matches_in(
    texts: Sequence[str], pattern: str, *, time_limit_s: Seconds
) -> list[list[dict[str, str]]]:
    """Return, for each text, the named groups of every match of a pattern in it.

    Raises:
        SearchError: that takes longer than it may.
    """
    found: list[list[dict[str, str]]] = [[] for _ in texts]
    order = {"texts": list(texts), "pattern": pattern, "time_limit_s": time_limit_s}
    for message in searched(order):
        if "problem" in message:
            raise SearchError(message["problem"])
        groups = message["groups"].items()
        found[message["text"]].append({name: said for name, said in groups if said is not None})
    return found
