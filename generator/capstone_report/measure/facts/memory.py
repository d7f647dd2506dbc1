"""What is known of the memory beside its size: limits, huge pages, swap."""

import re
from pathlib import Path

import psutil

from capstone_report.measure import cgroups
from capstone_report.measure.facts.allowed import Found
from capstone_report.measure.reading import ROOT, said


def changing(root: Path = ROOT) -> Found:
    """Return what an administrator may change at any time."""
    limit = cgroups.memory_limit(root)
    return {
        "memory.limit": None if limit is None else _limit(limit),
        "memory.huge_pages": _huge_pages(said(root / "proc/meminfo") or ""),
        "memory.transparent": _transparent(root),
        "memory.swap": _swap(),
    }


def _limit(size: float) -> str:
    """Return a limit in bytes."""
    return "none" if size == float("inf") else f"{size:.0f} B"


def _huge_pages(told: str) -> str | None:
    """Return how many huge pages are set aside, and their size."""
    number = re.search(r"^HugePages_Total:\s+(\d+)$", told, re.MULTILINE)
    size = re.search(r"^Hugepagesize:\s+(\d+) kB$", told, re.MULTILINE)
    return f"{number[1]} of {size[1]} kB" if number and size else None


def _transparent(root: Path) -> str | None:
    """Return when the kernel makes huge pages by itself: the word in brackets."""
    told = said(root / "sys/kernel/mm/transparent_hugepage/enabled") or ""
    chosen = re.search(r"\[(\w+)\]", told)
    return chosen[1] if chosen else None


def _swap() -> str:
    """Return how much swap there is."""
    size = psutil.swap_memory().total
    return f"{size} B" if size else "none"
