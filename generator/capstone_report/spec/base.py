"""The base of every declared model: frozen, closed, strict, described."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

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


class Declared(BaseModel):
    """A table of a declared file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
