"""Times, amounts of money and long lines as a terminal shows them."""

from textwrap import fill

from capstone_report.analysis.remaining import Remaining
from capstone_report.units import Seconds, Usd, prefixed

MINUTE, HOUR, DAY = 60, 3600, 86_400
SECONDS_BELOW = 10 * MINUTE
TENTHS_BELOW = 10
"""Seconds from which on a tenth of one says nothing."""
CENT = 0.01
CUT = "..."


def duration(seconds: Seconds) -> str:
    """Return a time in its two largest units: 33 s, 1 min 26 s, 12 min, 1 h 10 min, 3 d 4 h."""
    if seconds < TENTHS_BELOW:
        return prefixed(round(seconds, 1) if seconds >= 1 else seconds, "s")
    if round(seconds) < MINUTE:
        return f"{seconds:.0f} s"
    if round(seconds) < SECONDS_BELOW:
        return _both(round(seconds), MINUTE, ("min", "s"))
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{minutes} min"
    if seconds < 2 * DAY:
        return _both(minutes, HOUR // MINUTE, ("h", "min"))
    return _both(round(seconds / HOUR), DAY // HOUR, ("d", "h"))


def _both(smaller: int, each: int, units: tuple[str, str]) -> str:
    """Return a count of a smaller unit in the larger one and what is left."""
    whole, rest = divmod(smaller, each)
    return f"{whole} {units[0]} {rest} {units[1]}" if rest else f"{whole} {units[0]}"


def usd(amount: Usd) -> str:
    """Return an amount of money: whole cents, or two digits of what is less than a cent."""
    return f"{amount:,.2f} USD" if amount >= CENT or amount == 0 else f"{amount:.2g} USD"


def bounded_duration(total: Remaining) -> str:
    """Return how long runs take about and at most, and of how many nothing is known."""
    limit = f"at most {duration(total.at_most_s)}"
    if total.unknown == total.runs:
        return f"{limit} (nothing like them has been measured)"
    more = f" and {total.unknown} runs of unknown time" if total.unknown else ""
    return f"about {duration(total.seconds)}{more}, {limit}"


def bounded_usd(total: Remaining) -> str:
    """Return what runs cost about and at most."""
    limit = f"at most {usd(total.at_most_usd or 0)}"
    if total.unknown == total.runs:
        return limit
    return f"about {usd(total.usd or 0)}, {limit}"


def fitted(text: str, width: int | None) -> str:
    """Return a text that is no wider than asked, its middle left out where it must be."""
    if width is None or len(text) <= width:
        return text
    kept = width - len(CUT)
    return f"{text[: kept - kept // 2]}{CUT}{text[len(text) - kept // 2 :]}"


def indented(text: str, indent: int, width: int | None) -> str:
    """Return a text behind spaces, broken between words where it would be wider than asked.

    What a program wrote may stand in it, so characters that command a terminal are left out.
    """
    safe = "".join(character if character.isprintable() else "?" for character in text)
    if width is None:
        return " " * indent + safe
    return fill(
        safe,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
