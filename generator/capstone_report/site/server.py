"""A site on this machine alone, whose pages renew themselves by one script that no built page has.

The server is the standard library's: MkDocs' own writes a script into the page, which no policy that
forbids inline scripts allows, and keeps a page that cannot be built as it was, without a word.
"""

import json
import os
from dataclasses import asdict
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

from capstone_report.errors import MachineError
from capstone_report.findings.environment import PORT_REFUSED
from capstone_report.site.news import Bulletin, News

HOST = "127.0.0.1"
LONGEST_WAIT_S = 25.0
"""Shorter than any proxy's or browser's patience with an answer that does not come."""
SCRIPT, NEWS = "/.capstone/live.js", "/.capstone/news"
NO_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


class SiteServer(ThreadingHTTPServer):
    """Serves a folder on 127.0.0.1 until it is closed; 0 is any free port."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int, bulletin: Bulletin) -> None:
        """Take the port.

        Raises:
            MachineError: the port is taken, or not to be had by this user.
        """
        self.bulletin = bulletin
        try:
            super().__init__((HOST, port), partial(_Handler, directory=str(folder)))
        except OSError as error:
            reason = error.strerror or str(error)
            raise MachineError(PORT_REFUSED(f"{HOST}:{port}", port=port, reason=reason)) from error

    @property
    def url(self) -> str:
        """Return where the site is seen."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def names(self) -> set[str]:
        """Return how a browser of this machine may name the server."""
        return {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        """Say nothing of a browser that went away in the middle of an answer."""


class _Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD with files of one folder; every other method is refused."""

    server: SiteServer

    def do_GET(self) -> None:
        """Answer with a file, the script, or the news."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer as to GET, without the content."""
        self._answer()

    def end_headers(self) -> None:
        """Keep browsers from showing what is older than the folder, or guessing what a file is."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
        """Say nothing: the terminal is for builds."""

    def _answer(self) -> None:
        """Answer a request that names this server; a name of elsewhere leads a browser astray."""
        parts = urlsplit(self.path)
        if self.headers.get("Host") not in self.server.names:
            self._no_page(HTTPStatus.MISDIRECTED_REQUEST)
        elif parts.path == SCRIPT:
            live = files(__package__).joinpath("served/live.js").read_bytes()
            self._send(HTTPStatus.OK, "text/javascript; charset=utf-8", live)
        elif parts.path == NEWS:
            seen = parse_qs(parts.query).get("after", [""])[0]
            news = self.server.bulletin.after(seen, LONGEST_WAIT_S)
            self._send(HTTPStatus.OK, "application/json", json.dumps(asdict(news)).encode())
        else:
            self._file(parts.path)

    def _file(self, path: str) -> None:
        """Answer with a file of the folder; pages get the script."""
        found = Path(self.translate_path(path))
        if path.endswith("/"):
            found /= "index.html"
        if os.path.isdir(found):  # noqa: PTH112 - of a name too long, pathlib raises an error
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{path.strip('/')}/")  # "//x/" would be another host
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        news = self.server.bulletin.newest  # before the page: an older name shows it once more
        try:
            content = found.read_bytes()
        except (OSError, ValueError):  # ValueError: no file's name holds a NUL
            self._no_page(HTTPStatus.NOT_FOUND)
            return
        kind = self.guess_type(found.name)
        if found.suffix == ".html":
            content, kind = with_script(content, news), "text/html; charset=utf-8"
        self._send(HTTPStatus.OK, kind, content)

    def _no_page(self, status: HTTPStatus) -> None:
        """Answer with a page that says so, and that renews itself, too."""
        words = "There is no page here, or none yet."
        page = NO_PAGE.format(title=f"{status.value} {status.phrase}", text=words).encode()
        content = with_script(page, self.server.bulletin.newest)
        self._send(status, "text/html; charset=utf-8", content)

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def with_script(page: bytes, news: News) -> bytes:
    """Return a page with the script that renews it, as a file: no text of a page is a script."""
    data = "".join(_attribute(name, value) for name, value in sorted(asdict(news).items()))
    tag = f'<script src="{SCRIPT}"{data}></script>'.encode()
    before, end, after = page.rpartition(b"</body>")
    return before + tag + end + after if end else page + tag


def _attribute(name: str, value: str) -> str:
    """Return an attribute of the script's element, from which the script reads it."""
    return f' data-{name}="{escape(value)}"'
