"""Extensions: one file defines one kind, and taking it away takes nothing else away."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from capstone_report.launchers.launcher import Launcher, launchers
from capstone_report.launchers.torchrun import Torchrun
from capstone_report.parsers.jsonl import JsonLines
from capstone_report.parsers.parser import parsers
from capstone_report.registry import kinds

Extend = Callable[..., str]

NUMBERS = count()
LAUNCHER = """
from capstone_report.launchers.launcher import Allocation, Launcher


class Invented(Launcher):
    kind = "{kind}"

    def command(self, program: list[str], allocation: Allocation) -> list[str]:
        return ["{kind}", *program]
"""


@pytest.fixture
def extend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extend:
    """Write a package of launcher files, by module name and text, and return its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(**files: str) -> str:
        package = f"invented_launchers_{next(NUMBERS)}"
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        for name, text in files.items():
            (tmp_path / package / f"{name}.py").write_text(text)
        return package

    return write


def found(package: str) -> dict[str, type[Launcher]]:
    """Return the launchers of a package."""
    return kinds(package, Launcher)  # type: ignore[type-abstract] # only subclasses are returned


def test_the_shipped_launchers_and_parsers_are_found() -> None:
    assert list(launchers()) == ["hosts", "local", "ray", "slurm", "torchrun"]
    assert launchers()["torchrun"] is Torchrun
    assert parsers()["jsonl"] is JsonLines
    assert list(parsers()) == [
        "csv",
        "hyperfine",
        "jsonl",
        "mllog",
        "nccl-tests",
        "nccl-tests-json",
        "pytest-benchmark",
        "regex",
        "step-log",
    ]


def test_a_new_file_is_a_new_kind(extend: Extend) -> None:
    package = extend(first=LAUNCHER.format(kind="one"), second=LAUNCHER.format(kind="two"))

    launcher = found(package)["two"]

    assert issubclass(launcher, Launcher)
    assert launcher.kind == "two"


def test_without_one_file_the_others_are_found_as_before(extend: Extend) -> None:
    files = {name: LAUNCHER.format(kind=name) for name in ("one", "two", "three")}
    complete = extend(**files)
    del files["two"]

    lacking = extend(**files)

    assert sorted(found(complete)) == ["one", "three", "two"]
    assert sorted(found(lacking)) == ["one", "three"]


def test_a_package_without_files_has_no_kinds(extend: Extend) -> None:
    assert found(extend()) == {}


def test_kinds_come_sorted_whatever_their_files_are_called(extend: Extend) -> None:
    package = extend(a=LAUNCHER.format(kind="zebra"), b=LAUNCHER.format(kind="ant"))

    assert list(found(package)) == ["ant", "zebra"]


def test_a_class_that_a_file_only_imports_is_not_its_own(extend: Extend) -> None:
    text = "from capstone_report.launchers.local import Local\n" + LAUNCHER.format(kind="own")

    assert list(found(extend(only=text))) == ["own"]


def test_the_base_and_other_classes_are_no_kinds(extend: Extend) -> None:
    other = "class Helper:\n    kind = 'helper'\n"

    assert found(extend(base="from capstone_report.launchers.launcher import Launcher\n")) == {}
    assert found(extend(other=other)) == {}


def test_two_files_of_one_kind_are_refused_and_never_one_of_them_taken(extend: Extend) -> None:
    package = extend(a=LAUNCHER.format(kind="same"), b=LAUNCHER.format(kind="same"))

    with pytest.raises(Exception, match="same"):
        found(package)


def test_what_leaves_something_abstract_is_shared_and_no_kind(extend: Extend) -> None:
    shared = (
        LAUNCHER.format(kind="one").partition("    def command")[0].replace("Invented", "Shared")
    )

    assert found(extend(shared=shared)) == {}
