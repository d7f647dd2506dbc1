"""The capstone-metrics/1 protocol: what is taken, dropped with a note, or refused with its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.parsers.jsonl import (
    FILE_LIMIT,
    LINE_LIMIT,
    MOST_PROBLEMS,
    MOST_SAMPLES,
    JsonLines,
)
from capstone_report.parsers.parser import Parsed
from capstone_report.results.records import Check, Sample
from capstone_report.units import UNITS
from capstone_report.workloads import emit

GOOD = '{"m": "loss", "v": 0.5, "u": "1"}'


def parse(run_folder: Path, text: str | bytes, *, name: str = "rank0.jsonl") -> Parsed:
    """Parse one file of metrics."""
    metrics = run_folder / "metrics"
    metrics.mkdir(exist_ok=True)
    (metrics / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return JsonLines().parse(run_folder)


def test_a_line_is_a_sample_or_a_check(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        '{"m": "step_time", "v": 1, "u": "ms", "rank": 3, "step": 7, "phase": "warmup"}\n'
        "\n"
        '{"check": "finite", "ok": false, "detail": "loss is 7e9", "rank": 1}\n',
    )

    assert parsed == Parsed(
        samples=(Sample(metric="step_time", value=1.0, unit="ms", rank=3, step=7, phase="warmup"),),
        checks=(Check(name="finite", ok=False, detail="loss is 7e9", rank=1),),
    )


def test_unknown_extra_keys_are_accepted(tmp_path: Path) -> None:
    parsed = parse(tmp_path, '{"m": "loss", "v": 0.5, "u": "1", "colour": "blue", "x": [1]}\n')

    assert parsed == Parsed(samples=(Sample(metric="loss", value=0.5, unit="1"),))


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    parse(tmp_path, '{"m": "loss", "v": 2, "u": "1", "rank": 1}\n', name="rank1.jsonl")
    parse(tmp_path, "not a metric", name="notes.txt")

    parsed = parse(tmp_path, '{"m": "loss", "v": 1, "u": "1"}\n', name="rank0.jsonl")

    assert [sample.value for sample in parsed.samples] == [1.0, 2.0]
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"m": "loss", "v": NaN, "u": "1"}', "NaN is not a number"),
        ('{"m": "loss", "v": Infinity, "u": "1"}', "Infinity is not a number"),
        ('{"m": "loss", "v": -Infinity, "u": "1"}', "-Infinity is not a number"),
        ('{"m": "loss", "v": 1e999, "u": "1"}', "finite number"),
        ('{"m": "loss", "v": true, "u": "1"}', "finite number, not True"),
        ('{"m": "loss", "v": "0.5", "u": "1"}', "finite number"),
        ('{"m": "loss", "v": null, "u": "1"}', "finite number"),
        ('{"m": "loss", "u": "1"}', "finite number"),
        ('{"m": "loss", "v": 0.5, "u": "seconds"}', '"u" must be one of s, ms'),
        ('{"m": "loss", "v": 0.5}', '"u" must be one of s, ms'),
        ('{"m": "loss", "m": "gain", "v": 0.5, "u": "1"}', "a key stands twice"),
        ('{"m": "loss", "v": 0.5, "u": "1", "x": {"a": 1, "a": 2}}', "a key stands twice"),
        ('{"m": 7, "v": 0.5, "u": "1"}', "metric"),
        ('{"v": 0.5, "u": "1"}', "metric"),
        ('{"m": "loss", "v": 0.5, "u": "1", "rank": "0"}', "rank"),
        ('{"m": "loss", "v": 0.5, "u": "1", "rank": true}', "rank"),
        ('{"m": "loss", "v": 0.5, "u": "1", "step": 1.5}', "step"),
        ('{"m": "loss", "v": 0.5, "u": "1", "phase": 1}', "phase"),
        ('{"check": "finite"}', "ok"),
        ('{"check": "finite", "ok": 1}', "ok"),
        ('{"check": 1, "ok": true}', "name"),
        ("[1, 2]", "not a JSON object"),
        ("loss=0.5", "Expecting value"),
    ],
)
def test_a_line_that_is_not_the_protocol_is_refused_with_its_number(
    tmp_path: Path, line: str, reason: str
) -> None:
    other = GOOD.replace("loss", "gain")
    parsed = parse(tmp_path, f"{GOOD}\n{line}\n{other}\n")

    assert len(parsed.samples) == 2
    assert len(parsed.problems) == 1
    assert parsed.problems[0].startswith("rank0.jsonl:2: ")
    assert reason in parsed.problems[0]


def test_a_whole_number_too_big_for_a_float_is_refused(tmp_path: Path) -> None:
    parsed = parse(tmp_path, f'{{"m": "loss", "v": 1{"0" * 400}, "u": "1"}}\n')

    assert parsed.samples == ()
    assert parsed.problems[0].startswith("rank0.jsonl:1: ")


@pytest.mark.parametrize(
    "line",
    [
        '{"m": "\\ud800", "v": 0.5, "u": "1"}',
        '{"m": "loss", "v": 0.5, "u": "1", "phase": "\\udfff"}',
        '{"check": "\\ud800", "ok": true}',
        '{"check": "finite", "ok": true, "detail": "\\ud800"}',
    ],
)
def test_half_a_character_which_no_file_can_hold_is_refused(tmp_path: Path, line: str) -> None:
    parsed = parse(tmp_path, line + "\n")

    assert parsed.problems[0].startswith("rank0.jsonl:1: ")


@pytest.mark.parametrize("unit", ["[]", "{}"])
def test_a_unit_that_is_a_list_or_a_table_is_refused(tmp_path: Path, unit: str) -> None:
    parsed = parse(tmp_path, f'{{"m": "loss", "v": 1, "u": {unit}}}\n')

    assert parsed.problems[0].startswith("rank0.jsonl:1: ")


def test_a_hundred_thousand_brackets_are_refused_without_a_crash(tmp_path: Path) -> None:
    for limit in (60_000, 100_000):
        parsed = parse(tmp_path, "[" * limit + "\n" + GOOD + "\n")

        assert len(parsed.samples) == 1
        assert parsed.problems[0].startswith("rank0.jsonl:1: ")


def test_a_line_over_the_limit_is_refused_and_one_at_the_limit_is_taken(tmp_path: Path) -> None:
    longest = GOOD[:-1] + " " * (LINE_LIMIT - len(GOOD) - 1) + "}\n"

    parsed = parse(tmp_path, longest + " " + longest)

    assert len(parsed.samples) == 1
    assert parsed.problems == (f"rank0.jsonl:2: line longer than {LINE_LIMIT} bytes",)


def test_a_metric_that_changes_its_unit_is_refused(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path, '{"m": "t", "v": 1, "u": "s"}\n{"m": "t", "v": 1000, "u": "ms", "step": 1}\n'
    )

    assert parsed.problems == ("t was reported in several units: ms, s",)


def test_a_torn_last_line_is_dropped_with_a_note(tmp_path: Path) -> None:
    parsed = parse(tmp_path, GOOD + "\n" + GOOD)

    assert len(parsed.samples) == 1
    assert parsed.notes == ("rank0.jsonl:2: torn last line dropped",)
    assert parsed.problems == ()


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    parsed = parse(tmp_path, b'{"m": "\xff\xfe"}\n' + GOOD.encode() + b"\n")

    assert len(parsed.samples) == 1
    assert len(parsed.problems) == 1


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.jsonl"
    secret.write_text(GOOD + "\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "rank0.jsonl").symlink_to(secret)

    parsed = JsonLines().parse(tmp_path)

    assert parsed.samples == ()
    assert "rank0.jsonl: not a regular file" in parsed.problems[0]


def test_a_folder_and_a_file_over_the_limit_are_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics" / "rank0.jsonl").mkdir(parents=True)
    with (tmp_path / "metrics" / "rank1.jsonl").open("wb") as stream:
        stream.truncate(FILE_LIMIT + 1)

    parsed = JsonLines().parse(tmp_path)

    assert len(parsed.problems) == 2


@pytest.mark.parametrize("linked", ["metrics", "the run"])
def test_metrics_behind_a_link_are_refused(tmp_path: Path, linked: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    parse(elsewhere, GOOD + "\n")
    run = tmp_path / "run"
    if linked == "metrics":
        run.mkdir()
        (run / "metrics").symlink_to(elsewhere / "metrics")
    else:
        run.symlink_to(elsewhere)

    parsed = JsonLines().parse(run)

    assert parsed.samples == ()
    assert parsed.problems == ("metrics: a link, not the folder that the run was given",)


def test_a_hundred_thousand_samples_are_taken_and_one_more_is_refused(tmp_path: Path) -> None:
    lines = [f'{{"m":"t","v":1,"u":"s","step":{step}}}' for step in range(MOST_SAMPLES)]

    most = parse(tmp_path, "\n".join(lines) + "\n")
    more = parse(tmp_path, GOOD + "\n", name="rank1.jsonl")

    assert MOST_SAMPLES == 100_000
    assert (len(most.samples), most.problems) == (MOST_SAMPLES, ())
    assert len(more.samples) == MOST_SAMPLES
    assert more.problems == ("more than 100,000 samples; report every tenth step",)


def test_twenty_problems_say_what_is_wrong_and_no_more_are_kept(tmp_path: Path) -> None:
    parsed = parse(tmp_path, "no metric\n" * 1000)

    assert MOST_PROBLEMS == 20
    assert len(parsed.problems) == MOST_PROBLEMS
    assert parsed.problems[-1].startswith("rank0.jsonl:20: ")


@settings(max_examples=80, deadline=None)
@given(
    name=st.text(),
    value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60),
    unit=st.sampled_from(sorted(UNITS)),
    step=st.none() | st.integers(),
    phase=st.none() | st.text(),
    rank=st.integers(0, 10_000),
)
def test_what_emit_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    name: str,
    value: float,
    unit: str,
    step: int | None,
    phase: str | None,
    rank: int,
) -> None:
    folder = tmp_path_factory.mktemp("emitted")
    (folder / "metrics").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPSTONE_METRICS_DIR", str(folder / "metrics"))
        patch.setenv("RANK", str(rank))
        emit.metric(name, value, unit, step=step, phase=phase)
        emit.check(name, ok=step is None, detail=name)

    parsed = JsonLines().parse(folder)

    assert parsed == Parsed(
        samples=(Sample(metric=name, value=value, unit=unit, rank=rank, step=step, phase=phase),),
        checks=(Check(name=name, ok=step is None, detail=name, rank=rank),),
    )


KEYS = ("m", "v", "u", "rank", "step", "phase", "check", "ok", "detail")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    line=st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)),
)
def test_no_line_of_json_makes_the_parser_crash(
    tmp_path_factory: pytest.TempPathFactory, line: dict[str, object]
) -> None:
    parsed = parse(tmp_path_factory.mktemp("any"), json.dumps(line) + "\n")

    assert len(parsed.samples) + len(parsed.checks) + len(parsed.problems) == 1


def test_what_a_restart_says_of_a_step_replaces_what_was_said_before(tmp_path: Path) -> None:
    again = '{"m": "loss", "v": 0.25, "u": "1", "step": 1, "attempt": 1}\n'
    parse(tmp_path, again, name="rank0-1001.jsonl")
    first = "".join(f'{{"m": "loss", "v": {step}, "u": "1", "step": {step}}}\n' for step in (0, 1))

    parsed = parse(tmp_path, first, name="rank0-2002.jsonl")

    assert [(sample.step, sample.value) for sample in parsed.samples] == [(0, 0.0), (1, 0.25)]
    assert parsed.notes == ("1 samples were left out: a restart did their steps again",)
    assert parsed.problems == ()


def test_one_attempt_may_not_say_two_things_of_a_step(tmp_path: Path) -> None:
    twice = '{"m": "loss", "v": 1, "u": "1", "step": 1, "attempt": 1}\n' * 2

    parsed = parse(tmp_path, twice)

    assert len(parsed.problems) == 1
    assert "loss was reported twice by one rank" in parsed.problems[0]


@pytest.mark.parametrize("attempt", ["true", "-1", "1.5", '"1"'])
def test_an_attempt_is_a_whole_number(tmp_path: Path, attempt: str) -> None:
    parsed = parse(tmp_path, f'{{"m": "loss", "v": 1, "u": "1", "attempt": {attempt}}}\n')

    assert parsed.samples == ()
    assert '"attempt" must be a whole number' in parsed.problems[0]


def test_a_step_that_is_done_again_replaces_what_other_ranks_and_phases_said_of_it(
    tmp_path: Path,
) -> None:
    lines = [
        {"m": "loss", "v": 1, "u": "1", "step": 11, "rank": 0},
        {"m": "loss", "v": 1, "u": "1", "step": 11, "rank": 3},
        {"m": "loss", "v": 1, "u": "1", "step": 10, "rank": 3},
        {"m": "loss", "v": 2, "u": "1", "step": 11, "rank": 0, "phase": "warmup", "attempt": 1},
    ]

    parsed = parse(tmp_path, "".join(json.dumps(line) + "\n" for line in lines))

    assert [(s.step, s.rank, s.value) for s in parsed.samples] == [(10, 3, 1.0), (11, 0, 2.0)]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), unique=True, max_size=20),
)
def test_of_every_step_exactly_the_last_attempt_counts(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, int]]
) -> None:
    lines = [
        json.dumps({"m": "loss", "v": attempt, "u": "1", "step": step, "attempt": attempt}) + "\n"
        for attempt, step in said
    ]

    parsed = parse(tmp_path_factory.mktemp("run"), "".join(lines))

    last = {step: attempt for attempt, step in sorted(said)}
    assert {sample.step: sample.value for sample in parsed.samples} == last
    assert len(parsed.samples) == len(last)
    assert parsed.problems == ()
