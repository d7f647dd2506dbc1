"""What every parser keeps: it finds what is there, invents nothing, and never crashes."""

from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed, Parser, parsers
from capstone_report.units import UNITS
from parsers.formats import FORMATS, Format

every_format = pytest.mark.parametrize("known", FORMATS.values(), ids=str)
every_text_format = pytest.mark.parametrize(
    "known", [FORMATS[kind] for kind in ("regex", "nccl-tests", "mllog", "step-log")], ids=str
)
modest = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def values(parsed: Parsed) -> list[tuple[object, ...]]:
    """Return what the samples say."""
    return [(s.metric, s.value, s.unit, s.rank, s.step, s.phase) for s in parsed.samples]


def test_every_kind_has_an_example() -> None:
    assert sorted(FORMATS) == sorted(parsers())


@every_format
def test_every_value_of_the_example_is_found_and_nothing_is_refused(
    known: Format, tmp_path: Path
) -> None:
    known.write(tmp_path)

    parsed = known.parser().parse(tmp_path)

    assert parsed.problems == ()
    assert values(parsed) == [pytest.approx(value) for value in known.values]


@every_format
def test_an_empty_run_has_no_values(known: Format, tmp_path: Path) -> None:
    parsed = known.parser().parse(tmp_path)

    assert parsed.samples == ()
    assert parsed.checks == ()


@every_format
def test_the_options_of_a_parser_survive_json_and_have_descriptions(known: Format) -> None:
    parser = known.parser()

    again = type(parser).model_validate_json(parser.model_dump_json())

    assert again == parser
    fields = type(parser).model_fields.values()
    assert all(field.description and field.description.endswith(".") for field in fields)


@every_format
def test_the_output_that_is_read_is_named(known: Format, tmp_path: Path) -> None:
    file = known.write(tmp_path)

    sources = known.parser().sources()

    read = [path for source in sources for path in Output(tmp_path).files(source)]
    assert read == ([file] if known.kind != "jsonl" else [])


@every_format
def test_nothing_but_the_metrics_that_are_told_beforehand_is_given(
    known: Format, tmp_path: Path
) -> None:
    known.write(tmp_path)
    parser = known.parser()

    given = {(sample.metric, sample.unit) for sample in parser.parse(tmp_path).samples}

    told = parser.gives()
    assert told is None if known.kind == "jsonl" else given <= set(told or ())


@every_format
def test_every_line_that_is_said_to_be_understood_exists(known: Format, tmp_path: Path) -> None:
    lines = known.write(tmp_path).read_bytes().count(b"\n")

    matched = known.parser().parse(tmp_path).matched

    assert {file for file, _ in matched} <= {known.place}
    assert all(1 <= line <= lines for _, line in matched)


def pieces(known: Format) -> st.SearchStrategy[bytes]:
    """Return files that are like the example: pieces of it, cut, repeated, with anything between."""
    lines = known.lines()
    cut = st.tuples(st.sampled_from(lines), st.integers(0, 80)).map(lambda p: p[0][: p[1]])
    odd = st.sampled_from(
        [b"\x00", b"\xff\xfe", b"nan", b"-1", b"1e999", b'"', b"{", b"[" * 3000, b"9" * 5000, b"\r"]
    )
    part = st.sampled_from(lines) | cut | odd | st.binary(max_size=30)
    return st.lists(part, max_size=12).map(b"".join)


@pytest.mark.parametrize(
    "known", [found for found in FORMATS.values() if found.kind != "regex"], ids=str
)
@modest
@given(data=st.data())
def test_no_bytes_make_a_parser_crash(known: Format, tmp_path: Path, data: st.DataObject) -> None:
    known.write(tmp_path, data.draw(st.binary(max_size=200) | pieces(known)))

    parsed = known.parser().parse(tmp_path)

    check_whole(parsed)


@settings(parent=modest, max_examples=4)
@given(data=st.data())
def test_no_bytes_make_patterns_crash(tmp_path: Path, data: st.DataObject) -> None:
    known = FORMATS["regex"]
    known.write(tmp_path, data.draw(pieces(known)))

    check_whole(known.parser().parse(tmp_path))


def check_whole(parsed: Parsed) -> None:
    """Check what holds for whatever a parser read."""
    assert all(abs(sample.value) < float("inf") for sample in parsed.samples)
    assert all(sample.unit in UNITS for sample in parsed.samples)
    said = (*parsed.problems, *parsed.notes, *(check.detail for check in parsed.checks))
    assert all(text.encode() and "\n" not in text for text in said if text)


@every_text_format
def test_output_that_was_compressed_is_read_whole(known: Format, tmp_path: Path) -> None:
    file = known.write(tmp_path)
    everything = file.read_bytes()
    file.with_name(f"{file.name}.zst").write_bytes(zstandard.compress(everything))
    file.write_bytes(everything[:100])

    parsed = known.parser().parse(tmp_path)

    assert parsed.problems == ()
    assert values(parsed) == [pytest.approx(value) for value in known.values]


@every_format
def test_a_link_out_of_the_run_is_refused_and_not_read(known: Format, tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    file = known.write(run)
    file.rename(elsewhere)
    file.symlink_to(elsewhere)

    parsed = known.parser().parse(run)

    assert parsed.samples == ()
    assert "not a regular file" in parsed.problems[0]


@every_format
def test_a_parser_takes_no_option_that_it_does_not_know(known: Format) -> None:
    parser: type[Parser] = type(known.parser())

    with pytest.raises(ValueError, match="colour"):
        parser.model_validate({**known.options, "colour": "blue"})
