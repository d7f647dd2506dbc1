"""Units: the closed table that metrics use, how people write quantities, and names of numbers in code."""

import math
import re
from decimal import Decimal
from typing import TypeAlias

Seconds: TypeAlias = float
Bytes: TypeAlias = int
Usd: TypeAlias = float

# Symbol -> (quantity, factor to the SI unit of that quantity). "1" is a plain number.
UNITS: dict[str, tuple[str, float]] = {
    "s": ("time", 1.0),
    "ms": ("time", 1e-3),
    "us": ("time", 1e-6),
    "B": ("bytes", 1.0),
    "MiB": ("bytes", 2.0**20),
    "GiB": ("bytes", 2.0**30),
    "B/s": ("bandwidth", 1.0),
    "GB/s": ("bandwidth", 1e9),
    "FLOP": ("work", 1.0),
    "FLOP/s": ("compute rate", 1.0),
    "tok/s": ("token rate", 1.0),
    "samples/s": ("sample rate", 1.0),
    "req/s": ("request rate", 1.0),
    "USD": ("money", 1.0),
    "J": ("energy", 1.0),
    "W": ("power", 1.0),
    "1": ("number", 1.0),
}


def is_time(unit: str) -> bool:
    """Tell whether a unit of the table measures time."""
    return UNITS[unit][0] == "time"


def is_rate(unit: str) -> bool:
    """Tell whether a unit of the table counts something per second."""
    return unit.endswith("/s")


def to_si(value: float, unit: str) -> float:
    """Return a value given in a unit of the table in the SI unit of its quantity."""
    return value * UNITS[unit][1]


PREFIXES = ("", "k", "M", "G", "T", "P", "E")
LONG_TIMES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))
SHORT_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))
LONGEST_IN_SECONDS = 600
THOUSAND = 1000.0
LARGEST_WRITTEN_OUT = 1e6
LARGEST_COUNT = 1e12


def prefixed(value: float, unit: str) -> str:
    """Return an SI value as people write it: 208 GB, 20 TFLOP/s, 30 d, 13e9 as 13 G.

    Three significant digits; decimal prefixes (GB is 1e9 bytes, never 2^30).
    """
    if unit == "s":
        return _time(value)
    step = 0
    while abs(value) >= THOUSAND - 0.5 and step < len(PREFIXES) - 1:
        value, step = value / THOUSAND, step + 1
    return f"{_short(value)} {PREFIXES[step]}{unit}".rstrip()


def six_digits(value: float) -> str:
    """Return a plain number in at most six significant digits: 6,400, 1,234,570, 2.22222e+20."""
    rounded = float(f"{value:.6g}")
    written_out = LARGEST_WRITTEN_OUT <= abs(rounded) < LARGEST_COUNT
    return f"{rounded:,.0f}" if written_out else f"{rounded:,.6g}"


def dollars(value: Usd, *, decimals: int = 2) -> str:
    """Return an amount of USD in at most six significant digits: $3,600.00, $1,234,570."""
    rounded = float(f"{value:.6g}")
    whole = abs(rounded) >= 10 ** (6 - decimals)
    said = six_digits(abs(rounded)) if whole else f"{abs(rounded):,.{decimals}f}"
    return f"-${said}" if rounded < 0 else f"${said}"


def _time(value: float) -> str:
    """Return a time in the unit that keeps it near one."""
    if value == 0:
        return "0 s"
    size = abs(value)
    if size >= LONGEST_IN_SECONDS:
        factor, unit = next((f, u) for f, u in LONG_TIMES if size >= 2 * f or u == "min")
    else:
        factor, unit = next((f, u) for f, u in SHORT_TIMES if size >= f or u == "us")
    return f"{_short(value / factor)} {unit}"


def _short(value: float) -> str:
    """Return three significant digits, without an exponent where four places do."""
    text = f"{value:.3g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < LARGEST_WRITTEN_OUT else text


# What people write, by suffix: the quantity and the factor to its SI unit. Factors are decimal, so
# that "10 us" is 1e-5 s to the last digit. Hours and days stand here only: metrics are in seconds.
_PREFIXED = ("B", "B/s", "FLOP", "FLOP/s", "tok/s", "samples/s", "req/s", "USD", "J", "W")
_DECIMAL = {prefix: Decimal(1000) ** power for power, prefix in enumerate(PREFIXES)}
_BINARY = {f"{prefix}i": Decimal(1024) ** power for power, prefix in enumerate("KMGTP", start=1)}
_TIMES = {
    "s": "1",
    "ms": "1e-3",
    "us": "1e-6",
    "ns": "1e-9",
    "min": "60",
    "h": "3600",
    "d": "86400",
}
_SUFFIXES: dict[str, tuple[str, Decimal]] = {
    **{unit: ("time", Decimal(factor)) for unit, factor in _TIMES.items()},
    **{prefix: ("number", factor) for prefix, factor in _DECIMAL.items()},
    "%": ("number", Decimal("0.01")),
    **{
        prefix + unit: (UNITS[unit][0], factor)
        for unit in _PREFIXED
        for prefix, factor in (_DECIMAL | (_BINARY if unit in {"B", "B/s"} else {})).items()
    },
}
_NUMBER = (
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d+)?|[+-]?\.\d+(?:[eE][+-]?\d+)?)"
)
_WRITTEN = re.compile(rf"{_NUMBER}\s*(\S*)", re.ASCII)
_DOLLARS = re.compile(rf"(?:US)?\$\s*{_NUMBER}\s*([kMGTPE]?)", re.ASCII)
_BITS = re.compile(r"([kMGTPE]?)(?:b|bits?)(?:/s|ps)?")
# How people spell units otherwise, and the symbol that is meant. They are suggested, never read: each
# unit has one spelling, and FLOPs are work to some and a rate to others.
_SPELLINGS = (
    (r"([kMGTPE]?)(?:FLOPS|FLOPs|[Ff]lops?)(?:/s)?", r"\1FLOP/s"),
    (r"([kMGTPE]?)(?:FLOPs|[Ff]lops?)", r"\1FLOP"),
    (r"([KMGTP]i|[kMGTPE]?)[Bb]ytes?", r"\1B"),
    (r"([KMGTP]i|[kMGTPE]?)(?:[Bb]ytes?/s|Bps)", r"\1B/s"),
    (r"[Dd]ays?", "d"),
    (r"[Hh](?:ou)?rs?", "h"),
    (r"[Mm]in(?:ute)?s?", "min"),
    (r"[Ss]ec(?:ond)?s?", "s"),
    (r"qps|QPS|rps|RPS", "req/s"),
    (r"([kMGTPE]?)(?:\$|[Uu]sd|[Dd]ollars?)", r"\1USD"),
)
# How people count things, with the prefix and the exponent that are meant.
_BILLIONS = ("G", "e9")
_COUNTED = {
    "K": ("k", "e3"),
    "million": ("M", "e6"),
    **dict.fromkeys(("B", "b", "bn", "Bn", "billion"), _BILLIONS),
    "trillion": ("T", "e12"),
}
_LONGEST_SHOWN = 40


