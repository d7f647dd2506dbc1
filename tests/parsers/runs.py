"""Runs that exist only as files: what a program printed or wrote, by the file's place."""

from pathlib import Path
from typing import Any

from capstone_report.parsers.parser import Parsed, parsers


def parse(run_folder: Path, kind: str, files: dict[str, str | bytes], **options: Any) -> Parsed:  # noqa: ANN401 - the parser's options
    """Write files into a run's folder and parse it."""
    for place, content in files.items():
        file = run_folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return parsers()[kind].model_validate(options).parse(run_folder)


def values(parsed: Parsed) -> list[tuple[object, int, int | None]]:
    """Return value, rank and step of every sample."""
    return [(sample.value, sample.rank, sample.step) for sample in parsed.samples]
