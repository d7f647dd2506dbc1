"""What a calculator is given: quantities with units, worker counts, a chart's file; all faults at once."""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from capstone_report.errors import Problem, UsageError
from capstone_report.findings.environment import INPUTS_DO_NOT_FIT, NOT_A_QUANTITY
from capstone_report.units import QuantityError, parse_quantity

PROBLEMS = "capstone.problems"
CHART_SUFFIXES = (".svg", ".png", ".html")
# Beyond these a number is a slip of the keyboard, and products of a few of them are no floats.
SMALLEST, LARGEST = 1e-30, 1e30


class Calculator(click.Command):
    """A command that reports everything that is wrong with its inputs together, before it begins."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command if its inputs are sound.

        Raises:
            UsageError: an input is not; carries every one.
        """
        UsageError.collect(ctx.meta.get(PROBLEMS, ()))
        return super().invoke(ctx)


def keep(problem: Problem) -> None:
    """Keep a problem until every input is read."""
    click.get_current_context().meta.setdefault(PROBLEMS, []).append(problem)


def misfit(where: str, reason: str, remedy: str) -> Problem:
    """Return the problem of inputs that do not fit together."""
    return INPUTS_DO_NOT_FIT(where, reason=reason, remedy=remedy)


def together(given: dict[str, object], names: Iterable[str]) -> bool:
    """Tell whether all options of a group are given, or none of them is.

    Raises:
        UsageError: some are and others are missing.
    """
    names = tuple(names)
    missing = [option(name) for name in names if given[name] is None]
    if 0 < len(missing) < len(names):
        here = ", ".join(option(name) for name in names if given[name] is not None)
        raise UsageError(
            misfit(here, "is not enough to compute with", f"add {', '.join(missing)}, too")
        )
    return not missing


def option(name: str) -> str:
    """Return a parameter's name as it is typed."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Which amounts make sense, in words and as a test."""

    words: str
    holds: Callable[[float], bool]


POSITIVE = Domain(words="above 0", holds=lambda amount: amount > 0)
NOT_NEGATIVE = Domain(words="0 or more", holds=lambda amount: amount >= 0)
AT_LEAST_ONE = Domain(words="1 or more", holds=lambda amount: amount >= 1)
SHARE = Domain(words="from 0 to 1", holds=lambda amount: 0 <= amount <= 1)
POSITIVE_SHARE = Domain(words="above 0, and at most 1", holds=lambda amount: 0 < amount <= 1)
SHARE_BELOW_ONE = Domain(words="from 0 on and below 1", holds=lambda amount: 0 <= amount < 1)


class Input(click.ParamType):  # type: ignore[type-arg] # generic in newer releases only
    """An option's value: it is always read, and what is wrong with it is kept, not raised."""

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002 - click passes it
    ) -> object:
        """Return the value of an option, as click asks for it."""
        return self.read(str(value), option(param.name or "") if param else "")

    def get_metavar(
        self,
        param: click.Parameter,  # noqa: ARG002 - click passes it
        ctx: click.Context,  # noqa: ARG002 - click passes it
    ) -> str:
        """Return what stands for the value in the help: a unit is not to be shouted."""
        return self.name

    @abstractmethod
    def read(self, text: str, where: str) -> object:
        """Return the value that a text means; keep what is wrong with it, and return any other."""


class Quantity(Input):
    """An amount in a unit, within a domain."""

    def __init__(
        self, unit: str, domain: Domain = POSITIVE, *, over_bandwidth: bool = False
    ) -> None:
        """Ask for a unit of the table, or for hours; tell a time that is bytes over a bandwidth."""
        self.unit, self.domain, self.over_bandwidth = unit, domain, over_bandwidth
        self.name = "number" if unit == "1" else unit

    def read(self, text: str, where: str) -> float:
        """Return the amount that a text says; keep what is wrong with it, and return 1 instead."""
        try:
            amount = parse_quantity(text, self.unit)
        except QuantityError as error:
            keep(misplaced(text, where, self.unit, error))
            return 1.0
        sensible = amount == 0 or SMALLEST <= abs(amount) <= LARGEST
        if sensible and self.domain.holds(amount):
            return amount
        wanted = self.domain.words if sensible else f"from {SMALLEST:g} to {LARGEST:g}"
        keep(
            NOT_A_QUANTITY(
                where,
                reason=f"{text.strip()!r} is out of range",
                remedy=f"give an amount that is {wanted}",
            )
        )
        return 1.0


