"""A workspace's site, built again and again: only what has changed since is made anew."""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from capstone_report.report.pages import Report, render_report
from capstone_report.results.journal import JOURNAL
from capstone_report.site.refreshing import Refresher
from capstone_report.spec.load import LoadedStudy, Project, load_project
from capstone_report.spec.workspace import Workspace
from capstone_report.terminal.analyses import analysis_of, machine_folder, noticed

Stamp: TypeAlias = tuple[Path, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Everything that a report is made from."""

    study: LoadedStudy
    workspace: Workspace
    records: Stamp | None


class Rebuilder:
    """Keeps a folder with the site of a workspace's studies up to date."""

    def __init__(
        self,
        root: Path,
        studies: tuple[str, ...],
        *,
        machine: str | None,
        scratch: Path,
        out: Path,
    ) -> None:
        """Name what is built, where, and a folder for what is kept between two builds."""
        self._root, self._studies = root, studies
        self._machine, self._refresher = machine, Refresher(scratch, out)
        self._made: dict[str, tuple[_Source, Report]] = {}
        self._shown: tuple[Workspace, list[Report]] | None = None

    def build(self) -> bool:
        """Bring the site up to date, and tell whether it is another one now.

        Raises:
            CapstoneError: something cannot be shown as it is; the site stays as it was.
        """
        project = load_project(self._root, self._studies)
        reports = [self._report(project, study) for study in project.studies]
        # Reading records takes them out of the collector's sight, and older ones are gone by now.
        gc.unfreeze()
        if self._shown and self._shown[0] == project.workspace:
            before = self._shown[1]
            if [id(report) for report in reports] == [id(report) for report in before]:
                return False
        self._refresher.build(_at_home(project.workspace), reports)
        self._shown = (project.workspace, reports)
        return True

    def _report(self, project: Project, study: LoadedStudy) -> Report:
        """Return a study's report: the one that was made before, unless its sources changed."""
        folder = machine_folder(project, study, self._machine)
        source = _Source(study=study, workspace=project.workspace, records=_stamp(folder))
        if study.id not in self._made or self._made[study.id][0] != source:
            report = render_report(analysis_of(project, study, noticed(folder)))
            self._made[study.id] = (source, report)
        return self._made[study.id][1]


def _stamp(folder: Path | None) -> Stamp | None:
    """Return what changes whenever somebody writes to a machine's journal."""
    if folder is None or not (folder / JOURNAL).exists():
        return None
    seen = (folder / JOURNAL).stat()
    return (folder, seen.st_ino, seen.st_size, seen.st_mtime_ns)


def _at_home(workspace: Workspace) -> Workspace:
    """Return a workspace whose site is published nowhere: its pages lead to no other server."""
    return workspace.model_copy(update={"site": workspace.site.model_copy(update={"url": None})})
