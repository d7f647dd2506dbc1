"""How a report stands to the rules of reporting performance; frozen values only."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """Whether a rule is kept."""

    MET = "met"
    NOT_MET = "not met"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFact:
    """One rule, whether it is kept, by which evidence, and where to mend it."""

    number: str
    """1 to 12 as Hoefler and Belli count them; M1 and so on for those of MLPerf."""
    rule: str
    standing: Standing
    evidence: str
    """The numbers and names that decide it, in plain words."""
    mend: str
    """What to change, and where; empty where the rule is kept or does not apply."""
