"""Reads the workspace and its studies from disk; every problem of every file is found at once."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from capstone_report.errors import SpecError, UsageError
from capstone_report.findings import schema, syntax
from capstone_report.findings.finding import Finding, Severity
from capstone_report.findings.study import OUTSIDE, UNKNOWN_REFERENCE
from capstone_report.spec.base import Declared
from capstone_report.spec.checking import run_checks
from capstone_report.spec.declared import DeclaredFile, WhatIf, read_declared
from capstone_report.spec.positions import KeyPath
from capstone_report.spec.problems import problems_of
from capstone_report.spec.sections import as_json, sections_of, valid_sections
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace

WORKSPACE_FILE = "capstone.toml"
STUDY_FILE = "study.toml"
SOURCES = (".py", ".sh")
FORMAT = 1
STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
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
    inputs name; newlines normalised."""
    findings: tuple[Finding, ...] = ()
    """What a reader should know about the declaration, though it is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A workspace on disk and its valid studies, sorted by id."""

    root: Path
    workspace: Workspace
    studies: tuple[LoadedStudy, ...]


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
    project, findings = read_project(root, only)
    SpecError.collect(f for f in findings if f.severity is Severity.ERROR)
    if project is None:  # pragma: no cover - what is missing is an error, raised above
        raise AssertionError
    return project


def read_project(
    root: Path, only: tuple[str, ...] = (), changes: Mapping[KeyPath, WhatIf] | None = None
) -> tuple[Project | None, tuple[Finding, ...]]:
    """Read the workspace and its studies, and everything that is to be said about them, in order.

    The project holds the studies that could be read; there is none without a valid workspace.
    `changes` are values that a what-if puts into every study before it is read.

    Raises:
        UsageError: a named study does not exist.
    """
    findings: list[Finding] = []
    file = read_declared(root / WORKSPACE_FILE, root)
    workspace = _model(file, Workspace, findings)
    studies = [
        _load_study(folder, root, workspace, changes or {}, findings)
        for folder in _folders(root, only)
    ]
    ordered = tuple(sorted(findings, key=lambda finding: finding.order))
    if workspace is None:
        return None, ordered
    loaded = tuple(study for study in studies if study is not None)
    return Project(root=root, workspace=workspace, studies=loaded), ordered


def _folders(root: Path, only: tuple[str, ...]) -> list[Path]:
    """Return the study folders below specs/, sorted; refuse a name that is not one of them."""
    folders = {path.parent.name: path.parent for path in sorted(root.glob(f"specs/*/{STUDY_FILE}"))}
    only = tuple(Path(name).name for name in only)  # specs/x and x/ are x
    unknown = [name for name in only if name not in folders]
    known = ", ".join(folders) or "none"
    UsageError.collect(
        UNKNOWN_REFERENCE(name, name=name, what="study folder below specs/", known=known)
        for name in unknown
    )
    return [folder for name, folder in folders.items() if not only or name in only]


def _load_study(
    folder: Path,
    root: Path,
    workspace: Workspace | None,
    changes: Mapping[KeyPath, WhatIf],
    findings: list[Finding],
) -> LoadedStudy | None:
    """Load one study folder, adding what is found in it."""
    file = read_declared(folder / STUDY_FILE, root, changes)
    found: list[Finding] = []
    if not STUDY_NAME.fullmatch(folder.name) or folder.name in RESERVED_NAMES:
        found.append(schema.BAD_NAME(file.shown, name=folder.name))
    study = _model(file, Study, found)
    sections = sections_of(study) if study else valid_sections(file.data or {})
    if workspace:
        sections["prices"] = workspace.prices
    if file.data is not None and not is_newer(file.data):
        found += [file.placed(finding) for finding in run_checks(sections)]
    prose: dict[str, str] = {}
    if study:
        prose = _texts(file, folder, study.report.files(), found)
        found += [file.placed(finding) for finding in _absent_files(folder, study)]
    findings += found
    if study is None:
        return None
    return LoadedStudy(
        id=folder.name,
        folder=folder,
        study=study,
        prose=prose,
        program_hashes=hash_programs(folder, study),
        findings=tuple(sorted(found, key=lambda finding: finding.order)),
    )


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
    own = (path for path in folder.rglob("*") if path.suffix in SOURCES and _is_own(folder, path))
    names = {path.relative_to(folder).as_posix() for path in own}
    for benchmark in study.benchmarks:
        named = (*(benchmark.command or ()), *benchmark.inputs)
        names.update(name for name in named if _inside(folder, name) is not None)
    return {name: _text_hash(folder / name) for name in sorted(names)}


def _is_own(folder: Path, path: Path) -> bool:
    """Tell whether a file belongs to the study rather than to its results."""
    return path.relative_to(folder).parts[0] != "results" and path.is_file()


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
        if _inside(folder, name) is None:
            yield OUTSIDE(where, name=name)


def _inside(folder: Path, name: str) -> Path | None:
    """Return the regular file of that name inside the folder, or None."""
    try:
        file = (folder / name).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):
        return None


def _text_hash(path: Path) -> str:
    """Return the SHA-256 of a file with its newlines normalised, as git may change them."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
