"""What a calculator assumes where nothing is declared: said in every answer that it moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from capstone_report.calculators.inputs import option


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A value that stands in for an option, and what it means."""

    name: str
    value: float | str
    words: str

    @property
    def option(self) -> str:
        """Return the option by which it is declared."""
        return option(self.name)


def undeclared(
    given: Mapping[str, object], candidates: Iterable[Assumption]
) -> tuple[Assumption, ...]:
    """Return the assumptions whose options are absent."""
    return tuple(each for each in candidates if given[each.name] is None)


def assumed_rows(assumed: Iterable[Assumption]) -> list[tuple[str, str]]:
    """Return a line for each assumption, with the option that says otherwise."""
    return [("assumed", f"{each.words}; {each.option} to say otherwise") for each in assumed]


def assumed_json(assumed: Iterable[Assumption]) -> dict[str, float | str]:
    """Return the assumed values by option, for JSON."""
    return {each.option: each.value for each in assumed}
