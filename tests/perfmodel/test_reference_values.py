"""Every reference value, computed once by independent means, is what the library answers.

Another file of the same form is checked with CAPSTONE_REFERENCE_VALUES=<path>.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reference_resources import QUANTITIES as RESOURCES
from reference_scaling import QUANTITIES as SCALING
from reference_statistics import QUANTITIES as STATISTICS
from sites import REPOSITORY

Table = dict[str, Callable[[dict[str, Any]], object]]

DEFAULT = REPOSITORY / "tests" / "reference_values.json"
FILE = Path(os.environ.get("CAPSTONE_REFERENCE_VALUES", DEFAULT))
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]

# How the library answers each quantity.
TABLE: Table = SCALING | RESOURCES | STATISTICS


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
    assert quantity in TABLE, f"no table answers the quantity {quantity}"

    found = TABLE[quantity](vector["inputs"])

    assert_matches(found, vector["expected"], vector["tol"])


def test_each_quantity_is_answered_once() -> None:
    assert len(TABLE) == len(SCALING) + len(RESOURCES) + len(STATISTICS)
