"""A disk that is really full, in a small file system of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns import SAY, shell
from capstone_report.results.verification import State, verify_journal

CAPSTONE = Path(sys.executable).with_name("capstone")
MACHINE = 7
UNSHARE = ["unshare", "--map-root-user", "--mount"]
SCRIPT = """
set -u
mount -t tmpfs -o size=6m tmpfs "$1" || exit 99
cp -r "$2"/. "$1"
cd "$1"
"$3" run; echo "first $?"
rm -f specs/tiny/filler; mount -o remount,size=60m "$1"
"$3" run; echo "second $?"
cp -r specs/tiny/results "$4"
"""


@pytest.mark.parametrize(
    "filling",
    [
        "head -c 20000000 /dev/urandom",  # the output itself has no place
        "head -c 20000000 /dev/urandom > filler 2>/dev/null; true",  # what comes after has none
    ],
    ids=["output", "records"],
)
def test_a_full_disk_ends_the_campaign_and_the_next_one_goes_on(
    tmp_path: Path, write_workspace: Callable[..., Path], filling: str
) -> None:
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to make a mount namespace")
    once = f"{SAY}; test -e once || {{ touch once; {filling}; }}"
    root, mounted, saved = tmp_path / "root", tmp_path / "mounted", tmp_path / "saved"
    study = write_workspace(root, serial_command=shell(once), repeats="1")
    text = (study / "study.toml").read_text()
    quick = text.replace('["python", "pool.py", "{workers}"]', shell(SAY))
    (study / "study.toml").write_text(quick)
    mounted.mkdir()

    answer = subprocess.run(
        [*UNSHARE, "sh", "-c", SCRIPT, "sh", *map(str, (mounted, root, CAPSTONE, saved))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "CAPSTONE_STATE_DIR": str(tmp_path / "state")},
    )

    assert f"first {MACHINE}" in answer.stdout, answer.stderr
    assert "CAP711" in answer.stderr
    assert "second 0" in answer.stdout, answer.stderr
    assert "Traceback" not in answer.stderr
    (machine,) = saved.iterdir()
    assert verify_journal(machine).state is State.WHOLE
