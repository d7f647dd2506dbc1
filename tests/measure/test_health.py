"""What the doctor sees: one thing at a time, each as it should be and as it should not."""

import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest

from capstone_report.measure import nvml
from capstone_report.measure.health import machine, software, workplace
from capstone_report.measure.health.checkup import Checkup, Condition
from capstone_report.measure.health.examined import examine
from capstone_report.measure.health.needs import Needs, needs_of
from fake_nvml import FakeGpu, FakeNvml
from simulated import study_text, workspace_text, write_workspace

OK, DEGRADED, MISSING = Condition.OK, Condition.DEGRADED, Condition.MISSING
GIBI = 2**30


def by_name(checkups: object) -> dict[str, Checkup]:
    return {checkup.name: checkup for checkup in checkups}  # type: ignore[attr-defined]


def test_what_is_not_as_it_should_be_says_what_mends_it(tmp_path: Path) -> None:
    checkups = examine(write_workspace(tmp_path / "project"))

    assert len(checkups) > 20
    assert all(checkup.purpose for checkup in checkups)
    assert all(bool(checkup.fix) is (checkup.condition is not OK) for checkup in checkups)
    assert len({checkup.name for checkup in checkups}) == len(checkups)


def test_outside_of_a_workspace_nothing_is_said_of_one() -> None:
    names = by_name(examine(None))

    assert "Python" in names
    assert not {"workspace", "studies", "site url"} & names.keys()


def test_a_study_needs_its_launchers_modules_and_programs(tmp_path: Path) -> None:
    text = study_text(
        benchmarks__1__launcher="torchrun",
        benchmarks__1__requires=["no_such_module"],
        benchmarks__1__install="pip install 'no-such[all]'",
        benchmarks__0__command=["no-such-program", "--fast"],
    )
    root = write_workspace(tmp_path / "project")
    (root / "specs" / "simulated" / "study.toml").write_text(text)

    needs = needs_of(root)
    found = by_name(software.software(needs))

    assert needs.launchers >= {"torchrun"}
    assert needs.programs == {"no-such-program"}
    assert found["torch"].is_needed
    assert found["torchrun"].is_needed
    assert found["no_such_module"].fails
    assert found["no_such_module"].fix == "pip install 'no-such[all]'"
    assert found["no-such-program"].fails
    assert not found["ray"].is_needed


def test_a_workspace_that_cannot_be_read_needs_its_studies(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "project")
    (root / "capstone.toml").write_text("format = [")

    needs = needs_of(root)

    assert needs.invalid > 0
    assert by_name(workplace.workplace(needs))["studies"].fails


def test_programs_are_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mpiexec", "sbatch", "google-chrome"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    found = by_name(software.software(Needs()))

    assert found["mpirun"].condition is OK
    assert found["mpirun"].found == "mpiexec is there"
    assert found["chromium"].condition is OK
    assert found["Slurm"].condition is DEGRADED
    assert found["git"].condition is MISSING
    assert not found["git"].fails


def test_a_study_on_slurm_needs_all_of_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = Needs(launchers=frozenset({"slurm"}))
    monkeypatch.setenv("PATH", str(tmp_path))
    before = by_name(software.software(needs))["Slurm"]
    for name in software.SLURM:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)

    after = by_name(software.software(needs))["Slurm"]

    assert before.fails
    assert after.condition is OK


def test_a_missing_package_of_capstone_itself_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["click>=8.2,<9", "no-such-package>=1", "torch>=2; extra == 'torch'"]
    monkeypatch.setattr(metadata, "requires", lambda _: wanted)

    found = by_name(software.software(Needs()))["packages"]

    assert found.fails
    assert found.found == "without no-such-package"
    assert found.fix == "pip install no-such-package"


def test_a_module_whose_parent_is_missing_is_missing() -> None:
    needs = Needs(modules={"no_such.module": "pip install no-such"})

    assert by_name(software.software(needs))["no_such.module"].fails


def test_a_driver_shows_its_gpus() -> None:
    shown = nvml.gpus(FakeNvml(FakeGpu(), FakeGpu(uuid="GPU-2")))

    assert machine.gpus(shown).condition is OK
    assert machine.gpus(shown).found == "2 GPUs: NVIDIA Invented 100"
    assert machine.gpus(()).condition is MISSING
    assert not machine.gpus(()).fails


