"""Regular expressions: what counts, what is missing, and an end to patterns that never end."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from capstone_report.parsers import limited_search, searching
from capstone_report.parsers import values as shared
from capstone_report.parsers.parser import Parsed
from capstone_report.parsers.quantifiers import nested_quantifier
from capstone_report.parsers.regex import Regex
from parsers.runs import parse, values

TOOK = r"took (?P<v>\S+) ms"
FOREVER = r"(?P<v>(a+)+)$"


def searched(run_folder: Path, text: str, pattern: str = TOOK, **options: Any) -> Parsed:  # noqa: ANN401 - the pattern's options
    """Search one pattern in what a program printed."""
    told = {"pattern": pattern, "metric": "step_time", "unit": "ms", **options}
    return parse(run_folder, "regex", {"stdout.txt": text}, patterns=[told])


def test_values_without_a_step_are_counted_in_their_order(tmp_path: Path) -> None:
    parsed = searched(tmp_path, "took 3 ms\nnothing\ntook 1,250.5 ms\n")

    assert values(parsed) == [(3.0, 0, 0), (1250.5, 0, 1)]
    assert parsed.matched == {("stdout.txt", 1), ("stdout.txt", 3)}
    assert parsed.problems == ()


def test_a_single_value_has_no_step(tmp_path: Path) -> None:
    assert values(searched(tmp_path, "took 3 ms")) == [(3.0, 0, None)]


def test_a_value_that_is_no_number_is_refused_with_its_line(tmp_path: Path) -> None:
    parsed = searched(tmp_path, "took 3 ms\ntook nan ms\n")

    assert parsed.problems == ("stdout.txt:2: 'nan' is not a finite number",)
    assert values(parsed) == [(3.0, 0, None)]


def test_a_group_that_took_no_part_in_the_match_is_no_value(tmp_path: Path) -> None:
    parsed = searched(tmp_path, "took it\n", r"took (?:(?P<v>\d+)|it)")

    assert parsed.problems == ("stdout.txt:1: '' is not a finite number",)


@pytest.mark.parametrize(
    ("expect", "counts"),
    [
        (2, [2]),
        ("2", [2]),
        ("==2", [2]),
        (">=2", [2, 3]),
        (">2", [3]),
        ("<= 2", [0, 1, 2]),
        ("<2", [0, 1]),
        (0, [0]),
    ],
)
def test_an_expected_number_of_lines_is_kept_or_refused(
    expect: int | str, counts: list[int]
) -> None:
    told = {"pattern": TOOK, "metric": "step_time", "unit": "ms", "expect": expect}
    (pattern,) = Regex.model_validate({"patterns": [told]}).patterns

    assert [count for count in range(4) if pattern.accepts(count)] == counts


def test_too_few_lines_are_a_problem_and_never_silence(tmp_path: Path) -> None:
    parsed = searched(tmp_path, "took 3 ms\n", expect=">=50")

    assert parsed.problems == ("stdout: pattern 1 (step_time) matched 1 lines, not >=50",)


def test_patterns_read_the_file_that_each_of_them_names(tmp_path: Path) -> None:
    told = {"pattern": TOOK, "metric": "step_time", "unit": "ms"}
    files = {"stdout.txt": "took 1 ms\n", "stderr.txt": "took 2 ms\n", "metrics/a.log": "took 3 ms"}
    patterns = [
        {**told, "file": file, "metric": f"time_{number}"}
        for number, file in enumerate(("stdout", "stderr", "metrics/*.log"))
    ]

    parsed = parse(tmp_path, "regex", dict(files), patterns=patterns)

    assert {(s.metric, s.value) for s in parsed.samples} == {
        ("time_0", 1.0),
        ("time_1", 2.0),
        ("time_2", 3.0),
    }


def test_a_pattern_that_would_take_forever_is_stopped_and_its_line_is_named(tmp_path: Path) -> None:
    told = {"pattern": FOREVER, "metric": "length", "unit": "1", "expect": ">=0"}
    began = time.monotonic()

    parsed = parse(
        tmp_path,
        "regex",
        {"stdout.txt": "harmless\n" + "a" * 60 + "!\n"},
        patterns=[told],
        time_limit_s=0.5,
    )

    assert parsed.problems == ("stdout.txt:2: the patterns took longer than 0.5 s",)
    assert time.monotonic() - began < 15


def test_a_process_that_does_not_end_by_itself_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_search, "START_S", -0.999)

    parsed = searched_quickly(tmp_path)

    assert "could not be searched" in parsed.problems[0]


def searched_quickly(run_folder: Path) -> Parsed:
    """Search for one second at most."""
    told = {"pattern": TOOK, "metric": "step_time", "unit": "ms"}
    files: dict[str, str | bytes] = {"stdout.txt": "took 1 ms\n"}
    return parse(run_folder, "regex", files, patterns=[told], time_limit_s=1.0)


def test_too_many_matches_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_MATCHES", 1)
    (tmp_path / "stdout.txt").write_text("took 1 ms\n" * 5)
    order = {
        "run_folder": str(tmp_path),
        "time_limit_s": 5.0,
        "patterns": [{"pattern": TOOK, "file": "stdout"}],
    }

    *matches, last = searching.search(order)

    assert len(matches) == 2
    assert last == {"problem": "stdout.txt:2: more than 1 matches; report fewer"}


def test_time_that_is_up_before_the_first_line_names_no_line(tmp_path: Path) -> None:
    order = {
        "run_folder": str(tmp_path),
        "time_limit_s": 1e-6,
        "patterns": [{"pattern": TOOK, "file": "*"}],
    }
    for number in range(300):
        (tmp_path / str(number)).mkdir()

    messages = list(searching.search(order))

    assert messages[0] == {"problem": "the patterns took longer than 1e-06 s"}


def test_the_process_takes_an_order_and_answers_in_lines(tmp_path: Path) -> None:
    (tmp_path / "stdout.txt").write_text("took 1 ms\n")
    order = {
        "run_folder": str(tmp_path),
        "time_limit_s": 5.0,
        "patterns": [{"pattern": TOOK, "file": "stdout"}],
    }

    done = subprocess.run(
        [sys.executable, "-P", "-m", searching.__name__],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )

    found = {"pattern": 0, "file": "stdout.txt", "line": 1, "groups": {"v": "1"}}
    assert json.loads(done.stdout) == found


@pytest.mark.parametrize(
    "changed",
    [
        {"pattern": "(?P<v>"},
        {"pattern": "took (.*) ms"},
        {"pattern": "(?P<v>.)(?P<colour>.)"},
        {"pattern": "(?P<v>a{99999999999})"},
        {"pattern": ""},
        {"unit": "sec"},
        {"metric": "Step Time"},
        {"file": "../secret"},
        {"file": "/etc/passwd"},
        {"file": "a/../b"},
        {"file": "a**b"},
        {"file": "metrics/**"},
        {"expect": -1},
        {"expect": True},
        {"expect": "many"},
        {"expect": 1.5},
    ],
    ids=str,
)
def test_a_pattern_that_cannot_work_is_refused_when_it_is_declared(changed: Any) -> None:  # noqa: ANN401 - a wrong value
    told = {"pattern": TOOK, "metric": "step_time", "unit": "ms"} | changed

    with pytest.raises(ValidationError):
        Regex.model_validate({"patterns": [told]})


def test_more_values_than_a_run_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MOST_SAMPLES", 2)

    parsed = searched(tmp_path, "took 1 ms\n" * 3)

    assert len(parsed.samples) == 2
    assert parsed.problems == ("more than 2 values; report fewer",)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("(a+)+b", "(a+)+"),
        ("x(?:a*b?)*y", "(?:a*b?)*"),
        ("((a+)b)+", "((a+)b)+"),
        ("(a{2,})*", "(a{2,})*"),
        ("(?P<v>(?:[0-9]+,?)+)", "(?:[0-9]+,?)+"),
        (r"(?:\(+)+", r"(?:\(+)+"),
        ("(?i:a+)+", "(?i:a+)+"),
        ("(a+)+?", "(a+)+?"),
        (r"(?P<v>[\d.]+) ms", None),
        (r"(a+)(b+)", None),
        (r"(a+) +", None),
        (r"(?:,\d{3})*", None),
        (r"(a+){3}", None),
        (r"(a+)?", None),
        (r"[(a+)+]+", None),
        (r"\(a+\)+", None),
        (r"(?>a+)+", None),
        (r"(?:a++)+", None),
        (r"(a+)++", None),
        (r"(?#(a+)+)b", None),
        (r"(?i)(ab)+", None),
        (r"[]+)]+(a)*", None),
        (r"a)+", None),
    ],
)
def test_a_repetition_inside_a_repetition_is_found_and_nothing_else(
    pattern: str, found: str | None
) -> None:
    assert nested_quantifier(pattern) == found


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab()[]{}*+?|\\\\^$.,:<>=!P#123-", max_size=20))
def test_no_text_makes_the_search_for_repetitions_crash(pattern: str) -> None:
    found = nested_quantifier(pattern)

    assert found is None or found in pattern
