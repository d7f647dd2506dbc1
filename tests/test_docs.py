"""The documents are true: every code block runs, every file they name exists."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from sites import REPOSITORY

DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/measuring.md",
    "docs/circumstances.md",
    "docs/parsers.md",
    "docs/importing.md",
    "docs/commensurability.md",
    "docs/diagnosing.md",
    "docs/probing.md",
    "docs/clusters.md",
    "docs/fault-tolerance.md",
    "docs/fits.md",
    "docs/statistics.md",
    "docs/publishing.md",
    "docs/exporting.md",
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(language, body, id=f"{name}-{number}")
    for name in DOCUMENTS
    for number, (language, body) in enumerate(BLOCK.findall((REPOSITORY / name).read_text()))
]


@pytest.mark.parametrize(("language", "body"), BLOCKS)
def test_every_code_block_is_true(language: str, body: str, tmp_path: Path) -> None:
    checks = {
        "sh": run_shell,
        "python": run_python,
        "toml": read_toml,
        "text": read_tree,
        "console": run_console,
    }

    checks[language](body, tmp_path)


def run_shell(body: str, folder: Path) -> None:
    """Run a block line by line; of make targets only that they exist, for they run this test."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CAPSTONE_STATE_DIR": str(folder / "state"),
    }
    for line in body.strip().splitlines():
        if line.startswith(("make ", "git clone ", "pip install ", ".ci/")):
            words = line.split()
            if words[0] == "make":
                subprocess.run(
                    ["make", "-n", *words[1:]], cwd=REPOSITORY, check=True, capture_output=True
                )
            continue
        if line.startswith("cd "):
            folder = folder / line.split()[1]
            continue
        subprocess.run(
            line, shell=True, cwd=folder, env=environment, check=True, capture_output=True
        )


def run_console(body: str, folder: Path) -> None:
    """Run the command of a transcript on the shipped workspace and find its words in what it says."""
    first, *shown = body.strip().splitlines()
    assert not first.startswith("$ capstone run"), "a campaign would write into the repository"
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    answer = subprocess.run(
        first.removeprefix("$ "),
        shell=True,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "\n".join(shown) in answer.stdout + answer.stderr, folder


def run_python(body: str, folder: Path) -> None:
    """Run a block as a script."""
    environment = {**os.environ, "CAPSTONE_METRICS_DIR": str(folder)}
    subprocess.run([sys.executable, "-c", body], cwd=folder, env=environment, check=True)


def read_toml(body: str, folder: Path) -> None:
    """Read a block as TOML."""
    assert tomllib.loads(body), folder


def read_tree(body: str, folder: Path) -> None:
    """Check that every path that a drawing names at the start of a line exists."""
    named = re.findall(r"^([\w.<>/-]+/[\w.<>/-]*|[\w-]+\.\w+)\s{2,}", body, re.MULTILINE)
    missing = [n for n in named if "<" not in n and not (REPOSITORY / n).exists()]
    assert missing == [], folder


def test_the_citation_file_names_the_packaged_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"] == "MIT"


def test_the_constraints_pin_every_declared_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    # Ray is as large as all the rest, and whoever has a cluster takes the version that runs there.
    extras = [items for name, items in project["optional-dependencies"].items() if name != "ray"]
    wanted = [*project["dependencies"], *(item for extra in extras for item in extra)]
    names = {re.split(r"[\[<>=]", item)[0].lower() for item in wanted} - {"capstone-report"}

    assert names - pinned == set()
    assert "torch==2.13.0" in lines


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / ".github/workflows").glob("*.yml")), ids=lambda p: p.name
)
def test_workflows_grant_nothing_by_default(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
