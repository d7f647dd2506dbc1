"""Quantities as people write them: what they mean, and what is said when they mean nothing."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.units import QuantityError, dollars, parse_quantity, prefixed, six_digits

UNITS_ASKED = ["s", "h", "B", "B/s", "FLOP", "FLOP/s", "req/s", "USD", "W", "1"]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("25 GB/s", "B/s", 25e9),
        ("10 us", "s", 1e-5),
        ("10 \N{MICRO SIGN}s", "s", 1e-5),
        ("80 GB", "B", 80e9),
        ("80GiB", "B", 80 * 2**30),
        ("4e9", "B", 4e9),
        ("20 TFLOP/s", "FLOP/s", 20e12),
        ("30 h", "h", 30),
        ("30 h", "s", 108_000),
        ("2 d", "h", 48),
        ("30", "h", 30),
        ("0.7 kW", "W", 700),
        ("70 G", "1", 70e9),
        ("10 %", "1", 0.1),
        ("-.5", "1", -0.5),
        ("1,200 MB", "B", 1.2e9),
        (" 3. ms ", "s", 3e-3),
        ("2.5 USD", "USD", 2.5),
    ],
)
def test_a_quantity_means_what_its_unit_says(text: str, unit: str, expected: float) -> None:
    assert parse_quantity(text, unit) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf",
        "-inf",
        "fast",
        "1 2",
        "2,5",
        "1_000",
        "0x10",
        "5e",
        "--3",
        "\u0663",
        "1;ls",
    ],
)
def test_what_is_no_number_is_refused_with_the_units_that_fit(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, "s")

    assert repr(text) in caught.value.reason
    assert "s, ms, us, ns, min, h, d; a plain number is in s" in caught.value.remedy


@pytest.mark.parametrize("text", ["1e999", "1" * 400, "1e308 EB", "1e999 Gb", "1e999 Gbytes"])
def test_a_number_that_no_machine_holds_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="too large"):
        parse_quantity(text, "B")


def test_the_wrong_dimension_names_both_and_the_units_that_fit() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity("10 GB", "s")

    assert caught.value.reason == "'10 GB' measures bytes, where time is asked for"
    assert str(caught.value).startswith("'10 GB' measures bytes")


def test_an_unknown_unit_is_quoted() -> None:
    with pytest.raises(QuantityError, match="has the unknown unit 'furlong', where number"):
        parse_quantity("3 furlong", "1")


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("25 Gb", "B", "write 3.125 GB"),
        ("25 Gbit/s", "B/s", "write 3.125 GB/s"),
        ("25Gbps", "B/s", "write 3.125 GB/s"),
        ("8 bits", "B", "write 1 B"),
    ],
)
def test_bits_are_refused_with_the_same_amount_in_bytes(text: str, unit: str, meant: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, unit)

    assert "eight times less" in caught.value.remedy
    assert caught.value.remedy.endswith(meant)


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("20 TFLOPS", "FLOP/s", "write 20 TFLOP/s"),
        ("20 TFLOPs", "FLOP/s", "write 20 TFLOP/s"),
        ("20 Tflop/s", "FLOP/s", "write 20 TFLOP/s"),
        ("6e23 FLOPs", "FLOP", "write 6e+23 FLOP"),
        ("2 days", "h", "write 2 d"),
        ("2 hours", "h", "write 2 h"),
        ("1.5hrs", "s", "write 1.5 h"),
        ("90 mins", "h", "write 90 min"),
        ("3 sec", "s", "write 3 s"),
        ("80 Gbytes", "B", "write 80 GB"),
        ("80 GiBytes/s", "B/s", "write 80 GiB/s"),
        ("25 GBps", "B/s", "write 25 GB/s"),
        ("200 qps", "req/s", "write 200 req/s"),
        ("2.5 dollars", "USD", "write 2.5 USD"),
        ("2.5$", "USD", "write 2.5 USD"),
        ("20 TFLOPS", "FLOP", None),
        ("2 days", "B", None),
    ],
)
def test_a_unit_that_is_spelled_otherwise_is_refused_with_its_symbol(
    text: str, unit: str, meant: str | None
) -> None:
    with pytest.raises(QuantityError, match="unknown unit") as caught:
        parse_quantity(text, unit)

    if meant is None:
        assert caught.value.remedy.startswith("units that fit: ")
    else:
        assert caught.value.remedy == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("$2.5", "write 2.5: "),
        ("US$ 1,200", "write 1,200: "),
        ("$240k", "write 240 kUSD: "),
    ],
)
def test_a_dollar_sign_is_refused_with_the_plain_number(text: str, meant: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, "USD")

    assert caught.value.remedy == f"{meant}amounts of money are plain numbers in USD"


@pytest.mark.parametrize(("text", "unit"), [("$2.5", "s"), ("$$2", "USD"), ("$", "USD")])
def test_a_dollar_sign_alone_or_elsewhere_is_refused_with_the_units_that_fit(
    text: str, unit: str
) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, unit)

    assert caught.value.remedy.startswith("units that fit: ")


def test_bits_where_no_bytes_are_asked_for_are_an_unknown_unit() -> None:
    with pytest.raises(QuantityError, match="unknown unit 'Gb'"):
        parse_quantity("25 Gb", "s")


def test_a_long_or_hostile_text_is_shown_short_and_harmless() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity("\x1b[31m" + "x" * 500, "s")

    assert "\x1b" not in str(caught.value)
    assert len(caught.value.reason) < 100


@settings(max_examples=150, deadline=None)
@given(
    value=st.floats(min_value=1e-9, max_value=1e25),
    unit=st.sampled_from(["s", "B", "B/s", "FLOP", "FLOP/s", "USD", "W", ""]),
)
def test_what_is_printed_is_read_back_to_its_three_digits(value: float, unit: str) -> None:
    read = parse_quantity(prefixed(value, unit), unit or "1")

    assert read == pytest.approx(value, rel=6e-3)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=30), unit=st.sampled_from(UNITS_ASKED))
def test_any_text_is_a_finite_amount_or_a_refusal(text: str, unit: str) -> None:
    with suppress(QuantityError):
        assert math.isfinite(parse_quantity(text, unit))


@settings(max_examples=150, deadline=None)
@given(
    text=st.from_regex(
        r"[+-]?(US)?\$?[0-9.,eE]{1,12} ?[kMGTPEi%BbsdhFLOPUSDWayqp$/]{0,7}", fullmatch=True
    ),
    unit=st.sampled_from(UNITS_ASKED),
)
def test_any_near_quantity_is_a_finite_amount_or_a_refusal(text: str, unit: str) -> None:
    with suppress(QuantityError):
        assert math.isfinite(parse_quantity(text, unit))


@settings(max_examples=200, deadline=None)
@given(
    text=st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["", "$", "US$", "-", "$$"]),
        st.sampled_from(["0", "2.5", "1,200", "1e-300", "1e30", ".5", "7."]),
        st.sampled_from(["", " "]),
        st.sampled_from(["", "k", "ki", "Ki", "M", "E", "Ei", "Gi", "m"]),
        st.sampled_from(
            ["", "FLOPS", "FLOPs", "flops", "flop/s", "days", "hours", "mins", "secs", "Bytes",
             "bytes/s", "Bps", "bits", "b/s", "bps", "qps", "$", "usd", "%", "d", "\N{MICRO SIGN}s"]
        ),
    ),
    unit=st.sampled_from(UNITS_ASKED),
)  # fmt: skip
def test_what_a_refusal_says_to_write_is_read(text: str, unit: str) -> None:
    try:
        parse_quantity(text, unit)
    except QuantityError as error:
        _, suggests, rest = error.remedy.partition("write ")
        suggestion = rest.partition(":")[0]
        if suggests:
            assert math.isfinite(parse_quantity(suggestion, unit))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (10, "10"),
        (0.125, "0.125"),
        (6400, "6,400"),
        (999_999.7, "1,000,000"),
        (1_234_567, "1,234,570"),
        (-123_456_789.0, "-123,457,000"),
        (222222222222222222223, "2.22222e+20"),
    ],
)
def test_a_number_is_printed_in_six_digits(value: float, said: str) -> None:
    assert six_digits(value) == said


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [
        (0.0, 2, "$0.00"),
        (3600.0, 2, "$3,600.00"),
        (9999.996, 2, "$10,000"),
        (12_345.67, 2, "$12,345.7"),
        (16_000.0, 2, "$16,000"),
        (2.75, 3, "$2.750"),
        (1234.5, 3, "$1,234.5"),
        (4.2e57, 2, "$4.2e+57"),
        (-12.5, 2, "-$12.50"),
    ],
)
def test_an_amount_of_dollars_is_printed_in_six_digits(
    value: float, decimals: int, said: str
) -> None:
    assert dollars(value, decimals=decimals) == said


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.floats(-1e100, 1e100), st.integers(-(10**40), 10**40)))
def test_six_digits_lose_no_more_than_the_seventh(value: float) -> None:
    said = six_digits(value).replace(",", "")

    assert float(said) == pytest.approx(value, rel=5e-6)
    assert len(said.partition("e")[0].lstrip("-0.").replace(".", "").rstrip("0")) <= 6


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("7B", "write 7G or 7e9"),
        ("1.5 b", "write 1.5G or 1.5e9"),
        ("70 bn", "write 70G or 70e9"),
        ("13 billion", "write 13G or 13e9"),
        ("3 million", "write 3M or 3e6"),
        ("2 K", "write 2k or 2e3"),
        ("7 GB", "units that fit: k, M, G, T, P, E, %"),
    ],
)
def test_a_number_of_billions_is_told_how_it_is_written(text: str, remedy: str) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_quantity(text, "1")

    assert refused.value.remedy == remedy


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(-0.003782, "-3.78 ms"), (-7200.0, "-2 h"), (-12.0, "-12 s"), (-4e-6, "-4 us")],
)
def test_a_negative_time_is_written_in_the_unit_of_its_size(seconds: float, written: str) -> None:
    assert prefixed(seconds, "s") == written
