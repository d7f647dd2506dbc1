"""What launchers write before a line of a program: which rank said it."""

import re

# mpirun --tag-output and prterun: [1,3]<stdout>:; torchrun: [default3]: and [rank3]:; MPICH's
# hydra: [3]; srun --label: 3:, flush right.
PREFIX = re.compile(
    r"\s*(?:\[(?:[\w.-]{1,200}@)?\d{1,9},(?P<mpirun>\d{1,9})\](?:<std(?:out|err|diag)>)?:?"
    r"|\[(?:default|rank)(?P<torchrun>\d{1,9})\]:?"
    r"|\[(?P<hydra>\d{1,9})\]"
    r"|(?P<srun>\d{1,9}):(?=\s|$))",
    re.ASCII,
)


def split_rank(text: str) -> tuple[int, str]:
    """Return the rank that a launcher put before a line, or 0, and the line without it."""
    rank, rest = 0, text
    while found := PREFIX.match(rest):
        rank = int(next(group for group in found.groups() if group is not None))
        rest = rest[found.end() :]
    return rank, rest
