"""What `capstone size --book` answers: the book's printed arithmetic (code 41.5.1), to compare with."""

from dataclasses import asdict
from typing import cast

import click

from capstone_report.calculators.inputs import misfit, option
from capstone_report.calculators.size import SizeInputs
from capstone_report.errors import UsageError
from capstone_report.perfmodel.book_sizing import BOOK_PROFILES, BookSize, book_sizing
from capstone_report.terminal.output import print_json

NEEDED = ("hours", "budget")
TAKEN = {"params", "dataset", "qps", "mode", "axis", *NEEDED}
REMARK = "This is the book's arithmetic, its mistakes included; without --book it is done right."


def answer_as_printed(given: SizeInputs) -> None:
    """Print a block of the book's output, for one of its profiles or for the given inputs.

    Raises:
        UsageError: an input is missing, or the book's helper does not take it.
    """
    _refuse_strange(given)
    sized = BOOK_PROFILES[given["profile"].upper()] if given["profile"] else _sized(given)
    if given["as_json"]:
        print_json("size", book=asdict(sized), remark=REMARK)
        return
    click.echo(sized.printed)
    click.echo(REMARK, err=True)


def _refuse_strange(given: SizeInputs) -> None:
    """Refuse what a profile says already, and what the printed helper does not take."""
    profile, axis = given["profile"], given["axis"]
    taken = {"profile"} if profile else TAKEN - {"mode" if axis else ""}
    strange = [
        option(name)
        for name, value in given.items()
        if value is not None and name not in taken | {"book", "as_json"}
    ]
    if strange and profile:
        reason = f"profile {profile} is printed as the book has it"
        raise UsageError(misfit(", ".join(strange), reason, "leave it out, or leave --profile out"))
    if strange == ["--mode"]:
        raise UsageError(misfit("--mode", "--axis says already which row", "leave one of them out"))
    if strange:
        reason = "the printed helper does not take it"
        raise UsageError(misfit(", ".join(strange), reason, "leave it out, or --book"))


def _sized(given: SizeInputs) -> BookSize:
    """Return the printed arithmetic of the given inputs."""
    values = cast("dict[str, object]", given)
    missing = [option(name) for name in NEEDED if values[name] is None]
    if given["params"] is None and given["dataset"] is None:
        missing = ["--params or --dataset", *missing]
    if missing:
        remedy = "give them, or one of the book's profiles: --profile A"
        raise UsageError(misfit(", ".join(missing), "the printed helper needs these", remedy))
    return book_sizing(
        "As printed",
        billion_parameters=(given["params"] or 0.0) / 1e9,
        dataset_terabytes=(given["dataset"] or 0.0) / 1e12,
        requests_per_s=int(given["qps"] or 0),
        axis=given["axis"] or ("serving" if given["mode"] == "serve" else "training"),
        hours=given["hours"] or 0.0,
        budget_usd=given["budget"] or 0.0,
    )
