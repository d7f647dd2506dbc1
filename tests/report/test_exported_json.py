"""The analysis as one JSON document: it has its published schema, and holds what the facts hold."""

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from capstone_report.analysis.analyze import analyze
from capstone_report.analysis.estimates import Estimate, Interval, Method
from capstone_report.analysis.facts import Analysis, RecoveryFact
from capstone_report.perfmodel.outcomes import First, NeverReached, NotWithin
from capstone_report.report.exports.analysis_json import (
    analysis_document,
    analysis_json,
    analysis_schema,
)
from capstone_report.report.exports.walk import fields_of, is_fact, written
from capstone_report.report.exports.walked_schema import schema_of, unit_of
from capstone_report.results.journal import read_journal
from capstone_report.spec.load import load_project
from simulated import SERIAL, TIMES, analyse, around, pool, write_workspace
from sites import REPOSITORY

PREDICTION = {
    "model": "scatter-gather",
    "t_comp_s": 1.0,
    "alpha_s": 1e-3,
    "beta_s": 1e-2,
    "source": "invented",
}


def valid(document: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Return what is wrong with a document by the published schema."""
    return [error.message for error in Draft202012Validator(schema()).iter_errors(document)]


def schema() -> Any:  # noqa: ANN401 - JSON
    """Return the published schema."""
    return json.loads(analysis_schema())


def numbers(value: object) -> Iterator[float]:
    """Yield every number in JSON."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


def shipped() -> Analysis:
    """Analyse the shipped study from its shipped records."""
    project = load_project(REPOSITORY)
    (folder,) = (project.studies[0].folder / "results").iterdir()
    return analyze(project.studies[0], project.workspace, read_journal(folder))


def test_the_schema_is_a_schema_and_names_its_version() -> None:
    Draft202012Validator.check_schema(schema())

    assert schema()["properties"]["schema"]["const"] == "capstone/analysis/1"


@pytest.mark.parametrize(
    "times",
    [TIMES, {}, {SERIAL: around(8, 3), pool(1): around(9, 3), pool(2): around(4.5, 3)}],
    ids=["complete", "not measured", "refused"],
)
def test_a_document_of_any_analysis_has_the_schema_and_holds_finite_numbers_only(
    times: dict[str, list[float]], tmp_path: Path
) -> None:
    document = json.loads(analysis_json(analyse(tmp_path, times, prediction=PREDICTION)))

    assert valid(document) == []
    assert all(math.isfinite(number) for number in numbers(document))


def test_the_shipped_records_give_a_document_of_the_schema() -> None:
    assert valid(json.loads(analysis_json(shipped()))) == []


def test_a_speedup_has_its_unit_its_n_and_its_interval_with_level_and_method(
    tmp_path: Path,
) -> None:
    analysis = analyse(tmp_path, TIMES)
    assert analysis.claim.point
    fact = analysis.claim.point.speedup
    assert fact.interval

    speedup = analysis_document(analysis)["claim"]["point"]["speedup"]

    assert speedup["value"] == fact.value
    assert (speedup["unit"], speedup["n"]) == ("1", fact.n)
    assert speedup["interval"] == {
        "low": fact.interval.low,
        "high": fact.interval.high,
        "method": "Hodges-Lehmann",
        "level": 0.95,
    }


def test_every_field_of_the_analysis_stands_in_the_document(tmp_path: Path) -> None:
    document = analysis_document(analyse(tmp_path, TIMES))

    assert set(document) == {"schema", *(field.name for field in dataclasses.fields(Analysis))}


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first = analysis_json(analyse(tmp_path / "first", TIMES))

    assert analysis_json(analyse(tmp_path / "second", TIMES)) == first


def test_no_path_of_the_machine_stands_in_the_document(tmp_path: Path) -> None:
    write_workspace(tmp_path)

    assert str(tmp_path) not in analysis_json(analyse(tmp_path, TIMES))


def test_what_is_declared_names_the_kind_of_what_is_one_of_several(tmp_path: Path) -> None:
    document = analysis_document(analyse(tmp_path, TIMES, prediction=PREDICTION))

    launchers = [b["launcher"]["kind"] for b in document["loaded"]["study"]["benchmarks"]]
    assert set(launchers) == {"local"}
    assert document["prediction"]["model"]["comm"]["kind"] == "scatter-gather"


def test_one_of_several_facts_names_its_own_kind() -> None:
    assert written(First, NeverReached()) == {"kind": "NeverReached"}
    assert written(First, NotWithin(largest=9)) == {"kind": "NotWithin", "largest": 9}


@given(st.floats())
def test_no_number_is_anything_but_finite_or_null(value: float) -> None:
    found = written(float, value)

    assert found == value if math.isfinite(value) else found is None


@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.text())
def test_an_estimate_survives_json(value: float, low: float, n: str) -> None:
    interval = Interval(low=low, high=low, method=Method.HODGES_LEHMANN)
    estimate = Estimate(value=value, unit="s", n=n, interval=interval)

    read = json.loads(json.dumps(written(Estimate, estimate), allow_nan=False))

    assert read["value"] == (value if math.isfinite(value) else None)
    assert read["interval"]["high"] == (low if math.isfinite(low) else None)
    assert read["n"] == n


def test_every_kind_of_fact_has_a_name_of_its_own() -> None:
    names = [kind.__name__ for kind in facts_in(Analysis, set())]

    assert len(names) > 40
    assert len(set(names)) == len(names)
    assert set(names) - {"Analysis"} <= set(schema()["$defs"])


def facts_in(hint: Any, found: set[type]) -> set[type]:  # noqa: ANN401 - any type
    """Return every dataclass that a value of a type may hold."""
    for part in (hint, *get_args(hint)):
        if is_fact(part) and part not in found:
            found.add(part)
            for inner in fields_of(part).values():
                facts_in(inner, found)
        elif part is not hint:
            facts_in(part, found)
    return found


def test_units_come_from_how_a_field_is_declared_or_from_its_name() -> None:
    assert unit_of("times", "tuple[Seconds, ...]") == "s"
    assert unit_of("peak_memory_bytes") == "B"
    assert unit_of("read_bytes_per_s") == "B/s"
    assert unit_of("workers", "int") == ""


def test_a_pair_in_a_fact_is_an_array_of_two() -> None:
    known: dict[str, Any] = {}
    schema_of(RecoveryFact, known)

    failures = known["RecoveryFact"]["properties"]["failures"]
    assert failures["items"]["prefixItems"] == [{"type": "string"}, {"type": "integer"}]
    assert written(fields_of(RecoveryFact)["failures"], (("timeout", 2),)) == [["timeout", 2]]
