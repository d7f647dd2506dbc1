"""Finds the checks and runs those whose sections are valid."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import isfunction, signature
from pkgutil import iter_modules
from typing import Any, TypeAlias

from capstone_report.findings.finding import Finding
from capstone_report.spec import checks as package

Check: TypeAlias = Callable[..., Iterable[Finding]]
Sections: TypeAlias = Mapping[str, Any]


@cache
def checks() -> dict[Check, tuple[str, ...]]:
    """Return every public function of the package's files, with the sections that it reads."""
    found: dict[Check, tuple[str, ...]] = {}
    for module_info in iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{module_info.name}")
        for name, item in vars(module).items():
            if isfunction(item) and item.__module__ == module.__name__ and name[0] != "_":
                found[item] = tuple(signature(item).parameters)
    return found


def run_checks(sections: Sections) -> Iterator[Finding]:
    """Yield what contradicts itself between the sections that are there."""
    for check, wanted in checks().items():
        if sections.keys() >= set(wanted):
            yield from check(**{name: sections[name] for name in wanted})
