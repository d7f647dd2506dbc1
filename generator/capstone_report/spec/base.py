"""The base of every declared model: frozen, closed, strict, described."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

UNSEEN = (
    r"\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f"
)
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


# The limits are far outside anything that is measured, and far inside what arithmetic on floats
# can hold: a typing mistake of many zeros is refused here, and never overflows later.
LARGEST = 1e30
SHORTEST_S, LONGEST_S = 1e-15, 1e12


def _quantity(unit: str, *, least: float | None = None, most: float = LARGEST) -> Any:  # noqa: ANN401 - pydantic's Field
    """Return a field of a number with its unit: at least so much, or zero and more."""
    return Field(ge=least or 0, le=most, json_schema_extra={"unit": unit})


Count = Annotated[int, Field(ge=1, le=10**9, json_schema_extra={"unit": "1"})]
"""A whole number of things."""

Ratio = Annotated[float, _quantity("1", most=1e6)]
"""A plain number: a factor, a share, a tolerance."""

Seconds = Annotated[float, _quantity("s", most=LONGEST_S)]
"""A time, which may be none."""

Duration = Annotated[float, _quantity("s", least=SHORTEST_S, most=LONGEST_S)]
"""A time that passes."""

Hours = Annotated[float, _quantity("h", most=1e9)]
"""A time that is billed or paid by the hour."""

Amount = Annotated[float, _quantity("1", least=1e-6)]
"""How many of something, which may be more than whole numbers hold: 13e9 parameters."""

ByteCount = Annotated[float, _quantity("B", least=1e-3)]
"""An amount of data in bytes; 80e9 is 80 GB."""

ByteRate = Annotated[float, _quantity("B/s", least=1e-6)]
"""A bandwidth in bytes per second."""

Flop = Annotated[float, _quantity("FLOP", least=1e-3, most=1e40)]
"""An amount of arithmetic: floating-point operations."""

FlopRate = Annotated[float, _quantity("FLOP/s", least=1e-3)]
"""Arithmetic per second."""

PerSecond = Annotated[float, _quantity("1/s", least=1e-9)]
"""How many of something happen in a second."""

Usd = Annotated[float, _quantity("USD", most=1e15)]
"""An amount of money in US dollars."""


def _whole(value: object) -> object:
    """Refuse true and 1.0, which Python takes for 1."""
    if type(value) is not int:
        raise PydanticCustomError("int_type", "this is a whole number")
    return value


Format = Annotated[Literal[1], BeforeValidator(_whole)]
"""The version of a declared file's format."""


class Declared(BaseModel):
    """A table of a declared file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
