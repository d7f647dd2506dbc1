"""How wide text is without measuring it, and how it is broken into the lines of a drawing.

An SVG breaks no lines, and the reader's font is unknown: every width is the one of a wide
sans-serif (DejaVu Sans), so that what fits here fits in narrower fonts too.
"""

import re
import unicodedata
from itertools import chain

NARROW, SLENDER, WIDE, CAPITAL = "ijl|.,:;'!", 'ftr()[]/-" ', "mwMW@%…", 0.78
EM_OF_BOLD = 1.12


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in units of the drawing, rather too much than too little."""
    return sum(map(_em, text)) * size * (EM_OF_BOLD if bold else 1.0)


def _em(character: str) -> float:
    """Return the width of one character as a share of the font size."""
    if character in NARROW:
        return 0.36
    if character in SLENDER:
        return 0.42
    if character in WIDE:
        return 1.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.4
    if character.isupper() or not character.isascii():
        return CAPITAL
    return 0.65


def wrapped(text: str, *, width: float, size: float, lines: int, bold: bool = False) -> list[str]:
    """Return text as at most so many lines of at most that width; an ellipsis says what is missing."""
    found = [""]
    for word in chain.from_iterable(_pieces(w, width, size, bold) for w in text.split()):
        space = "" if found[-1].endswith("-") and word not in text.split() else " "
        line = f"{found[-1]}{space}{word}".lstrip()
        if text_width(line, size=size, bold=bold) <= width:
            found[-1] = line
        else:
            found.append(word)
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while text_width(f"{last}…", size=size, bold=bold) > width:
        last = last[:-1]
    return [*found[: lines - 1], f"{last.rstrip()}…"]


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:  # noqa: FBT001 - only passed through
    """Cut a word that is wider than a line into pieces that are not, after hyphens if it has any."""
    if text_width(word, size=size, bold=bold) <= width:
        return [word]
    parts = [part for part in re.split(r"(?<=-)", word) if part]
    if len(parts) > 1:
        return list(chain.from_iterable(_pieces(part, width, size, bold) for part in parts))
    pieces = [""]
    for character in word:
        if text_width(pieces[-1] + character, size=size, bold=bold) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
