"""What must be held at once, shown as arithmetic, and how many accelerators hold it.

GB are 10^9 bytes.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from capstone_report.perfmodel.rounding import whole_units

# The share of an accelerator that the allocator, communication buffers and the runtime take.
DEFAULT_HEADROOM = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One summand of a footprint: so many things of so many bytes each, shared out over ranks."""

    name: str
    count: float
    things: str
    """What is counted; empty where the bytes are declared whole."""
    bytes_each: float
    ranks: int = 1

    @property
    def bytes(self) -> float:
        """Return the bytes on one rank."""
        return self.count * self.bytes_each / self.ranks

    @property
    def formula(self) -> str:
        """Return the product as it would stand on paper: 13e9 parameters x 2 B."""
        if not self.things:
            return f"{_gigabytes(self.bytes)} of {self.name}"
        shared = f" / {self.ranks}" if self.ranks > 1 else ""
        return f"{_engineering(self.count)} {self.things} x {self.bytes_each:g} B{shared}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Everything that must be held at once, term by term."""

    terms: tuple[Term, ...]

    @property
    def total_bytes(self) -> float:
        """Return the sum of all terms, in bytes."""
        return sum(term.bytes for term in self.terms)

    @property
    def arithmetic(self) -> str:
        """Return the sum as it would stand on paper, with like terms taken together."""
        like: dict[tuple[float, str, int], Term] = {}
        for term in self.terms:
            kind = (term.count, term.things or term.name, term.ranks)
            before = like[kind].bytes_each if kind in like else 0
            like[kind] = replace(term, bytes_each=before + term.bytes_each)
        formulas = [term.formula for term in like.values()]
        return f"{' + '.join(formulas)} = {_gigabytes(self.total_bytes)}"

    def __add__(self, other: "Footprint") -> "Footprint":
        return Footprint(terms=self.terms + other.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a footprint fits one accelerator, and how many hold it when it is split evenly."""

    footprint: Footprint
    accelerator_bytes: float
    headroom: float
    accelerators: int

    @property
    def fits_one(self) -> bool:
        """Tell whether one accelerator is enough."""
        return self.accelerators == 1

    @property
    def arithmetic(self) -> str:
        """Return the comparison as it would stand on paper."""
        sign = "<=" if self.fits_one else ">"
        limit = _gigabytes(self.accelerator_bytes)
        left = f" less {100 * self.headroom:g} % headroom" if self.headroom else ""
        return f"{self.footprint.arithmetic} {sign} {limit}{left}"


def fit(
    footprint: Footprint, *, accelerator_bytes: float, headroom: float = DEFAULT_HEADROOM
) -> Fit:
    """Compare a footprint with the accelerators at hand."""
    return Fit(
        footprint=footprint,
        accelerator_bytes=accelerator_bytes,
        headroom=headroom,
        accelerators=accelerators_for(
            footprint.total_bytes, accelerator_bytes=accelerator_bytes, headroom=headroom
        ),
    )


def accelerators_for(
    needed_bytes: float, *, accelerator_bytes: float, headroom: float = DEFAULT_HEADROOM
) -> int:
    """Return how many accelerators hold that many bytes when each keeps a share free.

    The ceiling of bytes / ((1 - headroom) M), at least 1; book section 41.5.3 is headroom 0.
    Domain: 0 <= headroom < 1.
    """
    kept = 1 - Fraction(str(headroom))
    return max(1, whole_units(needed_bytes, each=kept * Fraction(str(accelerator_bytes))))


def _gigabytes(amount_bytes: float) -> str:
    """Return an amount in GB, in four digits."""
    return f"{amount_bytes / 1e9:.4g} GB"


def _engineering(number: float) -> str:
    """Return a number with an exponent that is a multiple of three: 13e9."""
    exponent = int(f"{number:e}".partition("e")[2]) // 3 * 3
    return f"{number / 10**exponent:g}e{exponent}" if exponent > 0 else f"{number:g}"
