"""The workspace: what may be written, how git treats records, and where the site is published."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from capstone_report.measure.health.checkup import Checkup, lacking, weak, well
from capstone_report.measure.health.needs import Needs
from capstone_report.measure.identity import state_folder
from capstone_report.measure.repository import Repository
from capstone_report.results.journal import JOURNAL

RECORD = f"specs/any/results/any/{JOURNAL}"
"""What stands for every journal of a workspace when git is asked how it treats one."""


def workplace(needs: Needs) -> Iterator[Checkup]:
    """Yield how the folders stand that capstone writes to, and the workspace in them."""
    yield _writable("state folder", state_folder(), "this machine's id and its probed roofs")
    if needs.root is None:
        return
    yield _writable("workspace", needs.root / "specs", "records and the site")
    yield _studies(needs.invalid)
    repository = Repository.around(needs.root)
    if repository.git("rev-parse", "--is-inside-work-tree").is_well:
        yield _line_ends(repository)
        yield _large_files(repository)
        yield _tracked(repository)
    else:
        fix = "git init; git add --all; git commit --message 'A first study'"
        purpose = "the commit of each run, and finished records"
        yield lacking("repository", "the workspace is in none", purpose=purpose, fix=fix)
    yield _url(needs.url)


def _writable(name: str, folder: Path, purpose: str) -> Checkup:
    """Tell whether files can be made in a folder, or in the nearest that is there."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        # Permissions do not tell of a read-only disk, and root passes all of them.
        with tempfile.TemporaryFile(dir=place):
            return well(name, "can be written", purpose=purpose, is_needed=True)
    except OSError as error:
        found = f"cannot be written: {error.strerror}"
        fix = f"sudo chown -R {os.getuid()} {place}"
        return lacking(name, found, purpose=purpose, fix=fix, is_needed=True)


def _studies(invalid: int) -> Checkup:
    """Tell whether all studies are valid; what others need is not known."""
    purpose = "knowing what they need"
    if invalid == 0:
        return well("studies", "valid", purpose=purpose, is_needed=True)
    found = f"{invalid} errors"
    return lacking("studies", found, purpose=purpose, fix="capstone check", is_needed=True)


def _attribute(repository: Repository, name: str) -> str:
    """Return what git's attributes say of a journal."""
    said = repository.git("check-attr", name, "--", RECORD).said
    return said.rpartition(": ")[2]


def _line_ends(repository: Repository) -> Checkup:
    """Tell whether git leaves the bytes of records alone."""
    purpose = "records, which are hashed byte by byte"
    if _attribute(repository, "text") == "unset":
        return well("git attributes", "records are kept as they are", purpose=purpose)
    fix = "echo 'specs/*/results/** -text' >> .gitattributes"
    return weak("git attributes", "git may change line ends of records", purpose=purpose, fix=fix)


def _large_files(repository: Repository) -> Checkup:
    """Tell whether records are in git itself, or in LFS and whether that is there."""
    purpose = "records that every clone can read"
    if _attribute(repository, "filter") != "lfs":
        return well("git LFS", "records do not use it", purpose=purpose)
    if repository.git("lfs", "version").is_well:
        return well("git LFS", "installed, and records use it", purpose=purpose)
    fix = "sudo apt-get install git-lfs; git lfs pull"
    found = "records use it, and it is not installed"
    return lacking("git LFS", found, purpose=purpose, fix=fix, is_needed=True)


def _tracked(repository: Repository) -> Checkup:
    """Tell how many journals git tracks: those are finished."""
    listed = repository.git("ls-files", "--", f"specs/*/results/*/{JOURNAL}").said.splitlines()
    purpose = "a reader, who finds the records behind each claim"
    if listed:
        found = f"git tracks {len(listed)} journals; they are finished, new runs begin another"
        return well("records in git", found, purpose=purpose)
    fix = "git add specs/*/results, once everything is measured"
    return weak("records in git", "git tracks none yet", purpose=purpose, fix=fix)


def _url(url: str | None) -> Checkup:
    """Tell whether the site knows where it will be published."""
    purpose = "capstone publish"
    if url:
        return well("site url", url, purpose=purpose)
    fix = 'url = "https://NAME.github.io/REPOSITORY/" under [site] in capstone.toml'
    return lacking("site url", "not declared", purpose=purpose, fix=fix)
