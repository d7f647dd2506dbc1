"""`capstone serve` as a person meets it: a process, a page, a keyboard."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest

from capstone_report.terminal.serving import next_call
from served import served

Capstone = Callable[..., subprocess.CompletedProcess[str]]


def test_a_change_is_shown_a_mistake_is_told_and_ctrl_c_ends_it(
    workspace: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    study = workspace / "specs/tiny/study.toml"
    good = study.read_text()
    with served(workspace, said=tmp_path / "said", TMPDIR=str(scratch)) as server:
        first = server.news()
        assert "A tiny study" in server.page("tiny/index.html")

        study.write_text(good.replace("A tiny study", "A renamed study"))
        second = server.news(first["version"])
        assert second["site"] != first["site"]
        assert "A renamed study" in server.page("tiny/index.html")

        study.write_text(good.replace('name = "training"', 'name = "trainin"'))
        third = server.news(second["version"])
        assert third["site"] == second["site"]
        assert "specs/tiny/study.toml:" in third["problem"]
        assert "[CAP103] axis.name" in third["problem"]
        assert "do: " in third["problem"]
        assert "A renamed study" in server.page("tiny/index.html")
        server.wait_for(r"\[CAP103\] axis\.name")

        study.write_text(good.replace("A tiny study", "A renamed study"))
        fourth = server.news(third["version"])
        assert fourth["problem"] == ""
        assert fourth["site"] == second["site"]
        server.wait_for("valid again")

        assert server.stop() == 130
        assert server.said.endswith("stopped serving\n")
    assert list(scratch.iterdir()) == []
    assert not (workspace / "site").exists()


def test_a_study_that_is_not_valid_at_first_is_served_once_it_is(
    workspace: Path, tmp_path: Path
) -> None:
    study = workspace / "specs/tiny/study.toml"
    good = study.read_text()
    study.write_text("format = [")
    with served(workspace, "--out", "mine", said=tmp_path / "said") as server:
        news = server.news()
        assert "CAP001" in news["problem"]
        assert "There is no page here, or none yet." in server.page("index.html")

        study.write_text(good)
        assert server.news(news["version"])["problem"] == ""
        assert "A tiny study" in server.page("index.html")

        assert server.stop(signal.SIGTERM) == 143
    assert (workspace / "mine/tiny/index.html").exists()
    assert b".capstone/" not in (workspace / "mine/tiny/index.html").read_bytes()


def test_a_browser_is_opened_and_a_disk_that_refuses_is_told_on_the_page(
    workspace: Path,
    tmp_path: Path,
    eventually: Callable[[Callable[[], object]], object],
) -> None:
    stub, opened = tmp_path / "bin", tmp_path / "opened"
    stub.mkdir()
    (stub / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n')
    (stub / "xdg-open").chmod(0o755)
    path = f"{stub}{os.pathsep}{os.environ['PATH']}"
    study = workspace / "specs/tiny/study.toml"
    with served(
        workspace, "--open", "--out", "deep/site", said=tmp_path / "said", PATH=path
    ) as server:
        eventually(lambda: opened.exists() and opened.read_text() == f"{server.url}\n")
        version = server.news()["version"]

        shutil.rmtree(workspace / "deep")
        (workspace / "deep").write_text("no folder any more")
        study.write_text(study.read_text().replace("A tiny study", "A renamed study"))
        assert "[CAP703]" in server.news(version)["problem"]

        (workspace / "deep").unlink()
        study.write_text(study.read_text().replace("A renamed study", "A third study"))
        server.wait_for("(?s)CAP703.*built in")
        assert "A third study" in server.page("tiny/index.html")


def test_a_port_that_is_taken_ends_it_with_what_to_do(capstone: Capstone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = capstone("serve", "--port", str(taken.getsockname()[1]))

    assert answer.returncode == 7
    assert "[CAP722]" in answer.stderr
    assert "--port 0" in answer.stderr


def test_a_study_that_is_not_there_is_refused_at_once(capstone: Capstone) -> None:
    answer = capstone("serve", "tyni", "--port", "0")

    assert answer.returncode == 2
    assert "tyni" in answer.stderr


def test_a_folder_that_capstone_did_not_write_is_not_served(
    workspace: Path, capstone: Capstone
) -> None:
    (workspace / "mine").mkdir()
    (workspace / "mine/thesis.txt").write_text("mine")

    answer = capstone("serve", "--out", "mine", "--port", "0")

    assert answer.returncode == 2
    assert "[CAP704]" in answer.stderr


@pytest.mark.parametrize(
    ("put", "call", "left"),
    [([0, 0, 0], 0, 0), ([15], 15, 0), ([0, 2], 2, 0), ([0, 2, 0], 2, 1)],
)
def test_many_changes_are_one_and_a_signal_comes_first(
    put: list[int], call: int, left: int
) -> None:
    inbox = SimpleQueue[int]()
    for number in put:
        inbox.put(number)

    assert next_call(inbox) == call
    assert inbox.qsize() == left
