"""`capstone roofline`: which ceiling a step meets first, and whether peers would help (41.2.2)."""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from capstone_report.calculators.inputs import (
    NOT_NEGATIVE,
    Calculator,
    Quantity,
    WholeNumber,
    chart_option,
    json_option,
)


class RooflineInputs(TypedDict):
    """What `capstone roofline` is given; None where an option is absent."""

    peak_flops: float | None
    bandwidth: float | None
    probed: str | None
    at: str
    flops: float
    bytes: float
    net_bytes: float | None
    net_bandwidth: float | None
    latency: float | None
    collective: str | None
    workers: int
    measured: float | None
    working_set: float | None
    memory: float | None
    streams: str | None
    chart: Path | None
    as_json: bool


@click.command(cls=Calculator)
@click.option("--peak-flops", type=Quantity("FLOP/s"), help="Roof of the arithmetic.")
@click.option("--bandwidth", type=Quantity("B/s"), help="Roof of the memory.")
@click.option(
    "--probed",
    metavar="TYPE",
    help="Take both from the last `capstone probe`: float32, bfloat16, ...",
)
@click.option(
    "--at", metavar="PLACE", default="cpu", show_default=True, help="Of which place: cpu/1, cuda:0."
)
@click.option("--flops", type=Quantity("FLOP"), required=True, help="What a step computes.")
@click.option("--bytes", type=Quantity("B"), required=True, help="What it moves from memory.")
@click.option("--net-bytes", type=Quantity("B", NOT_NEGATIVE), help="What a worker sends to peers.")
@click.option("--net-bandwidth", type=Quantity("B/s"), help="The bandwidth of that link.")
@click.option("--latency", type=Quantity("s", NOT_NEGATIVE), help="The latency of a message.")
@click.option(
    "--collective", help="How peers exchange --net-bytes, now the whole message: ring, tree, ..."
)
@click.option("--workers", type=WholeNumber(), default=1, help="How many share it.")
@click.option(
    "--measured", type=Quantity("s"), help="What it really takes on one machine, data in memory."
)
@click.option("--working-set", type=Quantity("B"), help="What must be held at once.")
@click.option("--memory", type=Quantity("B"), help="What one device holds.")
@click.option(
    "--streams", type=click.Choice(["parameters", "examples"]), help="What memory is read for."
)
@chart_option
@json_option
def roofline(**given: Unpack[RooflineInputs]) -> None:
    """Place a step under the roofs of a machine, and say what more workers would meet.

    Roofs are best measured on the machine itself, in the precision of the step: --probed takes those
    of `capstone probe`; "cpu" is the processor with as many threads as were probed at most. The bytes count
    compulsory traffic, so the intensity is an upper bound of the true one.
    """
    from capstone_report.calculators.roofline_answer import answer

    answer(given)
