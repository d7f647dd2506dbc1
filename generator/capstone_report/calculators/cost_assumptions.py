"""What `capstone cost` assumes where nothing is declared: said in every answer that it moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from capstone_report.calculators.inputs import option
from capstone_report.perfmodel.energy import EnergyMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A value that stands in for an option, and what it means."""

    name: str
    value: float | EnergyMethod
    words: str

    @property
    def option(self) -> str:
        """Return the option by which it is declared."""
        return option(self.name)


USUAL_PUE = 1.0
USUAL_METHOD = EnergyMethod.ESTIMATED_TDP

NO_OVERHEAD = Assumption(
    name="pue", value=USUAL_PUE, words="a PUE of 1, so the building takes no power of its own"
)
NO_STAFF = Assumption(
    name="staff_per_year", value=0.0, words="staff of $0 a year, so nobody is paid to run them"
)
NO_RESIDUAL = Assumption(
    name="residual", value=0.0, words="a residual of $0, so nothing is got for them at the end"
)
NOT_MEASURED = Assumption(
    name="energy_method", value=USUAL_METHOD, words="watts that nobody measured"
)
OF_OWNING = (NO_OVERHEAD, NO_STAFF, NO_RESIDUAL)
OF_ENERGY = (NO_OVERHEAD, NOT_MEASURED)


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
