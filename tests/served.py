"""A real `capstone serve` in another process, and what its pages say."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

CAPSTONE = Path(sys.executable).with_name("capstone")
PATIENCE_S = 60.0


class Served:
    """A served workspace: its process, its address, and what it has printed so far."""

    def __init__(self, root: Path, *arguments: str, said: Path, **variables: str) -> None:
        """Start the command with its output in a file."""
        self._said = said
        with said.open("w") as stream:
            self.process = subprocess.Popen(
                [CAPSTONE, "serve", "--port", "0", *arguments],
                cwd=root,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
                stdout=stream,
                stderr=stream,
            )
        self.url = self.wait_for(r"serving (http://127\.0\.0\.1:\d+/);")[1]

    @property
    def said(self) -> str:
        """Return what was printed so far."""
        return self._said.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until something was printed."""
        deadline = time.monotonic() + PATIENCE_S
        while not (match := re.search(pattern, self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return match

    def page(self, path: str = "") -> str:
        """Return a page as a browser gets it, also when it says that there is none."""
        try:
            with urlopen(self.url + path, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own server
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                return error.read().decode()

    def news(self, after: str = "") -> dict[str, str]:
        """Wait for other news than those of a version, as a page's script does."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found: dict[str, str] = json.loads(self.page(f".capstone/news?after={after}"))
            if found["version"] != after:
                return found
            assert time.monotonic() < deadline, self.said

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def served(root: Path, *arguments: str, said: Path, **variables: str) -> Iterator[Served]:
    """Serve a workspace, and end that whatever happens."""
    server = Served(root, *arguments, said=said, **variables)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
