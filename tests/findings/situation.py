"""What is found in a bad situation, and in a good one that differs in what matters only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The codes that each of the two situations gives."""

    bad: list[str]
    good: list[str]
