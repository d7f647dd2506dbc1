"""`capstone probe`: the roofs of this machine, measured, with what they cannot say (41.2, 41.4.2)."""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from capstone_report.calculators.inputs import Calculator, Quantity, chart_option, json_option

DEFAULT_SECONDS = "2"


class ProbeInputs(TypedDict):
    """What `capstone probe` is given; None where an option is absent."""

    only: tuple[str, ...]
    seconds: float
    disk: Path
    cache: float | None
    chart: Path | None
    as_json: bool


@click.command(cls=Calculator)
@click.option("--only", metavar="ROOF", multiple=True, help="A roof to measure (repeatable).")
@click.option(
    "--seconds",
    type=Quantity("s"),
    default=DEFAULT_SECONDS,
    show_default=True,
    help="About how long each roof is measured.",
)
@click.option(
    "--disk",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="A folder on the disk to measure; default: this one.",
)
@click.option(
    "--cache", type=Quantity("B"), help="The last-level cache, where the kernel does not tell it."
)
@chart_option
@json_option
def probe(**given: Unpack[ProbeInputs]) -> None:
    """Measure the roofs of this machine: arithmetic per type, memory, disk, copies to each GPU.

    On the processor with one thread and with all, on every GPU by its own events. Every figure is a
    median with its 95 % interval; one that is noisy or would mean something else says so. Takes less
    than two minutes. Without --only the result is kept, and `capstone roofline --probed` reads it.
    """
    from capstone_report.calculators.probe_answer import answer

    answer(given)
