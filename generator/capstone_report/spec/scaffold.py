"""First workspaces to start from: complete, valid, measurable at once, never overwriting."""

import re
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from capstone_report import __version__
from capstone_report.errors import UsageError
from capstone_report.findings.environment import WOULD_OVERWRITE
from capstone_report.findings.study import UNKNOWN_REFERENCE
from capstone_report.spec.nearest import did_you_mean

WORKSPACE = "capstone.toml"
FIRST_STUDY = Path("specs", "first-study")
SCHEMA = Path("specs", "study.schema.json")
WORKFLOW = Path(".github", "workflows", "pages.yml")


def templates() -> dict[str, str]:
    """Return every template's name with its description: the first comment of its study."""
    with as_file(_shipped("templates")) as folder:
        studies = sorted(folder.glob("*/study.toml"))
        return {study.parent.name: _description(study.read_text("utf-8")) for study in studies}


def write_scaffold(
    target: Path, template: str = "data", *, schema: str | None = None
) -> list[Path]:
    """Write a first workspace into a folder and return the files, relative to it.

    `schema` is the text of the JSON Schema that the study's first line names for editors.

    Raises:
        UsageError: there is no such template, or a file is in the way; nothing was written then.
    """
    known = templates()
    if template not in known:
        names = ", ".join(known)
        raise UsageError(
            UNKNOWN_REFERENCE(
                "--template",
                name=template,
                what="template",
                suggestion=did_you_mean(template, templates()),
                known=names,
            )
        )
    texts = _texts("common", Path()) | _texts(f"templates/{template}", FIRST_STUDY)
    if schema is not None:
        texts[SCHEMA] = schema.encode()
    return _write(target, texts)


def write_workflow(target: Path) -> list[Path]:
    """Write the workflow that publishes a workspace's site on GitHub Pages; return its path.

    Raises:
        UsageError: there is such a workflow already; it was not touched.
    """
    # Another version may word or draw a report differently: the one that was looked at is published.
    pinned = f"pip install capstone-report=={__version__}".encode()
    shipped = _texts("github", WORKFLOW.parent)[WORKFLOW]
    return _write(target, {WORKFLOW: shipped.replace(b"pip install capstone-report", pinned)})


def write_study(target: Path, study_id: str, files: dict[str, bytes], *, schema: str) -> list[Path]:
    """Write one study into a workspace, which is made around it where there is none; return the files.

    Raises:
        UsageError: a file is in the way; nothing was written then.
    """
    texts = {Path("specs", study_id, name): text for name, text in files.items()}
    if not (target / WORKSPACE).exists():
        texts |= _texts("common", Path()) | {SCHEMA: schema.encode()}
    return _write(target, texts)


def _write(target: Path, texts: dict[Path, bytes]) -> list[Path]:
    """Write all files or, when one is in the way, none.

    The workspace's own file comes last: a folder whose writing was cut short is no workspace.
    """
    texts = dict(sorted(texts.items(), key=lambda item: (item[0].name == WORKSPACE, item[0])))
    UsageError.collect(
        WOULD_OVERWRITE(str(target / name), file=name.name)
        for name in texts
        if (target / name).exists()
    )
    for name, text in texts.items():
        goal = target / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        with goal.open("xb") as stream:  # refuses what has come meanwhile
            stream.write(text)
    return list(texts)


def _texts(shipped: str, below: Path) -> dict[Path, bytes]:
    """Return the files of a shipped folder, by where they go below a place in the workspace."""
    with as_file(_shipped(shipped)) as folder:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {
            below / _visible(path.relative_to(folder)): path.read_bytes()
            for path in found
            if path.parent.name != "__pycache__"
        }


def _shipped(name: str) -> Traversable:
    """Return a folder of the files that come with capstone."""
    return files(__package__).joinpath("scaffold", *name.split("/"))


def _visible(name: Path) -> Path:
    """Return where a shipped file goes: "dot-x" becomes ".x", which packages would drop."""
    return name.with_name(re.sub("^dot-", ".", name.name))


def _description(study: str) -> str:
    """Return the first comment of a study's text that is not a directive for editors."""
    comments = (line for line in study.splitlines() if line.startswith("# "))
    return next(comments).removeprefix("# ")
