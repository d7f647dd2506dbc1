"""Reads the workspace and its studies from disk; every problem of every file is found at once."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from capstone_report.errors import SpecError, UsageError
from capstone_report.findings import study as rules
from capstone_report.findings.finding import Finding
from capstone_report.spec.base import Declared
from capstone_report.spec.crosscheck import cross_problems
from capstone_report.spec.problems import problems_of
from capstone_report.spec.study import Study
from capstone_report.spec.workspace import Workspace

WORKSPACE_FILE = "capstone.toml"
STUDY_FILE = "study.toml"
SOURCES = (".py", ".sh")
STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

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
    raise UsageError(rules.NO_FILE(str(start), what=WORKSPACE_FILE, remedy=remedy))


def load_project(root: Path, only: tuple[str, ...] = ()) -> Project:
    """Load the workspace and its studies, or those named.

    Raises:
        SpecError: any file is not valid; carries every problem of every file.
        UsageError: a named study does not exist.
    """
    problems: list[Finding] = []
    workspace = _load(root / WORKSPACE_FILE, Workspace, root, problems)
    studies = [_load_study(folder, root, workspace, problems) for folder in _folders(root, only)]
    SpecError.collect(problems)
    if workspace is None:  # pragma: no cover - a missing workspace is a problem, raised above
        raise AssertionError
    loaded = tuple(study for study in studies if study is not None)
    return Project(root=root, workspace=workspace, studies=loaded)


def _folders(root: Path, only: tuple[str, ...]) -> list[Path]:
    """Return the study folders below specs/, sorted; refuse a name that is not one of them."""
    folders = {path.parent.name: path.parent for path in sorted(root.glob(f"specs/*/{STUDY_FILE}"))}
    only = tuple(Path(name).name for name in only)  # specs/x and x/ are x
    unknown = [name for name in only if name not in folders]
    known = ", ".join(folders) or "none"
    UsageError.collect(
        rules.UNKNOWN_REFERENCE(name, name=name, what="study folder below specs/", known=known)
        for name in unknown
    )
    return [folder for name, folder in folders.items() if not only or name in only]


def _load_study(
    folder: Path, root: Path, workspace: Workspace | None, problems: list[Finding]
) -> LoadedStudy | None:
    """Load one study folder, adding its problems."""
    path = folder / STUDY_FILE
    if not STUDY_NAME.fullmatch(folder.name):
        problems.append(rules.BAD_NAME(str(path.relative_to(root)), name=folder.name))
    study = _load(path, Study, root, problems)
    if study is None:
        return None
    shown = path.relative_to(root)
    prices = set(workspace.prices) if workspace else None
    problems.extend(cross_problems(study, shown, prices))
    prose = _texts(folder, study.report.files(), shown, problems)
    problems.extend(_absent_inputs(folder, study, shown))
    programs = hash_programs(folder, study)
    return LoadedStudy(
        id=folder.name, folder=folder, study=study, prose=prose, program_hashes=programs
    )


def _load(path: Path, model: type[Model], root: Path, problems: list[Finding]) -> Model | None:
    """Read one TOML file into its model, adding its problems instead of raising them."""
    shown = path.relative_to(root)
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
        return model.model_validate_json(json.dumps(data, default=str, allow_nan=True))
    except OSError as error:
        remedy = f"make it readable ({error.strerror})"
        problems.append(rules.NO_FILE(str(shown), what=f"readable {path.name}", remedy=remedy))
    except ValidationError as error:
        problems.extend(problems_of(error, model, shown))
    except (ValueError, RecursionError) as error:
        problems.append(rules.NOT_TOML(str(shown), reason=str(error)))
    return None


def _texts(
    folder: Path, files: dict[str, str], shown: Path, problems: list[Finding]
) -> dict[str, str]:
    """Read the prose files, by page; add a problem for each that is not inside the folder."""
    texts: dict[str, str] = {}
    for page, name in files.items():
        file = _inside(folder, name)
        if file is None:
            problems.append(rules.OUTSIDE(f"{shown}: report.{page}", name=name))
            continue
        try:
            texts[page] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            problems.append(rules.NOT_UTF8(f"{shown}: report.{page}", name=name, reason=str(error)))
    return texts


def hash_programs(folder: Path, study: Study) -> dict[str, str]:
    """Hash what decides whether two runs ran the same program, by path inside the folder."""
    own = (path for path in folder.rglob("*") if path.suffix in SOURCES and _is_own(folder, path))
    names = {path.relative_to(folder).as_posix() for path in own}
    for benchmark in study.benchmarks:
        named = (*benchmark.command, *benchmark.inputs)
        names.update(name for name in named if _inside(folder, name) is not None)
    return {name: _text_hash(folder / name) for name in sorted(names)}


def _is_own(folder: Path, path: Path) -> bool:
    """Tell whether a file belongs to the study rather than to its results."""
    return path.relative_to(folder).parts[0] != "results" and path.is_file()


def _absent_inputs(folder: Path, study: Study, shown: Path) -> Iterator[Finding]:
    """Yield each declared input that is not a file inside the folder."""
    for index, benchmark in enumerate(study.benchmarks):
        for name in benchmark.inputs:
            if _inside(folder, name) is None:
                yield rules.OUTSIDE(f"{shown}: benchmarks[{index}].inputs", name=name)


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
