"""What a user asks of a campaign beside the study."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `capstone run`."""

    noise_floor: int = 0
    """In how many pairs the baseline is also compared with itself."""
    take_over: bool = False
    """Whether the mark of another host that is not alive any more is passed."""
    max_failures: int | None = None
    """After how many failed runs the campaign ends; None: other cases always go on."""
    max_load: float | None = None
    """How many cores other work may keep busy when the campaign starts; None: any number."""
