"""The options that several parsers share: names of metrics, units, and which output is read."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from capstone_report.units import UNITS, is_time

MetricName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""The name of a metric, as the study declares it."""

Word = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""A name that a program chose: a column, a key, a command."""


def _one_level(path: str) -> str:
    """Accept a star for a name, never two of them for any number of folders."""
    if "**" in path:
        raise PydanticCustomError("two_stars", "* stands for one name; ** is not taken")
    return path


OutputFile = Annotated[
    str,
    StringConstraints(
        max_length=500,
        pattern=r"^(?:stdout|stderr|(?:[\w+,=@-][\w+,=@.*-]*/)*[\w+,=@*-][\w+,=@.*-]*)$",
    ),
    AfterValidator(_one_level),
]
"""stdout, stderr, or a path in the run's folder such as metrics/times.csv; * stands for any name."""


def _known(unit: str) -> str:
    """Accept only units of the closed table."""
    if unit not in UNITS:
        known = {"unit": unit, "known": ", ".join(UNITS)}
        raise PydanticCustomError(
            "unknown_unit", "there is no unit '{unit}'; known: {known}", known
        )
    return unit


def _a_time(unit: str) -> str:
    """Accept only units of time."""
    if not is_time(_known(unit)):
        raise PydanticCustomError("no_time", "'{unit}' is not a unit of time", {"unit": unit})
    return unit


def _listed(units: list[str]) -> Any:  # noqa: ANN401 - pydantic's Field
    """Return a field that lists its units for editors."""
    return Field(json_schema_extra={"enum": list(units)})


Unit = Annotated[str, AfterValidator(_known), _listed(list(UNITS))]
"""A unit of the closed table, such as s, samples/s or 1."""

TimeUnit = Annotated[str, AfterValidator(_a_time), _listed([u for u in UNITS if is_time(u)])]
"""A unit of time."""
