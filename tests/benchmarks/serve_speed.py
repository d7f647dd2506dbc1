"""How long a saved change takes until a served page shows it; prints a table: make bench.

The time is that from the end of writing to the moment a waiting page is told, and the next answer
holds the change. A browser's own reload comes on top.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from served import Served, served

REPOSITORY = Path(__file__).resolve().parents[2]
STUDY = "ddp-digits"
REPEATS = 7


def workspace(folder: Path, studies: int) -> Path:
    """Copy the shipped workspace, with so many copies of its study."""
    shutil.copy(REPOSITORY / "capstone.toml", folder)
    for number in range(studies):
        name = STUDY if number == 0 else f"{STUDY}-{number}"
        shutil.copytree(REPOSITORY / "specs" / STUDY, folder / "specs" / name)
    return folder


def sentence(root: Path, number: int) -> tuple[str, str]:
    """Write another sentence, and return the page that shows it, and what it shows."""
    prose = root / "specs" / STUDY / "problem.md"
    text = (REPOSITORY / "specs" / STUDY / "problem.md").read_text()
    prose.write_text(f"{text}\nThis is sentence {number}.\n")
    return f"{STUDY}/problem.html", f"This is sentence {number}."


def records(root: Path, _: int) -> tuple[str, str]:
    """Leave out one run more of the journal, so that every chart is another one."""
    (journal,) = (root / "specs" / STUDY / "results").glob("*/journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    return f"{STUDY}/performance.html", '<svg class="chart"'


def title(root: Path, number: int) -> tuple[str, str]:
    """Give a study another title."""
    study = root / "specs" / STUDY / "study.toml"
    text = (REPOSITORY / "specs" / STUDY / "study.toml").read_text()
    study.write_text(text.replace('\ntitle = "', f'\ntitle = "Number {number}: ', 1))
    return f"{STUDY}/index.html", f"Number {number}: "


def seconds(server: Served, root: Path, change: Callable[[Path, int], tuple[str, str]]) -> str:
    """Return the median and the range of several changes."""
    times = []
    for number in range(REPEATS):
        version = server.news()["version"]
        path, shown = change(root, number)
        start = time.perf_counter()
        news = server.news(version)
        page = server.page(path)
        times.append(time.perf_counter() - start)
        assert not news["problem"], news["problem"]
        assert shown in page
    return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f}, n = {REPEATS})"


def main() -> None:
    """Print the table."""
    print(f"{'studies':>8}  {'change':<18} {'target':<8} median (range)")
    for studies in (1, 10):
        with tempfile.TemporaryDirectory() as folder:
            root = workspace(Path(folder), studies)
            with served(root, said=root / "said") as server:
                for name, target, change in (
                    ("a sentence", "1 s", sentence),
                    ("a study's title", "1 s", title),
                    ("every chart", "2 s", records),
                ):
                    taken = seconds(server, root, change)
                    print(f"{studies:>8}  {name:<18} {target:<8} {taken}", flush=True)


if __name__ == "__main__":
    main()
