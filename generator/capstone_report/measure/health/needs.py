"""What the studies of a workspace need, by what they declare."""

from dataclasses import dataclass, field
from pathlib import Path

from capstone_report.findings.finding import Severity
from capstone_report.spec.load import ProjectReading, read_project

OURS = {"python"}
"""Programs of a command that are there whenever capstone is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the studies of a workspace need; empty outside of one."""

    root: Path | None = None
    url: str | None = None
    launchers: frozenset[str] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)
    """The Python modules, and the command that installs each."""
    programs: frozenset[str] = frozenset()
    """The programs that commands begin with."""
    invalid: int = 0
    """How many errors keep studies from being read."""

    def launches(self, *names: str) -> bool:
        """Tell whether a study is started by one of some launchers or programs."""
        return bool((self.launchers | self.programs) & set(names))


def needs_of(root: Path) -> Needs:
    """Return what the studies below a workspace need."""
    read = read_project(root)
    invalid = sum(finding.severity is Severity.ERROR for finding in read.findings)
    return _declared(root, read, invalid)


def _declared(root: Path, read: ProjectReading, invalid: int) -> Needs:
    """Return what the studies declare that can be read."""
    if read.project is None:
        return Needs(root=root, invalid=invalid)
    benchmarks = [
        benchmark
        for loaded in read.project.studies
        for benchmark in loaded.study.benchmarks
        if benchmark.command
    ]
    return Needs(
        root=root,
        url=read.project.workspace.site.url,
        launchers=frozenset(benchmark.launcher.kind for benchmark in benchmarks),
        modules={
            module: benchmark.install or f"pip install {module}"
            for benchmark in benchmarks
            for module in (*benchmark.launcher.requires, *benchmark.requires)
        },
        programs=frozenset(b.command[0] for b in benchmarks if b.command) - OURS,
        invalid=invalid,
    )
