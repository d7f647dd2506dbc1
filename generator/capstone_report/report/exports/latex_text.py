"""Text as LaTeX reads it: specials escaped, signs beyond its fonts as mathematics or as their number."""

import re
import unicodedata

SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "\u00a0": "~",
    "\u00b7": r"\textperiodcentered{}",
    "\u2013": r"\textendash{}",
    "\u2014": r"\textemdash{}",
    "\u2018": r"\textquoteleft{}",
    "\u2019": r"\textquoteright{}",
    "\u201c": r"\textquotedblleft{}",
    "\u201d": r"\textquotedblright{}",
    "\u2026": r"\ldots{}",
    "\u20ac": r"\texteuro{}",
    "\u00d7": r"$\times$",
    "\u00b1": r"$\pm$",
    "\u00b5": r"$\mu$",
    "\u2212": r"$-$",
    "\u2248": r"$\approx$",
    "\u2260": r"$\neq$",
    "\u2264": r"$\leq$",
    "\u2265": r"$\geq$",
    "\u2190": r"$\leftarrow$",
    "\u2192": r"$\rightarrow$",
    "\u2194": r"$\leftrightarrow$",
    "\u221e": r"$\infty$",
    "\u221a": r"$\surd$",
    "\u2211": r"$\sum$",
    "\u2202": r"$\partial$",
    "\u2208": r"$\in$",
    **{
        sign: f"${command}$"
        for sign, command in {
            "\u03b1": r"\alpha",
            "\u03b2": r"\beta",
            "\u03b3": r"\gamma",
            "\u03b4": r"\delta",
            "\u03b5": r"\varepsilon",
            "\u03b7": r"\eta",
            "\u03b8": r"\theta",
            "\u03ba": r"\kappa",
            "\u03bb": r"\lambda",
            "\u03bc": r"\mu",
            "\u03c0": r"\pi",
            "\u03c1": r"\rho",
            "\u03c3": r"\sigma",
            "\u03c4": r"\tau",
            "\u03c6": r"\varphi",
            "\u03c7": r"\chi",
            "\u03c9": r"\omega",
            "\u0394": r"\Delta",
            "\u03a3": r"\Sigma",
            "\u03a9": r"\Omega",
        }.items()
    },
}
BREAKABLE = "/=,_.-+:"
"""Where a long word without blanks, such as a case's name, may go on in the next line."""
LONG = 12
JOINED = "-',"
"""The signs that the fonts join to another one where two of them meet."""
LETTERS = re.compile(
    "[\u00a1-\u00ac\u00ae-\u0107\u010c-\u010f\u0118-\u011b\u0139-\u0148\u0150-\u0155\u0158-\u0165\u016e-\u0171\u0178-\u017e]"
)
"""The letters that the usual fonts of pdflatex have."""
UNSEEN = {"Cc", "Cf"}


def escaped(text: str) -> str:
    """Return text that LaTeX sets as itself, whose long words may be broken."""
    return re.sub(r"[^ \n\t]+", lambda word: _word(word[0]), text)


def typewriter(text: str, *, blanks: bool = False) -> str:
    """Return code as LaTeX sets it in one width; `blanks` keeps each blank."""
    said = escaped(text)
    return said.replace(" ", "~") if blanks else said


def _word(word: str) -> str:
    """Return a word with every sign escaped."""
    parts, before = [], ""
    for sign in word:
        parts.append("{}" if sign == before and sign in JOINED else "")
        parts.append(_sign(sign))
        parts.append("\\allowbreak{}" if sign in BREAKABLE and len(word) >= LONG else "")
        before = sign
    return "".join(parts)


def _sign(sign: str) -> str:
    """Return one sign; without its accent where a font has no such letter, else as its number."""
    if sign in SPECIALS:
        return SPECIALS[sign]
    if sign.isascii() or LETTERS.match(sign):
        return "" if unicodedata.category(sign) in UNSEEN else sign
    if unicodedata.category(sign) in UNSEEN or unicodedata.combining(sign):
        return ""
    plain = unicodedata.normalize("NFKD", sign)[0]
    return SPECIALS.get(plain, plain) if plain.isascii() else f"[U+{ord(sign):04X}]"
