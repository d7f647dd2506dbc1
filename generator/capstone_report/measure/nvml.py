"""NVIDIA GPUs as their driver tells about them: found once, asked as often as somebody likes.

NVML makes no CUDA context, so asking takes no memory of a GPU and starts nothing on it.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import pynvml


class Library(Hashable, Protocol):
    """What is used of pynvml."""

    NVMLError: type[Exception]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function of NVML by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU."""

    library: Library
    handle: object

    def ask(self, function: str, *arguments: object) -> Any:  # noqa: ANN401 - NVML answers numbers, texts, lists
        """Return what NVML answers about this GPU; None where it cannot tell."""
        return asked(self.library, function, self.handle, *arguments)


def asked(library: Library, function: str, *arguments: object) -> Any:  # noqa: ANN401 - as above
    """Return what NVML answers; None where it cannot tell."""
    try:
        return getattr(library, function)(*arguments)
    except library.NVMLError:
        return None


def gpus(library: Library = pynvml, *, visible: str | None = None) -> tuple[Gpu, ...]:
    """Return the GPUs of this machine, none where there is no driver.

    `visible` is what CUDA_VISIBLE_DEVICES says to a program: numbers or UUIDs. CUDA may number
    unlike GPUs in another order than NVML; equal ones it numbers alike.
    """
    if not _begun(library):
        return ()
    number = int(asked(library, "nvmlDeviceGetCount") or 0)
    names = [str(i) for i in range(number)] if visible is None else visible.split(",")
    found = (_handle(library, name.strip()) for name in names)
    return tuple(Gpu(library=library, handle=handle) for handle in found if handle is not None)


def _handle(library: Library, name: str) -> Any:  # noqa: ANN401 - a pointer of NVML's
    """Return the handle of a GPU by its number or UUID; None for no GPU's name."""
    if name.isdecimal():
        return asked(library, "nvmlDeviceGetHandleByIndex", int(name))
    return asked(library, "nvmlDeviceGetHandleByUUID", name)


@cache
def _begun(library: Library) -> bool:
    """Tell whether NVML is there; it stays open as long as this process."""
    try:
        library.nvmlInit()
    except library.NVMLError:
        return False
    return True
