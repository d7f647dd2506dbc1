"""Reads the workspace and its studies from disk; every problem of every file is found at once."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from capstone_report.errors import SpecError, UsageError
from capstone_report.findings import schema, syntax
from capstone_report.findings.finding import Finding, Severity
from capstone_report.findings.problem import SMALLEST_NOT_PROVED
from capstone_report.findings.study import OUTSIDE, UNKNOWN_REFERENCE
from capstone_report.spec.base import Declared
from capstone_report.spec.checking import run_checks
from capstone_report.spec.dates import misplaced_dates
from capstone_report.spec.declared import DeclaredFile, WhatIf, read_declared
from capstone_report.spec.nearest import did_you_mean
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.problems import problems_of
from capstone_report.spec.sections import as_json, sections_of, valid_sections
from capstone_report.spec.study import Study
from capstone_report.spec.surroundings import engine_variables, started_programs
from capstone_report.spec.workspace import Workspace

WORKSPACE_FILE = "capstone.toml"
STUDY_FILE = "study.toml"
SOURCES = (".py", ".sh")
FORMAT = 1
STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
OUT_OF_MEMORY = re.compile(
    rb"out of memory|outofmemory|OOM|MemoryError|cannot allocate|std::bad_alloc", re.IGNORECASE
)
LARGEST_LOG = 2**20
"""How many of its last bytes are searched for the reason that a run ended."""
LARGEST_TEXT = 200_000
"""Bytes of prose for one page: far more than anybody reads, far less than slows a build."""
RESERVED_NAMES = {
    *("index", "assets", "search", "con", "prn", "aux", "nul"),
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)),
}
"""Folders that the site itself uses, and names that Windows keeps for devices."""

Model = TypeVar("Model", bound=Declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStudy:
    """A study with everything on disk that belongs to its meaning."""

    id: str
    folder: Path
    study: Study
    prose: dict[str, str]
    """The author's Markdown by page."""
    program_hashes: dict[str, str]
    """The SHA-256 of each program of the folder, and of each file that a benchmark's command or
    inputs name; newlines of text normalised."""
    findings: tuple[Finding, ...] = ()
    """What a reader should know about the declaration, though it is valid."""
    engine_variables: dict[str, str] = field(default_factory=dict)
    """What configures engines in the environment that runs are made in."""
    started_programs: dict[str, dict[str, str]] = field(default_factory=dict)
    """The SHA-256 of each program from outside of the folder that a command begins with, by
    benchmark and by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A workspace on disk and its valid studies, sorted by id."""

    root: Path
    workspace: Workspace
    studies: tuple[LoadedStudy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReading:
    """A project as far as it could be read, and everything that is to be said about it."""

    project: Project | None
    """The studies that could be read; None without a valid workspace."""
    files: dict[str, DeclaredFile]
    """The study files by study id."""
    by_study: dict[str, tuple[Finding, ...]]
    """What was found in each study, by place."""
    of_workspace: tuple[Finding, ...]
    """What was found in the workspace's own file."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return everything that was found, by place."""
        return _ordered([*self.of_workspace, *chain.from_iterable(self.by_study.values())])


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that has a capstone.toml."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / WORKSPACE_FILE).is_file():
            return folder
    remedy = "change into a workspace, name one with --project, or make one: capstone init DIR"
    raise UsageError(syntax.NO_FILE(str(start), what=WORKSPACE_FILE, remedy=remedy))


def load_project(root: Path, only: tuple[str, ...] = ()) -> Project:
    """Load the workspace and its studies, or those named.

    Raises:
        SpecError: any file is not valid; carries every error of every file.
        UsageError: a named study does not exist.
    """
    read = read_project(root, only)
    SpecError.collect(f for f in read.findings if f.severity is Severity.ERROR)
    if read.project is None:  # pragma: no cover - what is missing is an error, raised above
        raise AssertionError
    return read.project


def read_project(
    root: Path, only: tuple[str, ...] = (), changes: Mapping[KeyPath, WhatIf] | None = None
) -> ProjectReading:
    """Read the workspace and its studies, and everything that is to be said about them.

    `changes` are values that a what-if puts into every study before it is read.

    Raises:
        UsageError: a named study does not exist.
    """
    workspace_findings: list[Finding] = []
    file = read_declared(root / WORKSPACE_FILE, root)
    workspace = _model(file, Workspace, workspace_findings)
    studies: list[LoadedStudy] = []
    files: dict[str, DeclaredFile] = {}
    by_study: dict[str, tuple[Finding, ...]] = {}
    for folder in _folders(root, only):
        declared = read_declared(folder / STUDY_FILE, root, changes)
        study, found = _load_study(folder, declared, workspace)
        files[folder.name], by_study[folder.name] = declared, found
        studies += [study] if study else []
    project = Project(root=root, workspace=workspace, studies=tuple(studies)) if workspace else None
    return ProjectReading(
        project=project,
        files=files,
        by_study=by_study,
        of_workspace=tuple(workspace_findings),
    )


def _folders(root: Path, only: tuple[str, ...]) -> list[Path]:
    """Return the study folders below specs/, sorted; refuse a name that is not one of them."""
    listed = sorted((root / "specs").iterdir()) if (root / "specs").is_dir() else []
    folders = {path.name: path for path in listed if os.path.lexists(path / STUDY_FILE)}
    only = tuple(_study_id(name) for name in only)
    unknown = [name for name in only if name not in folders]
    known = ", ".join(folders) or "none"
    UsageError.collect(
        UNKNOWN_REFERENCE(
            name,
            name=name,
            what="study folder below specs/",
            suggestion=did_you_mean(name, folders),
            known=known,
        )
        for name in unknown
    )
    return [folder for name, folder in folders.items() if not only or name in only]


def _study_id(name: str) -> str:
    """Return the id that a path names: specs/x, x/ and specs/x/study.toml are x."""
    path = Path(name)
    return path.parent.name if path.name == STUDY_FILE else path.name


def _load_study(
    folder: Path, file: DeclaredFile, workspace: Workspace | None
) -> tuple[LoadedStudy | None, tuple[Finding, ...]]:
    """Load one study folder, with everything that is found in it, in order."""
    found: list[Finding] = []
    if not STUDY_NAME.fullmatch(folder.name) or folder.name in RESERVED_NAMES:
        found.append(schema.BAD_NAME(file.shown, name=folder.name))
    study = _model(file, Study, found)
    sections = sections_of(study) if study else valid_sections(file.data or {})
    if workspace:
        sections["prices"] = workspace.prices
    if file.data is not None and not is_newer(file.data):
        found += [file.placed(finding) for finding in run_checks(sections)]
    if study is None:
        return None, _ordered(found)
    prose = _texts(file, folder, study.report.files(), found)
    found += [file.placed(finding) for finding in _absent_files(folder, study)]
    hashes = hash_programs(folder, study)
    can_run = all(finding.severity is not Severity.ERROR for finding in found)
    return LoadedStudy(
        id=folder.name,
        folder=folder,
        study=study,
        prose=prose,
        program_hashes=hashes,
        findings=_ordered(found),
        engine_variables=engine_variables(os.environ),
        started_programs=started_programs(study, folder, os.environ, own=hashes) if can_run else {},
    ), _ordered(found)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by place."""
    return tuple(sorted(findings, key=lambda finding: finding.order))


def _model(file: DeclaredFile, model: type[Model], findings: list[Finding]) -> Model | None:
    """Read a declared file into its model, adding its problems instead of raising them."""
    problems = file.problems()
    findings += problems
    if file.data is None:
        return None
    if is_newer(file.data):
        found = str(file.data["format"])
        findings.append(file.placed(schema.NEWER_FILE("format", found=found, known=str(FORMAT))))
        return None
    dates = [
        file.at(schema.WRONG_VALUE("", reason=reason, description="see the reference"), path)
        for path, reason in misplaced_dates(file.data)
    ]
    findings += dates
    problems += dates
    try:
        read = model.model_validate_json(as_json(file.data))
    except ValidationError as error:
        places = {problem.where for problem in problems}
        findings += [p for p in problems_of(error, model, file) if p.where not in places]
        return None
    return None if problems else read


def is_newer(data: Mapping[str, object]) -> bool:
    """Tell whether a file says that it was written for a later capstone."""
    version = data.get("format")
    return isinstance(version, int) and not isinstance(version, bool) and version > FORMAT


def _texts(
    file: DeclaredFile, folder: Path, names: dict[str, str], findings: list[Finding]
) -> dict[str, str]:
    """Read the prose files, by page; add a problem for each that is not inside the folder."""
    texts: dict[str, str] = {}
    for page, name in names.items():
        path = _inside(folder, name)
        if path is None:
            findings.append(file.placed(OUTSIDE(f"report.{page}", name=name)))
        elif path.stat().st_size > LARGEST_TEXT:
            large = syntax.TEXT_TOO_LARGE(f"report.{page}", name=name, limit=LARGEST_TEXT // 1000)
            findings.append(file.placed(large))
        else:
            try:
                texts[page] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                reason = syntax.NOT_UTF8(f"report.{page}", name=name, reason=str(error))
                findings.append(file.placed(reason))
    return texts


def hash_programs(folder: Path, study: Study) -> dict[str, str]:
    """Hash what decides whether two runs ran the same program, by path inside the folder."""
    names = {path.relative_to(folder).as_posix() for path in _sources(folder)}
    for benchmark in study.benchmarks:
        named = (*(benchmark.command or ()), *benchmark.inputs)
        names.update(name for name in named if _inside(folder, name) is not None)
    return {name: _hash_as_is(folder / name) for name in sorted(names)}


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the programs below a study's folder, its results left out."""
    for above, folders, files in os.walk(folder):
        if above == str(folder):
            folders[:] = [name for name in folders if name != "results"]
        paths = (Path(above, name) for name in files if name.endswith(SOURCES))
        yield from (path for path in paths if path.is_file())


def _hash_as_is(path: Path) -> str:
    """Return the hash of a file, read again only when the file is another or was written to."""
    seen = path.stat()
    return _hashed(path, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


@lru_cache(maxsize=4096)
def _hashed(path: Path, _inode: int, _size: int, _mtime_ns: int, _ctime_ns: int) -> str:
    """Return the hash of a file in one state."""
    return _text_hash(path)


def _absent_files(folder: Path, study: Study) -> Iterator[Finding]:
    """Yield each declared file that is not inside the folder."""
    named = [
        (f"benchmarks[{index}].inputs[{position}]", name)
        for index, benchmark in enumerate(study.benchmarks)
        for position, name in enumerate(benchmark.inputs)
    ]
    if study.baseline.out_of_memory:
        named.append(("baseline.out_of_memory", study.baseline.out_of_memory))
    for where, name in named:
        path = _inside(folder, name)
        if path is None:
            yield OUTSIDE(where, name=name)
        elif where == "baseline.out_of_memory" and not _tells_of_memory(path):
            lacking, remedy = (
                f"'{name}' does not tell of memory that ran out",
                "name the log that does",
            )
            yield SMALLEST_NOT_PROVED(where, lacking=lacking, remedy=remedy)


def _tells_of_memory(path: Path) -> bool:
    """Tell whether a log says that memory ran out."""
    return OUT_OF_MEMORY.search(path.read_bytes()[-LARGEST_LOG:]) is not None


def _inside(folder: Path, name: str) -> Path | None:
    """Return the regular file of that name inside the folder, or None."""
    try:
        file = (folder / name).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):
        return None


def _text_hash(path: Path) -> str:
    """Return the SHA-256 of a file; of text with its newlines normalised, as git may change them."""
    content = path.read_bytes()
    text = content if b"\0" in content else content.replace(b"\r\n", b"\n")
    return hashlib.sha256(text).hexdigest()
