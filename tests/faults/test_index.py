"""The list of faults names tests that exist, and all forty faults."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_fault_is_listed_with_tests_that_exist() -> None:
    listed = Path(__file__).with_name("README.md").read_text()
    defined = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", listed, re.MULTILINE)]
    named = set(re.findall(r"`(test_\w+)`", listed))

    assert rows == list(range(1, 41))
    assert named <= defined, named - defined
