"""What a failed program's last words tell about the cause, where they are known words."""

import re
from pathlib import Path

ADDRESS_IN_USE = "an address was in use already"
SYMPTOMS = (
    (
        r"out of memory.*(?:CUDA|GPU)|(?:CUDA|HIP)(?: error:)? out of memory",
        "a GPU ran out of memory",
    ),
    (r"NVRM: Xid|\bXid \(|(?:uncorrectable|double.bit) ECC", "a GPU reported a fault (ECC or Xid)"),
    (r"Address already in use|EADDRINUSE", ADDRESS_IN_USE),
    (r"No space left on device", "a disk was full"),
    (r"[Ww]atchdog caught collective operation timeout", "a collective operation timed out"),
    (r"\bMemoryError|Cannot allocate memory|std::bad_alloc", "memory ran out"),
    (
        r"srun: error: \S+ tasks? ([\d,-]+): Exited with exit code (\d+)",
        "task {} of Slurm ended with {}",
    ),
    (r"No module named '([\w.]+)'", "the Python module {} is missing"),
    (r"(?s:Root Cause.*?rank\s*:\s*(\d+)\b.*?exitcode\s*:\s*(-?\d+))", "rank {} ended with {}"),
)
LAST_BYTES = 1 << 16
LAST_LINES = 20


def symptoms(run_folder: Path) -> list[str]:
    """Return the known causes that the ends of stdout.txt and stderr.txt name."""
    said = "\n".join(end_of(run_folder / name) for name in ("stdout.txt", "stderr.txt"))
    found = ((re.search(pattern, said, re.MULTILINE), words) for pattern, words in SYMPTOMS)
    return [words.format(*match.groups()) for match, words in found if match]


def last_words(run_folder: Path) -> list[str]:
    """Return the last lines of stderr, or else of stdout, with nothing that a terminal obeys."""
    said = end_of(run_folder / "stderr.txt").strip() or end_of(run_folder / "stdout.txt").strip()
    lines = said.splitlines()[-LAST_LINES:]
    return [
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        for line in lines
    ]


def end_of(file: Path) -> str:
    """Return the end of a file as text; empty without the file."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - LAST_BYTES))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""
