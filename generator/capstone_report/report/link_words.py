"""How the constants of a link are said: with their intervals, and the sizes that they were read from."""

from capstone_report.perfmodel.link import Constant
from capstone_report.units import Bytes, prefixed


def size_words(size: Bytes) -> str:
    """Return a size by powers of two, as programs choose sizes: 64 B, 16 KiB, 4 MiB."""
    for unit, many in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= many and size * 10 % many == 0:
            return f"{size / many:g} {unit}"
    return f"{size:,} B"


def latency_words(constant: Constant) -> str:
    """Return a latency with its interval; without a number where it is not identified."""
    return _words(constant, constant.value, constant.low, constant.high, "s")


def bandwidth_words(constant: Constant) -> str:
    """Return the bandwidth that a beta means, with its interval."""
    if constant.doubt is not None:
        return _words(constant, 0.0, None, None, "B/s")
    ends = [1 / end for end in (constant.high, constant.low) if end]
    return _words(constant, 1 / constant.value, ends[0], ends[1], "B/s")


def _words(
    constant: Constant, value: float, low: float | None, high: float | None, unit: str
) -> str:
    """Return a constant with its interval and the sizes that it was read from."""
    first, last = size_words(constant.sizes[0]), size_words(constant.sizes[-1])
    of = f"from {len(constant.sizes)} sizes, {first} to {last}"
    if constant.doubt is not None or low is None or high is None:
        return f"not identified, {of}"
    ends = f"{prefixed(low, unit)} to {prefixed(high, unit)}"
    return f"{prefixed(value, unit)} ({ends}), {of}"
