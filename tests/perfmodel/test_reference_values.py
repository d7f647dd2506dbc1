"""Every reference value, computed once by independent means, is what the library answers.

Another file of the same form is checked with CAPSTONE_REFERENCE_VALUES=<path>.
"""

import json
import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from reference_scaling import QUANTITIES as SCALING
from sites import REPOSITORY

Table = dict[str, Callable[[dict[str, Any]], object]]

DEFAULT = REPOSITORY / "tests" / "reference_values.json"
FILE = Path(os.environ.get("CAPSTONE_REFERENCE_VALUES", DEFAULT))
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]

# To become plain imports, as the one above is, once both modules stand beside it.
NOT_YET = ("reference_resources", "reference_statistics")


def tables() -> Table:
    """Return how the library answers each quantity."""
    found: Table = dict(SCALING)
    for name in NOT_YET:
        if find_spec(name):
            found |= import_module(name).QUANTITIES
    return found


def assert_matches(found: Any, expected: Any, tolerance: dict[str, Any], field: str = "") -> None:  # noqa: ANN401 - a vector holds any JSON
    """Compare an answer with a vector, within the tolerance of its field or of all of it."""
    if isinstance(expected, dict):
        assert found is not None, f"a typed refusal, where {expected} was expected"
        for name, value in expected.items():
            assert_matches(found[name], value, tolerance, name)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, value in zip(found, expected, strict=True):
            assert_matches(one, value, tolerance, field)
    elif "exact" in tolerance or expected is None or isinstance(expected, str | bool):
        assert found == expected
    else:
        absolute = tolerance.get(f"abs_{field}", tolerance.get("abs", 0))
        assert found == pytest.approx(expected, rel=tolerance.get("rel", 0), abs=absolute)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_library_answers_as_the_reference_does(vector: dict[str, Any]) -> None:
    quantity = vector["quantity"]
    known = tables()
    assert quantity in known, f"no table answers the quantity {quantity}"

    found = known[quantity](vector["inputs"])

    assert_matches(found, vector["expected"], vector["tol"])
