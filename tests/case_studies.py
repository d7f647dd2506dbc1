"""The workspace of the book's case studies: load a study of it, or edit one and ask what is wrong."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from capstone_report.errors import Problem
from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.forecast import step_model
from capstone_report.spec.load import LoadedStudy, load_project, read_project

WORKSPACE = Path(__file__).parent / "studies"

Edit = tuple[str, str]
"""A pattern that stands once in a study's text, and what replaces it."""


def put(old: str, new: str) -> Edit:
    """Replace a literal text."""
    return re.escape(old), new


def choose(slot: str, new: str) -> Edit:
    """Take another main option in a slot of the design."""
    return rf'(\[design\.{slot}\]\nchoice = )"[^"]*"', rf'\1"{new}"'


def reject(slot: str, new: str) -> Edit:
    """Reject another option in a slot."""
    return rf'(\[design\.{slot}\.rejected\]\nchoice = )"[^"]*"', rf'\1"{new}"'


def drop_table(header: str) -> Edit:
    """Remove a table, from its header up to the next one or to a comment."""
    return rf"\[+{re.escape(header)}\]+\n(?:(?!\[|# ).*\n)*", ""


def drop(key: str) -> Edit:
    """Remove a key with its value, which may run over several lines."""
    return rf'\n{key} = (?:"""[\s\S]*?"""|.*)', ""


def edited(root: Path, study: str, edits: Sequence[Edit]) -> Path:
    """Write a workspace with a copy of one study, its text edited; return its study.toml."""
    folder = root / "specs" / study
    shutil.copytree(WORKSPACE / "specs" / study, folder)
    shutil.copy(WORKSPACE / "capstone.toml", root)
    file = folder / "study.toml"
    text = file.read_text()
    for pattern, replacement in edits:
        text, made = re.subn(pattern, replacement, text)
        assert made == 1, pattern
    file.write_text(text)
    return file


def problems(root: Path) -> tuple[Problem, ...]:
    """Return everything that loading a workspace finds, notes and warnings included."""
    return read_project(root).findings


def keys(found: Sequence[Problem]) -> set[tuple[str, str]]:
    """Return code and key path of each problem."""
    return {(problem.code, problem.place.key if problem.place else "") for problem in found}


def only(study: str, root: Path = WORKSPACE) -> LoadedStudy:
    """Load one study."""
    (loaded,) = load_project(root, only=(study,)).studies
    return loaded


def prediction(loaded: LoadedStudy) -> StepModel:
    """Return the step model of a study's prediction."""
    study = loaded.study
    assert study.prediction is not None
    model = step_model(study.prediction, study.design.communication, study.design.consistency)
    assert model is not None
    return model


def predicted_speedup(loaded: LoadedStudy, workers: int) -> float:
    """Return the predicted speedup over the declared baseline's number of workers."""
    model = prediction(loaded)
    return model.speedup(workers) / model.speedup(loaded.study.baseline.smallest_workers or 1)
