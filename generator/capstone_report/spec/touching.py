"""Which slots of a design a change touches, and why (section 41.4 and Exercise 41.4.3)."""

from collections.abc import Iterable, Mapping

from capstone_report.spec.positions import KeyPath

TOUCHED: Mapping[str, Mapping[str, str]] = {
    "partitioning": {
        "communication": "what a worker lacks is what must be exchanged",
        "fault_tolerance": "a dead worker takes its part with it",
        "load_balancing": "unequal parts make unequal work",
    },
    "communication": {
        "consistency": "the pattern decides who can see what, and when",
        "coordination": "a server or a coordinator in the data path can be lost",
    },
    "consistency": {
        "communication": "it decides how often communication is paid for, and which patterns can serve",
        "load_balancing": "with a barrier, the slowest worker sets the pace",
        "fault_tolerance": "a barrier waits for a dead worker, too",
    },
    "coordination": {
        "communication": "the data path may cross the coordinator",
        "fault_tolerance": "somebody must notice a failure, the coordinator's own included",
    },
    "fault_tolerance": {
        "coordination": "somebody must notice a failure and act",
        "load_balancing": "fewer workers, or restarted ones, share the work anew",
    },
    "load_balancing": {
        "partitioning": "evenness begins with the parts",
        "consistency": "how much a straggler costs depends on who waits for it",
    },
    "axis": {"partitioning": "the axis says what is divided"},
    "problem.demand": {"partitioning": "what does not fit must be divided"},
    "problem.machine": {"partitioning": "what does not fit must be divided"},
    "problem.tolerates": {"consistency": "the application says how stale a view may be"},
}
"""By section, or by section and key, the slots to look at again, with the reason."""


def touched_by(paths: Iterable[KeyPath]) -> dict[str, str]:
    """Return the slots that changes at these key paths touch, each with its reason."""
    changed = [path[1:] if path[0] == "design" else path for path in paths]
    own = {str(path[0]) for path in changed if path}
    reasons: dict[str, str] = {}
    for path in changed:
        for name in (".".join(map(str, path[:2])), ".".join(map(str, path[:1]))):
            for slot, reason in TOUCHED.get(name, {}).items():
                if slot not in own:
                    reasons.setdefault(slot, reason)
    return reasons
