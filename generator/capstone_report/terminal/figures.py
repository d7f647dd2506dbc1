"""How measured values look in one line of a terminal: figures, intervals, a picture of the runs."""

from collections.abc import Sequence

from capstone_report.terminal.standings import RUNS_FOR_INTERVAL, Standing
from capstone_report.units import Seconds, prefixed, six_digits

BLOCKS = "▁▂▃▄▅▆▇█"


def figure(value: float | None) -> str:
    """Return a value in four significant digits; a dash without one."""
    return "-" if value is None else six_digits(float(f"{value:.4g}"))


def with_unit(text: str, unit: str) -> str:
    """Return a figure with its unit; plain numbers have none."""
    return text if unit == "1" else f"{text} {unit}"


def interval_text(standing: Standing) -> str:
    """Return a median's interval with n, or how many runs it takes."""
    if standing.interval is None:
        return f"{RUNS_FOR_INTERVAL} runs needed"
    low, high = standing.interval
    return f"{figure(low)} to {figure(high)} (n = {len(standing.values)})"


def duration(seconds: Seconds) -> str:
    """Return a time as people say it, in whole seconds as long as it is short."""
    return prefixed(float(round(seconds)), "s")


def sparkline(values: Sequence[float], *, width: int) -> str:
    """Return the latest values as blocks, the lowest flat and the highest full."""
    shown = values[-width:]
    if not shown:
        return ""
    low, span = min(shown), max(shown) - min(shown)
    if span == 0:
        return BLOCKS[len(BLOCKS) // 2] * len(shown)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[round(top * ((value - low) / span))] for value in shown)


def printable(text: str) -> str:
    """Return a text as one line with nothing that a terminal obeys."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
