"""The facts of this machine and its software, as records carry them."""

from capstone_report.measure.facts.collected import environment, facts_now, surveyed, usable_cores

__all__ = ["environment", "facts_now", "surveyed", "usable_cores"]
