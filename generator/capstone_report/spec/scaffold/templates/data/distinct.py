"""Counts the distinct lines of a text in shards: in one loop, or shard by shard in a pool.

Two lines are the same when they hold the same words, in any order and case.

python distinct.py --lines 300000 --workers 1 --serial
python distinct.py --lines 300000 --workers 2
"""

import argparse
import hashlib
import multiprocessing
import tempfile
import time
from pathlib import Path

from capstone_report.workloads.emit import metric

SHARDS = 32
COPIES = 3
"""How often each document occurs, each time in another shard and in another order of words."""
WORDS = (
    "axis",
    "batch",
    "cluster",
    "data",
    "edge",
    "fault",
    "graph",
    "host",
    "index",
    "job",
    "key",
)


def document(number: int, copy: int) -> str:
    """Return a document as one line; every copy says the same words in another order or case."""
    words = [WORDS[number // 3**place % len(WORDS)] for place in range(10)] + [f"no{number}"]
    said = " ".join(words[copy:] + words[:copy])
    return said.upper() if copy % 2 else said


def write_shards(folder: Path, lines: int) -> list[Path]:
    """Spread COPIES of every document over the shards, and return their files."""
    texts: list[list[str]] = [[] for _ in range(SHARDS)]
    for number in range(lines // COPIES):
        for copy in range(COPIES):
            texts[(number + copy) % SHARDS].append(document(number, copy))
    paths = [folder / f"shard-{shard}.txt" for shard in range(SHARDS)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text("\n".join(text), encoding="utf-8")
    return paths


def fingerprints(path: Path) -> set[int]:
    """Return one fingerprint of 64 bits for each distinct line of a shard."""
    found = set()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            words = " ".join(sorted(line.lower().split()))
            digest = hashlib.blake2b(words.encode(), digest_size=8).digest()
            found.add(int.from_bytes(digest, "big"))
    return found


def count(paths: list[Path], workers: int, *, serial: bool) -> int:
    """Return how many distinct lines the shards hold together."""
    distinct: set[int] = set()
    if serial:
        for path in paths:
            distinct |= fingerprints(path)
    else:
        with multiprocessing.Pool(workers) as pool:
            for found in pool.imap_unordered(fingerprints, paths):
                distinct |= found
    return len(distinct)


def main() -> None:
    """Write the text, then time the count; starting the pool is part of the price."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_shards(Path(folder), options.lines)
        started = time.perf_counter()
        distinct = count(paths, options.workers, serial=options.serial)
        metric("count_time", time.perf_counter() - started, "s")
        metric("distinct_lines", distinct, "1")


if __name__ == "__main__":
    main()
