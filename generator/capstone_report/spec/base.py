"""The base of every declared model: frozen, closed, strict, described."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

UNSEEN = r"\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Characters that nobody sees and that change what is seen: controls, direction marks, breaks."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""A short name that is safe as a folder and in a URL."""

MetricName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""The name of a metric or a level, as programs print it."""

Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=rf"^[^\x00-\x1f{UNSEEN}]*$"),
]
"""One line of text without control characters."""

Text = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=20_000, pattern=rf"^[^\x00-\x08\x0b-\x1f{UNSEEN}]*$"
    ),
]
"""Text that may run over several lines, without control characters."""


Count = Annotated[int, Field(ge=1, json_schema_extra={"unit": "1"})]
"""A whole number of things."""

Ratio = Annotated[float, Field(ge=0, json_schema_extra={"unit": "1"})]
"""A plain number: a factor, a share, a tolerance."""

Seconds = Annotated[float, Field(ge=0, json_schema_extra={"unit": "s"})]
"""A time, which may be none."""

Duration = Annotated[float, Field(gt=0, json_schema_extra={"unit": "s"})]
"""A time that passes."""

Hours = Annotated[float, Field(ge=0, json_schema_extra={"unit": "h"})]
"""A time that is billed or paid by the hour."""

ByteCount = Annotated[float, Field(gt=0, json_schema_extra={"unit": "B"})]
"""An amount of data in bytes; 80e9 is 80 GB."""

ByteRate = Annotated[float, Field(gt=0, json_schema_extra={"unit": "B/s"})]
"""A bandwidth in bytes per second."""

Flop = Annotated[float, Field(gt=0, json_schema_extra={"unit": "FLOP"})]
"""An amount of arithmetic: floating-point operations."""

FlopRate = Annotated[float, Field(gt=0, json_schema_extra={"unit": "FLOP/s"})]
"""Arithmetic per second."""

PerSecond = Annotated[float, Field(gt=0, json_schema_extra={"unit": "1/s"})]
"""How many of something happen in a second."""

Usd = Annotated[float, Field(ge=0, json_schema_extra={"unit": "USD"})]
"""An amount of money in US dollars."""


class Declared(BaseModel):
    """A table of a declared file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
