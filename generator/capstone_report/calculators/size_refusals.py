"""What `capstone size` refuses: what is missing, what is unknown, and what would decide nothing."""

import shlex
from collections.abc import Iterable
from typing import cast

from capstone_report.calculators.inputs import misfit, option, together
from capstone_report.calculators.kv_cache import OF_A_CACHE
from capstone_report.calculators.size import SizeInputs
from capstone_report.calculators.sized import SERVICE
from capstone_report.errors import UsageError
from capstone_report.perfmodel.memory import BYTES_PER_WEIGHT, TrainingRecipe

BOOK_ONLY = ("profile", "axis", "dataset", "budget")
OF_TOKENS = ("peak_flops", "mfu")
TO_TRAIN = ("tokens", *OF_TOKENS, "recipe")
TO_SERVE = ("qps", "qps_per_replica", *OF_A_CACHE, "precision")


def refuse_misfits(given: SizeInputs) -> None:
    """Refuse inputs that say too little, belong elsewhere or decide nothing.

    Raises:
        UsageError: some do.
    """
    values = cast("dict[str, object]", given)
    _refuse(values, BOOK_ONLY, "belongs to the book's helper", "add --book")
    if given["params"] is None:
        raise UsageError(misfit("--params", "the model has no size", "give one: --params 70e9"))
    _refuse_other_mode(values, serves=given["mode"] == "serve")
    _refuse_without_time(given)
    _refuse_open_quotes(given["program"] or "")
    _known("recipe", given["recipe"], list(TrainingRecipe))
    _known("precision", given["precision"], list(BYTES_PER_WEIGHT))


def _refuse(values: dict[str, object], names: Iterable[str], reason: str, remedy: str) -> None:
    """Refuse those of the options that are given."""
    strange = [option(name) for name in names if values[name] is not None]
    if strange:
        raise UsageError(misfit(", ".join(strange), reason, remedy))


def _refuse_other_mode(values: dict[str, object], *, serves: bool) -> None:
    """Refuse what sizes the other mode only."""
    reason = f"does not size {'serving' if serves else 'training'}"
    remedy = f"leave it out, or choose --mode {'train' if serves else 'serve'}"
    _refuse(values, TO_TRAIN if serves else TO_SERVE, reason, remedy)


def _refuse_without_time(given: SizeInputs) -> None:
    """Refuse work and prices without hours, and what decides nothing without work or prices."""
    values = cast("dict[str, object]", given)
    together(values, SERVICE)
    if given["hours"] is None:
        _refuse(values, ("price",), "takes a time to pay for", "add --hours, too")
        _refuse(values, ("tokens",), "takes a time to pass them in", "add --hours, too")
    if given["tokens"] is None:
        reason = "says how fast tokens are passed, and there are none"
        _refuse(values, OF_TOKENS, reason, "add --tokens and --hours")
    if given["price"] is None:
        reason = "compares prices, and there is none"
        _refuse(values, SERVICE, reason, "add --price and --hours")
        if given["tokens"] is None:
            remedy = "add --price" if given["mode"] == "serve" else "add --tokens, or --price"
            _refuse(values, ("hours",), "is a time that nothing takes", remedy)


def _refuse_open_quotes(program: str) -> None:
    """Refuse a program that no shell reads to its end."""
    try:
        shlex.split(program)
    except ValueError as error:
        reason = f"a shell would not read {program!r} to its end"
        raise UsageError(misfit("--program", reason, "close the quote")) from error


def _known(name: str, value: str | None, known: list[str]) -> None:
    """Refuse a word that is not one of those that are known."""
    if value is not None and value not in known:
        remedy = f"there are: {', '.join(known)}"
        raise UsageError(misfit(option(name), f"there is no {value!r}", remedy))
