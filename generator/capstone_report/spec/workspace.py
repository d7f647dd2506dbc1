"""The workspace: the site, the price book and the machines, as capstone.toml declares them."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.spec.base import Count, Declared, Duration, Format, Line, Name


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


class Carbon(Declared):
    """What a kilowatt-hour emits where a machine stands, with its date and source."""

    kg_per_kwh: Annotated[float, Field(ge=0, le=10, json_schema_extra={"unit": "kgCO2e/kWh"})]
    """The carbon intensity of its electricity, in kg of CO2 equivalents."""
    pue: Annotated[float, Field(ge=1, le=10, json_schema_extra={"unit": "1"})] = 1.0
    """The power usage effectiveness: what the whole building draws over what its machines do."""
    date: date
    """The day, or the year's last day, that the figures are for."""
    source: Line
    """Where they stand."""


class Machine(Declared):
    """What a reader should know about a machine whose records are shipped."""

    note: Line
    """In one line: what it is, and what else ran on it."""
    tdp_w: Annotated[float, Field(gt=0, json_schema_extra={"unit": "W"})] | None = None
    """What its processors, and the GPUs that work, draw at most, in W; where no counter of energy can be read, energy is estimated with it."""
    carbon: Carbon | None = None
    """What its electricity emits; without it no carbon is reported."""


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.,:=&|()*@/+-]{0,199}$")]
"""A word of a scheduler's language, such as a partition or a list of features."""


class ClusterSite(Declared):
    """What the profiles of all clusters say."""

    scheduler: ClassVar[str]
    """The kind of the launcher whose runs they are for."""

    modules: tuple[Word, ...] = ()
    """Environment modules that a job loads before it starts anything."""
    container: tuple[Line, ...] = ()
    """What a job starts its program with, as a list, such as ["apptainer", "exec", "image.sif"]; it
    must offer the same Python at the same path."""
    queue_limit_s: Duration = 86400.0
    """After how long in the queue a job is given up."""
    cores_per_node: Count | None = None
    """How many cores every job gets on each machine, at any worker count; by default all of the
    smallest machine."""

    @property
    def runs_in_a_job(self) -> int:
        """Return how many submitted runs one job may make, one after the other."""
        return 1

    @property
    def job_limit_s(self) -> float | None:
        """Return the time limit that every job asks for; None where it follows from its runs."""
        return None


class SlurmSite(ClusterSite):
    """How runs ask a Slurm cluster for machines; what is left out is the cluster's own default."""

    scheduler: ClassVar[str] = "slurm"

    account: Word | None = None
    """The account that jobs are charged to."""
    partition: Word | None = None
    """The partition whose machines measure; its name becomes a part of the results folder's."""
    qos: Word | None = None
    """The quality of service that jobs ask for."""
    constraint: Word | None = None
    """The features that a machine must have, so that all are of one kind."""
    gres: Word | None = None
    """The generic resources of each machine, such as gpu:4."""
    walltime_s: Duration | None = None
    """The time limit that a job asks for; by default a few minutes more than timeout_s."""
    runs_per_job: Count = 1
    """How many runs a job makes, one after the other on the same machines, where they are submitted with
    --detach; more of them wait in the queue less often."""
    nodes: Count | None = None
    """How many machines one run may get; by default as many as the partition has."""
    exclusive: bool = False
    """Whether jobs get whole machines, so that several may run at once; otherwise one runs after the
    other, and none disturbs another."""

    @property
    def runs_in_a_job(self) -> int:
        """Return how many submitted runs one job may make, one after the other."""
        return self.runs_per_job

    @property
    def job_limit_s(self) -> float | None:
        """Return the time limit that every job asks for; None where it follows from its runs."""
        return self.walltime_s


class RaySite(ClusterSite):
    """How runs ask a Ray cluster for machines; a job gets one of them."""

    scheduler: ClassVar[str] = "ray"

    address: Annotated[str, Field(pattern=r"^https?://[^\s\"'<>]+$")] = "http://127.0.0.1:8265"
    """Where the cluster's head takes jobs: the address of its dashboard."""
    num_gpus: Count | None = None
    """How many GPUs every job gets; by default none."""
    resources: dict[Word, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, json_schema_extra={"unit": "Ray's own"}
    )
    """What else a machine must have, in Ray's own terms, so that all are of one kind."""


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
    slurm: SlurmSite = Field(default_factory=SlurmSite)
    """How runs ask a Slurm cluster for machines."""
    ray: RaySite = Field(default_factory=RaySite)
    """How runs ask a Ray cluster for machines."""
