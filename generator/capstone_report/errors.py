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


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    code: str
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Return the problem as one line: where, code, what, what to do."""
        return f"{self.where}: [{self.code}] {self.what}; {self.remedy}"


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
        found = sorted(problems, key=lambda problem: (problem.where, problem.what))
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