class QuantityError(ValueError):
    """A text is no quantity of the unit that is asked for; says what is wrong and what to write."""

    def __init__(self, reason: str, remedy: str) -> None:
        """Keep both parts apart."""
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


def parse_quantity(text: str, unit: str) -> float:
    """Return an amount that a person wrote, in a unit: "25 GB/s", "10 us", "80GiB", "30 h", "4e9".

    The unit is one of the table, or "min", "h" or "d"; a plain number is in it already. Decimal
    prefixes are powers of 1000, Ki, Mi and so on powers of 1024.

    Raises:
        QuantityError: it is no finite number, or its unit measures something else.
    """
    asked, size = ("number", Decimal(1)) if unit == "1" else _SUFFIXES[unit]
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        remedy = _without_sign(text, asked) or _fitting(asked, unit)
        raise QuantityError(f"{_shown(text)} is not a number with a unit", remedy)
    number, suffix = float(found[1].replace(",", "")), found[2].replace("\N{MICRO SIGN}", "u")
    if not math.isfinite(number):
        raise _too_large(text, asked, unit)
    quantity, factor = _SUFFIXES.get(suffix, ("", size)) if suffix else (asked, size)
    if quantity != asked:
        raise _wrong_unit(text, number, suffix, unit)
    amount = float(Decimal(repr(number)) * factor / size)
    if not math.isfinite(amount):
        raise _too_large(text, asked, unit)
    return amount


def _too_large(text: str, asked: str, unit: str) -> QuantityError:
    """Return what to say about a number that no machine holds."""
    return QuantityError(f"{_shown(text)} is too large to be computed with", _fitting(asked, unit))


def _wrong_unit(text: str, number: float, suffix: str, unit: str) -> QuantityError:
    """Return what to say about a unit that is unknown, counts bits or measures something else."""
    asked = "number" if unit == "1" else _SUFFIXES[unit][0]
    bits = _BITS.fullmatch(suffix)
    if bits and asked in {"bytes", "bandwidth"}:
        return QuantityError(
            f"{_shown(text)} counts bits, and a byte has eight of them",
            f"it is eight times less than the same number of bytes: write {number / 8:g} {bits[1]}{unit}",
        )
    if asked == "number" and suffix in _COUNTED and number < THOUSAND * THOUSAND:
        prefix, power = _COUNTED[suffix]
        return QuantityError(
            f"{_shown(text)} is not how a plain number is written",
            f"write {number:g}{prefix} or {number:g}{power}",
        )
    known = _SUFFIXES.get(suffix)
    measured = f"measures {known[0]}" if known else f"has the unknown unit {_shown(suffix)}"
    meant = _meant(suffix, asked)
    return QuantityError(
        f"{_shown(text)} {measured}, where {asked} is asked for",
        f"write {number:.15g} {meant}" if meant else _fitting(asked, unit),
    )


def _meant(suffix: str, asked: str) -> str | None:
    """Return the symbol of the quantity asked for that a spelling stands for, if it is one."""
    symbols = (
        found.expand(symbol)
        for spelling, symbol in _SPELLINGS
        if (found := re.fullmatch(spelling, suffix))
    )
    return next((symbol for symbol in symbols if _SUFFIXES[symbol][0] == asked), None)


def _without_sign(text: str, asked: str) -> str | None:
    """Return how to write an amount of dollars, where money is asked for."""
    dollars = _DOLLARS.fullmatch(text.strip()) if asked == "money" else None
    if dollars is None:
        return None
    prefix = f" {dollars[2]}USD" if dollars[2] else ""
    return f"write {dollars[1]}{prefix}: amounts of money are plain numbers in USD"


def _fitting(asked: str, unit: str) -> str:
    """Return which units fit."""
    fitting = ", ".join(
        suffix for suffix, (what, _) in _SUFFIXES.items() if what == asked and suffix
    )
    plain = "" if unit == "1" else f"; a plain number is in {unit}"
    return f"units that fit: {fitting}{plain}"


def _shown(text: str) -> str:
    """Return a text as it may stand in a message: quoted, no controls, not long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")
