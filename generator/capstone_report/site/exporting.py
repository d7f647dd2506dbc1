"""An export on disk: a folder that is there whole or not at all, and the files that a notebook reads."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from capstone_report.errors import UsageError
from capstone_report.findings.exporting import FOREIGN_EXPORT
from capstone_report.results.journal import JOURNAL, Journal
from capstone_report.site.exchange import exchange, sweep
from capstone_report.spec.load import STUDY_FILE, WORKSPACE_FILE, LoadedStudy

MARKER = ".capstone-export"


def write_export(out: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder in one step, in the place of an earlier export; return their paths.

    Raises:
        UsageError: the folder holds something that is no export.
    """
    out = out.absolute()
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    sweep(out)
    fresh = out.with_name(f"{out.name}.tmp-{os.getpid()}")
    try:
        for name, content in files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        (fresh / MARKER).write_text("written by capstone export; replaced by the next one\n")
        if out.exists():
            exchange(fresh, out)
        else:
            fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return [out / name for name in sorted(files)]


def sources(root: Path, loaded: LoadedStudy, journal: Journal) -> dict[str, bytes]:
    """Return what a notebook reads, as a workspace of one study: declarations, programs, records.

    Of the journal, its whole lines; outputs of runs stay where they are.
    """
    study, folder = loaded.study, loaded.folder
    logs = [study.baseline.out_of_memory] if study.baseline.out_of_memory else []
    names = {STUDY_FILE, *study.report.files().values(), *loaded.program_hashes, *logs}
    inside = f"specs/{loaded.id}"
    records = (journal.folder / JOURNAL).read_bytes()[: journal.size]
    return {
        WORKSPACE_FILE: (root / WORKSPACE_FILE).read_bytes(),
        **{f"{inside}/{name}": (folder / name).read_bytes() for name in sorted(names)},
        f"{inside}/results/{journal.folder.name}/{JOURNAL}": records,
    }


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder that holds anything but an earlier export."""
    is_folder = out.is_dir() and not out.is_symlink()
    ours = is_folder and ((out / MARKER).is_file() or not any(out.iterdir()))
    if os.path.lexists(out) and not ours:
        raise UsageError(FOREIGN_EXPORT(str(out), folder=out))
