"""`capstone predict`: the speedup that a design can reach, before anything runs (section 41.4.5)."""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from capstone_report.calculators.inputs import (
    NOT_NEGATIVE,
    SHARE,
    Calculator,
    Quantity,
    Workers,
    chart_option,
    json_option,
)

seconds = Quantity("s", NOT_NEGATIVE)
transfer = Quantity("s", NOT_NEGATIVE, over_bandwidth=True)


class PredictInputs(TypedDict):
    """What `capstone predict` is given; None where an option is absent."""

    study: str | None
    project: Path
    t_comp: float | None
    alpha: float | None
    beta: float | None
    model: str | None
    options: tuple[str, ...]
    serial: float | None
    io: float | None
    imbalance: float | None
    overlap: float | None
    scaling: str | None
    workers: tuple[int, ...] | None
    price: float | None
    waiting_value: float | None
    sensitivity: bool
    chart: Path | None
    as_json: bool


@click.command(cls=Calculator)
@click.argument("study", required=False)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="With STUDY: a folder of its workspace; by default the current one.",
)
@click.option("--t-comp", type=Quantity("s"), help="What one machine computes in a step.")
@click.option("--alpha", type=seconds, help="Latency of one message.")
@click.option("--beta", type=transfer, help="Time to move the whole message once over one link.")
@click.option("--model", help="The communication model: ring (default), book-ring, tree, ...")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of the model: servers=4, gamma=5us.",
)
@click.option("--serial", type=seconds, help="What no further worker shortens.")
@click.option("--io", type=seconds, help="Input and output of a step, which the workers share.")
@click.option(
    "--imbalance", type=Quantity("1", NOT_NEGATIVE), help="How much longer the slowest computes."
)
@click.option(
    "--overlap", type=Quantity("1", SHARE), help="The share of compute that hides communication."
)
@click.option("--scaling", type=click.Choice(["strong", "weak"]), help="What stays the same.")
@click.option("--workers", type=Workers(), help="The rows; by default 1, 2, 4 up to 1024.")
@click.option("--price", type=Quantity("USD"), help="USD for a worker's hour: the cheapest size.")
@click.option(
    "--waiting-value", type=Quantity("USD", NOT_NEGATIVE), help="USD for an hour of waiting."
)
@click.option(
    "--sensitivity",
    is_flag=True,
    help="What ten times less and more of each would do; --chart draws it.",
)
@chart_option
@json_option
def predict(**given: Unpack[PredictInputs]) -> None:
    """Predict speedup, efficiency and the sizes worth naming, from constants or for a STUDY.

    Quantities take units ("10 us", "40 ms"); plain numbers are in seconds. The model book-ring is
    the one that the book prints, ring the textbook's.
    """
    from capstone_report.calculators.predict_answer import answer
    from capstone_report.calculators.step_models import asked_of

    answer(asked_of(given), given)
