"""Which regular expressions can take forever: a repetition inside a repetition.

(a+)+b tries every way to cut a row of a's into pieces: 2^n of them before it fails.
"""

import re

TOKEN = re.compile(
    r"\\."  # what is escaped stands for itself, or for a class
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a class: one character
    r"|(?P<comment>\(\?#[^)]*\))"
    r"|(?P<settings>\(\?[aiLmsux]+\))"
    r"|(?P<atomic>\(\?>)"
    r"|(?P<open>\((?:\?(?:P<\w+>|<?[=!]|[aiLmsux-]*:|P[=>]|\())?)"
    r"|(?P<close>\))"
    r"|(?P<repeat>[*+]|\{\d*,\d*\})(?P<possessive>\+)?\??"
    r"|.",
    re.DOTALL,
)


def nested_quantifier(pattern: str) -> str | None:
    """Return the first group that is repeated without limit and repeats something itself.

    What cannot be given back, an atomic group or a possessive quantifier, is no danger.
    """
    groups: list[tuple[int, bool, bool]] = []
    inside, closed = False, None
    for token in TOKEN.finditer(pattern):
        if token["open"] or token["atomic"]:
            groups.append((token.start(), inside, bool(token["atomic"])))
            inside, closed = False, None
        elif token["close"] and groups:
            start, outside, atomic = groups.pop()
            closed = start if inside and not atomic else None
            inside = outside or closed is not None
        else:
            if token["repeat"] and _is_unlimited(token["repeat"]) and not token["possessive"]:
                if closed is not None:
                    return pattern[closed : token.end()]
                inside = True
            closed = None
    return None


def _is_unlimited(quantifier: str) -> bool:
    """Tell whether a quantifier repeats as often as it can."""
    return quantifier in {"*", "+"} or quantifier.endswith(",}")
