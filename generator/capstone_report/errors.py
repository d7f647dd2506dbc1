"""The errors a user can cause or meet, each with its exit code.

CapstoneError            anything a user can act on; never shown as a traceback
├── UsageError        2  the command line names something that is not there
├── SpecError         3  a study, a workspace or its prose is not valid
├── MeasurementError  4  a measurement failed, or one that is needed is missing
├── IntegrityError    5  records are damaged or incomplete
├── LockedError       6  another run holds the records
└── MachineError  7  this machine lacks something that the task needs
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A stretch of one line of a file; lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int
    end_column: int
    """The first column after the stretch."""
    text: str
    """The whole line."""
    key: str = ""
    """The key path of what stands there, such as benchmarks[1].levels.workers."""

    def __str__(self) -> str:
        """Return the place as editors and compilers write it: file:line:column."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    code: str
    where: str
    """The place in words: file:line:column, a file, a folder, a run."""
    what: str
    remedy: str
    place: Place | None = None
    """The place itself, where it is one in a declared file."""
    beside: tuple[Place, ...] = ()
    """The other places of a disagreement."""

    def __str__(self) -> str:
        """Return the problem as one line: where, code, key, what, what to do."""
        key = f"{self.place.key}: " if self.place and self.place.key else ""
        return f"{self.where}: [{self.code}] {key}{self.what}; {self.remedy}"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Return what problems are sorted by: file, line, column, and then code and wording."""
        if self.place is None:
            return (self.where, 0, 0, self.code, self.what)
        place = self.place
        return (place.file, place.line, place.column, self.code, self.what)


class CapstoneError(Exception):
    """Something a user can act on; carries every problem that was found, not the first one."""

    exit_code = 70

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems in the order that a reader fixes them: by place."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    @classmethod
    def collect(cls, problems: Iterable[Problem]) -> None:
        """Raise one error that carries all problems, sorted by place; do nothing without any."""
        found = sorted(problems, key=lambda problem: problem.order)
        if found:
            raise cls(*found)


class UsageError(CapstoneError):
    """The command line names something that is not there."""

    exit_code = 2


class SpecError(CapstoneError):
    """A study, a workspace or its prose is not valid."""

    exit_code = 3


class MeasurementError(CapstoneError):
    """A measurement failed, or one that is needed is missing."""

    exit_code = 4


class IntegrityError(CapstoneError):
    """Records are damaged or incomplete."""

    exit_code = 5


class LockedError(CapstoneError):
    """Another run holds the records."""

    exit_code = 6


class MachineError(CapstoneError):
    """This machine lacks something that the task needs."""

    exit_code = 7
