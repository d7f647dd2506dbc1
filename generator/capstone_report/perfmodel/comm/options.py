"""What may be said of an option of a communication model: its unit and its domain."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le

from capstone_report.perfmodel.comm.model import CommModel, NonNegativeSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOption:
    """The unit and the domain of an option."""

    unit: str
    """A time in seconds, or a plain number."""
    is_whole: bool
    least: float
    is_least_in: bool
    """Whether the least number belongs to the domain."""
    most: float | None

    @property
    def domain(self) -> str:
        """Return the domain in words."""
        kind = "a whole number" if self.is_whole else "a time" if self.unit == "s" else "a number"
        least = f"from {self.least:g} on" if self.is_least_in else f"above {self.least:g}"
        return f"{kind} {least}" + ("" if self.most is None else f", at most {self.most:g}")

    def holds(self, number: float) -> bool:
        """Tell whether the domain holds a number."""
        high_enough = number >= self.least if self.is_least_in else number > self.least
        low_enough = self.most is None or number <= self.most
        return high_enough and low_enough and (not self.is_whole or number == int(number))

    def clamped(self, number: float) -> float:
        """Return the nearest number of the domain; an open end is not clamped to."""
        nearest = round(number) if self.is_whole else number
        if self.is_least_in:
            nearest = max(int(self.least) if self.is_whole else self.least, nearest)
        return nearest if self.most is None else min(self.most, nearest)


def model_options(model: type[CommModel]) -> dict[str, ModelOption]:
    """Return what is known of each option of a communication model, by its name."""
    hints = get_type_hints(model, include_extras=True)
    return {name: _option(hints[name]) for name in model.model_fields}


def _option(hint: Any) -> ModelOption:  # noqa: ANN401 - a type hint is of no one type
    """Return what the annotation of an option says; one that may be absent is described inside."""
    annotated = next(one for one in (hint, *get_args(hint)) if get_origin(one) is Annotated)
    number, field = get_args(annotated)
    limits: dict[Any, Any] = {type(limit): limit for limit in field.metadata}
    return ModelOption(
        unit="s" if annotated == NonNegativeSeconds else "1",
        is_whole=number is int,
        least=limits[Ge].ge if Ge in limits else limits[Gt].gt,
        is_least_in=Ge in limits,
        most=float(limits[Le].le) if Le in limits else None,
    )
