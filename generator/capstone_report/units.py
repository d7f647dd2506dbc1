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
