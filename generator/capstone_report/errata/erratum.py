"""An erratum: one passage of the book that is wrong or loose, and the numbers that show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One quantity, as the book prints it and as it is; both rounded as they are shown."""

    quantity: str
    """What it counts or measures, with its unit."""
    right: str
    printed: str = ""
    """Empty where the book gives no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """One passage that a reader should not take as it stands."""

    code: str
    section: str
    """The numbered part of a section of the book: 41.4.5."""
    title: str
    printed: str
    """What the book says, in our words."""
    right: str
    matters: str
    """What follows from the difference, and by how much."""
    figures: tuple[Figure, ...] = ()
    reproduced_by: str = ""
    """The named mode that gives the printed numbers."""
