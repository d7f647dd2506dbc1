"""A first workspace to start from: complete, valid, measurable at once, never overwriting."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from capstone_report.errors import UsageError
from capstone_report.findings.environment import WOULD_OVERWRITE


def write_scaffold(target: Path) -> list[Path]:
    """Write the first workspace into a folder and return the files, relative to it.

    Raises:
        UsageError: a file is in the way; nothing was written then.
    """
    with as_file(files(__package__).joinpath("scaffold")) as source:
        names = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
        names = [name for name in names if "__pycache__" not in name.parts]
        goals = {name: target / _visible(name) for name in names}
        UsageError.collect(
            WOULD_OVERWRITE(str(goal), file=goal.name) for goal in goals.values() if goal.exists()
        )
        for name, goal in goals.items():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, goal)
    return [_visible(name) for name in names]


def _visible(name: Path) -> Path:
    """Return where a scaffold file goes: "dot-x" becomes ".x", which packages would drop."""
    return name.with_name(
        name.name.replace("dot-", ".", 1) if name.name.startswith("dot-") else name.name
    )
