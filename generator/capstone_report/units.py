"""Units: the closed table that metrics use, and the names of plain numbers in code."""

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


def to_si(value: float, unit: str) -> float:
    """Return a value given in a unit of the table in the SI unit of its quantity."""
    return value * UNITS[unit][1]


PREFIXES = ("", "k", "M", "G", "T", "P", "E")
LONG_TIMES = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))
SHORT_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))
LONGEST_IN_SECONDS = 600
THOUSAND = 1000.0
LARGEST_WRITTEN_OUT = 1e6


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


def _time(value: float) -> str:
    """Return a time in the unit that keeps it near one."""
    if value == 0:
        return "0 s"
    if value >= LONGEST_IN_SECONDS:
        factor, unit = next((f, u) for f, u in LONG_TIMES if value >= 2 * f or u == "min")
    else:
        factor, unit = next((f, u) for f, u in SHORT_TIMES if value >= f or u == "us")
    return f"{_short(value / factor)} {unit}"


def _short(value: float) -> str:
    """Return three significant digits, without an exponent where four places do."""
    text = f"{value:.3g}"
    return f"{value:,.0f}" if "e+" in text and abs(value) < LARGEST_WRITTEN_OUT else text