def misplaced(text: str, where: str, unit: str, error: QuantityError) -> Problem:
    """Return what is wrong with an amount; one of another kind is told which option takes that kind."""
    kind = _kind(text)
    if kind is None or kind == unit or unit not in KINDS:
        return NOT_A_QUANTITY(where, reason=error.reason, remedy=error.remedy)
    reason = f"{where} is {KINDS[unit]}, and {text.strip()!r} is {KINDS[kind]}"
    return NOT_A_QUANTITY(where, reason=reason, remedy=f"{_taken(kind)}; {error.remedy}")


KINDS = {
    "s": "a time",
    "B/s": "a bandwidth",
    "B": "an amount of bytes",
    "FLOP/s": "a rate of arithmetic",
    "FLOP": "an amount of arithmetic",
}
"""What an amount in a unit is, in words."""
_BITS_PER_S = re.compile(r"(?:bits?/s|b/s|bps)$")


def _kind(text: str) -> str | None:
    """Return the unit in which a text is an amount, though its option asks for another."""
    in_bytes = _BITS_PER_S.sub("B/s", text.strip())
    for unit in KINDS:
        with suppress(QuantityError):
            parse_quantity(in_bytes, unit)
            return unit
    return None


def _taken(kind: str) -> str:
    """Return which options of the command take a kind of amount, itself or what it leads to."""
    types = {
        option(parameter.name or ""): parameter.type
        for parameter in click.get_current_context().command.params
        if isinstance(parameter.type, Quantity)
    }
    takers = [name for name, quantity in types.items() if quantity.unit == kind]
    if takers:
        return f"{KINDS[kind]} is what {' or '.join(takers)} takes"
    if kind == "B/s" and (over := [name for name, taken in types.items() if taken.over_bandwidth]):
        return f"{over[0]} takes a bandwidth as the time it leads to: the message's bytes over it"
    return f"no option takes {KINDS[kind]}"


class Premium(Quantity):
    """How many times the plain price another one is: a factor, which no percentage says clearly."""

    def __init__(self) -> None:
        """Ask for a plain number."""
        super().__init__("1")

    def read(self, text: str, where: str) -> float:
        """Return the factor that a text says; keep that a percentage is none, and return 1 instead."""
        share = _share(text)
        if share is None:
            return super().read(text, where)
        more = f"write {1 + share:.6g} for {100 * share:.6g} % more"
        of = f", or {share:.6g} for {100 * share:.6g} % of the plain price" * (share > 1)
        reason = f"{text.strip()!r} is a share, and {where} is a factor of the plain price"
        keep(NOT_A_QUANTITY(where, reason=reason, remedy=more + of))
        return 1.0


def _share(text: str) -> float | None:
    """Return the share that a percentage says; None where a text is none."""
    with suppress(QuantityError):
        if text.rstrip().endswith("%") and (share := parse_quantity(text, "1")) >= 0:
            return share
    return None


class WholeNumber(Quantity):
    """How many there are of something; "70 k" is a whole number, too."""

    def __init__(self, domain: Domain = AT_LEAST_ONE) -> None:
        """Ask for a plain number."""
        super().__init__("1", domain)

    def read(self, text: str, where: str) -> int:
        """Return the number that a text says; keep what is wrong with it, and return 1 instead."""
        number = super().read(text, where)
        if number == int(number):
            return int(number)
        keep(
            NOT_A_QUANTITY(
                where, reason=f"{text.strip()!r} is not whole", remedy="give a whole number"
            )
        )
        return 1


class Workers(Input):
    """Numbers of workers, separated by commas."""

    name = "1,2,4"

    def read(self, text: str, where: str) -> tuple[int, ...]:
        """Return the numbers in rising order, each once; keep what is wrong with them."""
        each = WholeNumber()
        return tuple(sorted({each.read(part, where) for part in text.split(",")}))


class ChartFile(Input):
    """A file that a chart can be written to."""

    name = "file"

    def read(self, text: str, where: str) -> Path:
        """Return the path; keep a suffix that no chart has."""
        path = Path(text)
        if path.suffix.lower() not in CHART_SUFFIXES:
            remedy = f"name a file that ends in {', '.join(CHART_SUFFIXES)}"
            keep(misfit(where, f"{path.name!r} does not say which kind of chart", remedy))
        if not path.parent.is_dir():
            remedy = "make it, or name a file in a folder that exists"
            keep(misfit(where, f"the folder {str(path.parent)!r} does not exist", remedy))
        return path


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
chart_option = click.option(
    "--chart", type=ChartFile(), help="Draw it, too: FILE.svg, FILE.png or FILE.html."
)
