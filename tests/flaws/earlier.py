"""Flaws that rules from before name: the situations of their examples, in the same words."""

from collections.abc import Callable, Mapping
from pathlib import Path

from findings import situations_in_circumstances, situations_in_records, situations_of_faults
from findings.situation import Seen

NUMBERS = (
    303, 304, 305, 307, 308, 310, 312, 313, 314, 316, 330, 331, 332, 333, 334, 335, 341, 354, 355, 357,
    360, 401, 402, 404, 405, 406, 407, 409, 411, 412, 413, 416, 417, 418, 419, 420, 421,
)  # fmt: skip
CODES = [f"CAP{number}" for number in NUMBERS]

EARLIER: Mapping[str, Callable[[Path], Seen]] = {
    code: vars(module)[code.lower()]
    for code in CODES
    for module in (situations_in_records, situations_in_circumstances, situations_of_faults)
    if code.lower() in vars(module)
}
"""By code, the situation with the flaw and the same without it."""


def words_of(code: str) -> str:
    """Return the flaw of a code in words."""
    text = " ".join((EARLIER[code].__doc__ or "").split()).rstrip(".")
    return text[0].lower() + text[1:]
