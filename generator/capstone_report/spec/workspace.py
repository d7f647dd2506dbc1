"""The workspace: the site, the price book and the machines, as capstone.toml declares them."""

from datetime import date
from typing import Annotated

from pydantic import Field

from capstone_report.spec.base import Declared, Format, Line, Name


class Site(Declared):
    """The site that `capstone build` writes."""

    title: Line
    """The site's title."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s\"'<>]+$")] | None = None
    """Where it will be published; needed only to publish."""
    machine: Name | None = None
    """The machine whose records the site shows; without it, the only one that has records."""


class Price(Declared):
    """One price with its date and source; without them it is not a price but a guess."""

    usd_per_hour: Annotated[float, Field(ge=0, json_schema_extra={"unit": "USD/h"})]
    """The price of one unit for one hour, in USD."""
    unit: Line
    """What one unit is: a core, an accelerator, a machine."""
    date: date
    """The day on which the price was true."""
    source: Line
    """Where the price stands."""
    estimate: bool = False
    """Whether it is an estimate rather than a quoted price."""


class Machine(Declared):
    """What a reader should know about a machine whose records are shipped."""

    note: Line
    """In one line: what it is, and what else ran on it."""
    tdp_w: Annotated[float, Field(gt=0, json_schema_extra={"unit": "W"})] | None = None
    """What its processors, and the GPUs that work, draw at most, in W; where no counter of energy can be read, energy is estimated with it."""


class Workspace(Declared):
    """The workspace file, capstone.toml."""

    format: Format
    """The version of this file's format."""
    site: Site
    """The site."""
    prices: dict[Name, Price] = Field(default_factory=dict)
    """The price book, by name."""
    machines: dict[Name, Machine] = Field(default_factory=dict)
    """What is known of machines, by the name of their results folder."""
