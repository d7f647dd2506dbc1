"""What may enter a record: known facts in their known shapes, and no word that names somebody."""

import getpass
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from socket import gethostname

from capstone_report.results.known_facts import KNOWN_FACTS

Found = Mapping[str, str | None]

ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
ORDINARY = {"root", "user", "ubuntu", "debian", "fedora", "centos", "linux", "localhost"}
"""Names that so many machines and users have that they name none."""


def allowed(found: Found, *, private: Iterable[str] | None = None) -> dict[str, str]:
    """Return the facts that are known, shaped as known, and free of `private` words and addresses.

    The private words are the names of this host and user and the home folder.
    """
    words = names_here() if private is None else frozenset(private)
    return {
        name: value
        for name, value in sorted(found.items())
        if value is not None and _is_shaped(name, value) and not _names_somebody(value, words)
    }


@cache
def names_here() -> frozenset[str]:
    """Return the words that name this host or this user, as far as the system knows them."""
    host = gethostname().lower()
    words = {host, host.split(".")[0], Path.home().name.lower(), _user()}
    return frozenset(words - ORDINARY - {""})


def _user() -> str:
    """Return the user's name; nothing for a number without a name."""
    try:
        return getpass.getuser().lower()
    except (KeyError, OSError):
        return ""


def _is_shaped(name: str, value: str) -> bool:
    """Tell whether a fact is listed and looks as it is listed."""
    known = KNOWN_FACTS.get(name)
    return known is not None and re.fullmatch(known.shape, value) is not None


def _names_somebody(value: str, words: Iterable[str]) -> bool:
    """Tell whether a value holds an address, or a private word as a whole."""
    text = value.lower()
    named = any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words)
    return named or ADDRESS.search(value) is not None
