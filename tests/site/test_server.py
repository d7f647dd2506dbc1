"""The served folder: what is answered, and what never is."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from capstone_report.errors import MachineError
from capstone_report.site.news import Bulletin, News
from capstone_report.site.server import SiteServer, with_script

PAGE = b"<!doctype html><html><body><p>A page.</p></body></html>"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "study").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "study" / "index.html").write_bytes(PAGE)
    (folder / "runs.csv").write_text("a,b\n")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def server(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site, 0, Bulletin()) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def answered(
    server: SiteServer, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Return what a request is answered with, sent as it is written here."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_it_listens_on_this_machine_alone(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/"


def test_a_page_comes_with_the_script_as_a_file_and_is_kept_by_nobody(server: SiteServer) -> None:
    answer, content = answered(server, "/")

    assert answer.status == 200
    assert answer.getheader("Cache-Control") == "no-store"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert content.count(b"<script") == 1
    assert b'<script src="/.capstone/live.js"' in content
    assert b"></script></body>" in content


def test_what_is_no_page_comes_as_it_is(server: SiteServer) -> None:
    answer, content = answered(server, "/runs.csv")

    assert answer.getheader("Content-Type") == "text/csv"
    assert content == b"a,b\n"


def test_head_is_answered_like_get_without_the_content(server: SiteServer) -> None:
    asked, content = answered(server, "/", method="GET")
    answer, nothing = answered(server, "/", method="HEAD")

    assert nothing == b""
    assert answer.getheader("Content-Length") == asked.getheader("Content-Length")
    assert len(content) == int(asked.getheader("Content-Length") or 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_every_other_method_is_refused(server: SiteServer, method: str) -> None:
    answer, _ = answered(server, "/", method=method)

    assert answer.status == 501


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/study/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/....//secret.txt",
        "//etc/passwd",
        "/%00",
        "/index.html%00.png",
        "/" + "a" * 5000,
        "/.capstone/other",
    ],
)
def test_nothing_outside_of_the_folder_is_ever_shown(server: SiteServer, path: str) -> None:
    answer, content = answered(server, path)

    assert answer.status == 404
    assert b"secret" not in content
    assert b"root:" not in content


def test_a_folder_leads_to_its_page_and_never_to_another_host(server: SiteServer) -> None:
    answer, _ = answered(server, "//study")

    assert answer.status == 301
    assert answer.getheader("Location") == "/study/"


def test_a_folder_without_a_page_lists_nothing(server: SiteServer, site: Path) -> None:
    (site / "assets").mkdir()

    answer, _ = answered(server, "/assets/")

    assert answer.status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1"])
def test_a_name_of_elsewhere_is_refused_so_that_no_foreign_page_reads_the_site(
    server: SiteServer, host: str
) -> None:
    answer, content = answered(server, "/runs.csv", host=host)

    assert answer.status == 421
    assert b"a,b" not in content


def test_localhost_is_this_machine_too(server: SiteServer) -> None:
    answer, _ = answered(server, "/", host=f"localhost:{server.server_port}")

    assert answer.status == 200


def test_a_missing_page_renews_itself_when_it_is_built(server: SiteServer) -> None:
    answer, content = answered(server, "/later.html")

    assert answer.status == 404
    assert b'<script src="/.capstone/live.js"' in content


def test_the_script_asks_this_server_alone(server: SiteServer) -> None:
    answer, content = answered(server, "/.capstone/live.js")

    assert (answer.getheader("Content-Type") or "").startswith("text/javascript")
    assert b"http:" not in content
    assert b"https:" not in content
    assert b"innerHTML" not in content
    assert b"eval" not in content


def test_news_come_as_soon_as_there_are_some(server: SiteServer) -> None:
    first = json.loads(answered(server, "/.capstone/news")[1])
    server.bulletin.tell_of_a_problem("specs/x: it is broken")

    second = json.loads(answered(server, f"/.capstone/news?after={first['version']}")[1])

    assert second["problem"] == "specs/x: it is broken"
    assert second["site"] == first["site"]


def test_words_of_a_study_cannot_leave_the_attribute_they_stand_in() -> None:
    news = News(site="s", version="v", problem='"></script><script>alert(1)</script>')

    page = with_script(PAGE, news)

    assert page.count(b"<script") == 1
    assert b"&quot;&gt;&lt;/script&gt;" in page


def test_a_page_without_an_end_gets_the_script_too() -> None:
    page = with_script(b"<p>short", News(site="s", version="v"))

    assert page.startswith(b'<p>short<script src="/.capstone/live.js"')


def test_a_browser_that_goes_away_is_no_event(
    server: SiteServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as gone:
        server.handle_error(gone, ("127.0.0.1", 1))

    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_refused_with_what_to_do(server: SiteServer, site: Path) -> None:
    with pytest.raises(MachineError) as caught:
        SiteServer(site, server.server_port, Bulletin())

    (problem,) = caught.value.problems
    assert problem.code == "CAP722"
    assert str(server.server_port) in problem.what
    assert "--port 0" in problem.remedy
