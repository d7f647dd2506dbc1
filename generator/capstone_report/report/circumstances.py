"""How facts of a machine and energies read: words, values and the tag that says where joules come from."""

import re
from itertools import groupby

from markupsafe import Markup

from capstone_report.analysis.facts import EnergyFact
from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.report.words import gibibytes, plain
from capstone_report.results.known_facts import KNOWN_FACTS
from capstone_report.results.records import Environment

GROUPS = {
    "os": "System",
    "python": "Python",
    "packages": "Packages",
    "torch": "torch",
    "cpu": "Processors",
    "memory": "Memory",
    "gpu": "GPUs",
    "cluster": "Cluster",
    "network": "Network",
    "storage": "Storage",
    "timer": "Timer",
}
METHODS = {
    EnergyMethod.MEASURED_NODE: "measured: the whole node",
    EnergyMethod.MEASURED_CPU_AND_GPU: "measured: processor packages, memory and GPU boards",
    EnergyMethod.MEASURED_CPU: "measured: processor packages and memory",
    EnergyMethod.MEASURED_GPU: "measured: GPU boards alone",
    EnergyMethod.ESTIMATED_TDP: "estimated: declared power times wall time",
}


def known_facts(environment: Environment) -> list[tuple[str, Markup]]:
    """Return what is known beside the table above it, group by group, each as one line."""
    listed = [name for name in KNOWN_FACTS if name in environment.facts]
    return [
        (GROUPS[group], Markup("; ").join(_said(name, environment.facts[name]) for name in names))
        for group, names in groupby(listed, key=lambda name: name.partition(".")[0])
    ]


def method_of(fact: EnergyFact) -> str:
    """Return where a case's joules come from."""
    return METHODS[fact.method]


def _said(name: str, value: str) -> Markup:
    """Return a fact with its name; sizes in GiB."""
    sized = re.split(r"\b(\d+) B\b", value)
    parts = [gibibytes(int(part)) if n % 2 else plain(part) for n, part in enumerate(sized)]
    return Markup("{} {}").format(plain(KNOWN_FACTS[name].words), Markup("").join(parts))