@pytest.mark.parametrize(
    ("now", "resolution_s", "condition"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), 1e-9, OK),
        (datetime(1970, 1, 1, tzinfo=UTC), 1e-9, DEGRADED),
        (datetime(2026, 11, 21, tzinfo=UTC), 0.0156, DEGRADED),
    ],
)
def test_a_clock_is_set_and_fine(now: datetime, resolution_s: float, condition: Condition) -> None:
    assert machine.clock(now, resolution_s).condition is condition


@pytest.mark.parametrize(
    ("free", "condition", "fails"),
    [(50 * GIBI, OK, False), (GIBI // 2, DEGRADED, False), (2**20, MISSING, True)],
)
def test_a_disk_has_room(free: int, condition: Condition, fails: bool) -> None:  # noqa: FBT001 - a table
    assert machine.disk(free).condition is condition
    assert machine.disk(free).fails is fails


@pytest.mark.parametrize(
    ("said", "condition"), [(None, OK), ("performance", OK), ("powersave", DEGRADED)]
)
def test_a_governor_keeps_the_clock(said: str | None, condition: Condition) -> None:
    assert machine.governor(said).condition is condition


@pytest.mark.parametrize(("said", "condition"), [(None, OK), ("none", OK), ("1.5 cores", DEGRADED)])
def test_a_quota_pauses_runs(said: str | None, condition: Condition) -> None:
    assert machine.quota(said).condition is condition


def test_namespaces_are_of_the_kernel_and_of_root(tmp_path: Path) -> None:
    assert machine.namespaces(tmp_path, user=0).condition is MISSING
    (tmp_path / "proc/self/ns").mkdir(parents=True)
    (tmp_path / "proc/self/ns/net").touch()
    assert machine.namespaces(tmp_path, user=0).condition is OK
    assert machine.namespaces(tmp_path, user=1000).condition is DEGRADED
    (tmp_path / "proc/sys/user").mkdir(parents=True)
    (tmp_path / "proc/sys/user/max_net_namespaces").write_text("0\n")
    assert machine.namespaces(tmp_path, user=0).condition is MISSING


def test_a_folder_that_cannot_be_written_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CAPSTONE_STATE_DIR", str(tmp_path / "file"))

    found = by_name(workplace.workplace(Needs()))["state folder"]

    assert found.fails
    assert "cannot be written" in found.found


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in a repository of its own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    root = write_workspace(tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


def git_words(root: Path) -> dict[str, Checkup]:
    return by_name(workplace.workplace(Needs(root=root)))


def test_records_are_kept_byte_by_byte_where_attributes_say_so(committed: Path) -> None:
    before = git_words(committed)["git attributes"]
    (committed / ".gitattributes").write_text("* text=auto\nspecs/*/results/** -text\n")

    after = git_words(committed)["git attributes"]

    assert before.condition is DEGRADED
    assert after.condition is OK


def test_records_in_lfs_need_lfs(
    committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert git_words(committed)["git LFS"].condition is OK
    (committed / ".gitattributes").write_text("specs/*/results/** filter=lfs -text\n")
    stub = tmp_path / "bin"
    stub.mkdir()
    found = {}
    for name, code in (("without", 1), ("with", 0)):
        (stub / "git-lfs").write_text(f"#!/bin/sh\nexit {code}\n")
        (stub / "git-lfs").chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{stub}:/usr/local/bin:/usr/bin:/bin")
            found[name] = git_words(committed)["git LFS"]

    assert found["without"].fails
    assert found["with"].condition is OK


def test_tracked_records_are_counted(committed: Path) -> None:
    before = git_words(committed)["records in git"]
    journal = committed / "specs/simulated/results/here/journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.touch()
    subprocess.run(["git", "add", "--all"], cwd=committed, check=True)

    after = git_words(committed)["records in git"]

    assert before.condition is DEGRADED
    assert after.condition is OK
    assert "1 journals" in after.found


def test_a_workspace_in_no_repository_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    root = write_workspace(tmp_path / "project")

    found = git_words(root)

    assert found["repository"].condition is MISSING
    assert "git LFS" not in found


def test_a_declared_url_is_shown(tmp_path: Path) -> None:
    root = write_workspace(tmp_path / "project")
    before = by_name(workplace.workplace(needs_of(root)))["site url"]
    (root / "capstone.toml").write_text(workspace_text(site__url="https://u.github.io/r/"))

    after = by_name(workplace.workplace(needs_of(root)))["site url"]

    assert before.condition is MISSING
    assert not before.fails
    assert after.found == "https://u.github.io/r/"
