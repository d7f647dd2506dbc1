"""Which folder this machine records into, and what its name gives away."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import cpuinfo
import pytest

from capstone_report.measure import facts, identity
from capstone_report.results.journal import JOURNAL
from capstone_report.results.records import Environment


def record_into(folder: Path) -> None:
    """Make a folder one that has records."""
    folder.mkdir(parents=True)
    (folder / JOURNAL).write_bytes(b"")


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, as somebody and without the user's own settings."""
    who = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    command = [shutil.which("git") or "git", *who, *arguments]
    elsewhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        command, cwd=folder, check=True, capture_output=True, env={**os.environ, **elsewhere}
    )


def test_the_name_is_the_hardware_and_a_random_id(tmp_path: Path, environment: Environment) -> None:
    folder = identity.folder_here(tmp_path, environment)

    assert re.fullmatch(r"invented-core-x1-2c-[0-9a-f]{6}", folder.name)


def test_the_name_of_this_very_machine_has_no_host_and_no_user(tmp_path: Path) -> None:
    here = facts.environment(tmp_path)
    hardware = " ".join([here.cpu, f"{here.cores}c", *here.gpus, f"{len(here.gpus)}x"]).lower()

    *words, number = identity.folder_here(tmp_path, here).name.split("-")

    assert set(words) <= set(re.split(r"[^a-z0-9]+", hardware))
    assert re.fullmatch(r"[0-9a-f]{6}", number)


def test_a_name_is_short_and_safe_whatever_the_processor_is_called(
    tmp_path: Path, environment: Environment
) -> None:
    odd = environment.model_copy(update={"cpu": "../Ünsafe/\x00" + "x" * 500, "gpus": ("A/B C",)})

    folder = identity.folder_here(tmp_path, odd)

    assert folder.parent == tmp_path
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", folder.name)


def test_the_gpus_are_part_of_the_name(tmp_path: Path, environment: Environment) -> None:
    with_gpus = environment.model_copy(update={"gpus": ("NVIDIA H200", "NVIDIA H200")})

    assert "-2c-2x-nvidia-h200-" in identity.folder_here(tmp_path, with_gpus).name


def test_the_id_is_kept_in_the_state_folder(
    tmp_path: Path, environment: Environment, state_dir: Path
) -> None:
    first = identity.folder_here(tmp_path, environment)
    again = identity.folder_here(tmp_path, environment)

    assert first == again
    assert [path.name for path in state_dir.iterdir()] == ["machine-ids"]
    assert (state_dir / "machine-ids").read_text().split() == [first.name[-6:]]
    assert list(tmp_path.glob("*-*")) == []


def test_a_state_file_of_garbage_gets_a_new_id(
    tmp_path: Path, environment: Environment, state_dir: Path
) -> None:
    state_dir.mkdir()
    (state_dir / "machine-ids").write_text("../../etc\n\nABCDEF\n1234567\n")

    folder = identity.folder_here(tmp_path, environment)

    assert folder.parent == tmp_path
    assert re.fullmatch(r"invented-core-x1-2c-[0-9a-f]{6}", folder.name)


def test_a_fresh_folder_has_a_new_id_and_is_the_one_here_once_it_has_records(
    tmp_path: Path, environment: Environment
) -> None:
    old = identity.folder_here(tmp_path, environment)
    record_into(old)
    fresh = identity.fresh_folder(tmp_path, environment)
    before = identity.folder_here(tmp_path, environment)
    record_into(fresh)

    assert fresh != old
    assert before == old
    assert identity.folder_here(tmp_path, environment) == fresh


def test_records_are_tracked_once_git_knows_them(tmp_path: Path) -> None:
    folder = tmp_path / "machine"
    record_into(folder)
    without_git = identity.is_tracked(folder)
    git(tmp_path, "init")
    untracked = identity.is_tracked(folder)
    git(tmp_path, "add", ".")
    added = identity.is_tracked(folder)
    git(tmp_path, "commit", "-m", "records")

    assert (without_git, untracked, added) == (False, False, True)
    assert identity.is_tracked(folder)
    assert not identity.is_tracked(tmp_path / "nowhere")


def test_a_hook_of_a_foreign_repository_is_never_run(tmp_path: Path) -> None:
    git(tmp_path, "init")
    monitor = tmp_path / "monitor.sh"
    monitor.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monitor.chmod(0o700)
    git(tmp_path, "config", "core.fsmonitor", str(monitor))

    answer = identity.git(tmp_path, "status", "--porcelain")

    assert answer is not None
    assert not (tmp_path / "ran").exists()


def test_git_that_refuses_or_is_missing_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = identity.git(tmp_path / "nowhere", "status")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert refused is None
    assert identity.git(tmp_path, "status") is None


def test_the_facts_of_this_machine_name_neither_host_nor_user(tmp_path: Path) -> None:
    here = facts.environment(tmp_path)

    assert set(type(here).model_fields).isdisjoint({"host", "hostname", "node", "user"})
    assert here.system.split()[0] == "Linux"
    assert os.uname().nodename not in here.system.split()
    assert here.cores >= 1
    assert here.memory_bytes > 2**20
    assert (here.git_commit, here.git_dirty) == (None, None)


def test_the_processor_is_called_as_the_library_calls_it(tmp_path: Path) -> None:
    brand = cpuinfo.get_cpu_info().get("brand_raw")

    assert not brand or facts.environment(tmp_path).cpu == brand
