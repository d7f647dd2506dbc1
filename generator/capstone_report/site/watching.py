"""Tells when somebody writes to what a site is made from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from watchdog.events import (
    FileClosedNoWriteEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from capstone_report.results.running import RUNNING
from capstone_report.spec.load import WORKSPACE_FILE

READING = (FileOpenedEvent, FileClosedNoWriteEvent)
UNREAD = {RUNNING, ".reserve"}
"""Files beside records that change while somebody measures, and that no report shows."""
RAW = "raw"


@contextmanager
def watched(root: Path, changed: Callable[[], object]) -> Iterator[None]:
    """Call back, in another thread, whenever a workspace's declaration, studies or records change."""
    observer = Observer()
    handler = _Handler(root, changed)
    observer.schedule(handler, str(root))
    if (root / "specs").is_dir():
        observer.schedule(handler, str(root / "specs"), recursive=True)
    observer.start()
    try:
        yield
    finally:
        observer.stop()
        observer.join()


class _Handler(FileSystemEventHandler):
    """Passes on what may change a report."""

    def __init__(self, root: PurePath, changed: Callable[[], object]) -> None:
        self._root, self._changed = root, changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass an event on, unless it is somebody reading or a file that no report shows."""
        if isinstance(event, READING):
            return
        paths = (PurePath(str(path)) for path in (event.src_path, event.dest_path) if path)
        if any(matters(path.relative_to(self._root).parts) for path in paths):
            self._changed()


def matters(parts: tuple[str, ...]) -> bool:
    """Tell whether a report may change with a file, by its path below the workspace."""
    if parts[:1] != ("specs",):
        return parts == (WORKSPACE_FILE,)
    in_results = parts[2:3] == ("results",)
    return not (in_results and (RAW in parts or parts[-1] in UNREAD))
