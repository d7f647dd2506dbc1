"""Finds extensions: one file in an extension package defines one kind, and nothing else is edited."""

from importlib import import_module
from inspect import isabstract, isclass
from pkgutil import iter_modules
from typing import ClassVar, Protocol, TypeVar


class Kind(Protocol):
    """What every extension has: the name by which a study asks for it."""

    kind: ClassVar[str]


K = TypeVar("K", bound=Kind)


def kinds(package: str, base: type[K]) -> dict[str, type[K]]:
    """Return the classes below `base` that the package's own files define, by their kind.

    A class that leaves something abstract is what several kinds share. Files are imported in the order of their names, so the result never depends on what else
    was imported before.
    """
    found: dict[str, type[K]] = {}
    for module_info in iter_modules(import_module(package).__path__):
        module = import_module(f"{package}.{module_info.name}")
        for item in vars(module).values():
            own = isclass(item) and item.__module__ == module.__name__
            if own and issubclass(item, base) and not isabstract(item):
                if item.kind in found:
                    raise ValueError(f"{package}: two files define the kind '{item.kind}'")
                found[item.kind] = item
    return dict(sorted(found.items()))
