"""Which samples several workers trained on in the same epoch: the trace of a missing sampler."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from capstone_report.parsers.jsonl import FILE_LIMIT
from capstone_report.results.records import Sample
from capstone_report.results.values import SHARED_SAMPLES
from capstone_report.workloads.emit import is_kept

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One sample that a worker trained on."""

    rank: int
    epoch: int
    attempt: int
    """Which one since the run began: after a restart the workers may share an epoch anew."""
    halved: int
    """How often the range of the hashes had been halved by then."""
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What the workers of one run trained on together."""

    share: float
    """Of the samples of the worst epoch, the part that more than one worker trained on."""
    note: str
    """The same in words, with examples; empty where nothing was shared."""

    @property
    def sample(self) -> Sample:
        """Return the share as a record holds it."""
        return Sample(metric=SHARED_SAMPLES, value=self.share, unit="1")


def sharing(run_folder: Path, *, workers: int) -> Sharing | None:
    """Return what workers shared, from the identifiers they reported; None where none did.

    A sampler that pads the last batch repeats fewer samples than there are workers; that is none of
    its faults, so so few are not counted.
    """
    by_epoch: defaultdict[tuple[int, int], list[Reported]] = defaultdict(list)
    for reported in _reported(run_folder / "metrics"):
        by_epoch[reported.epoch, reported.attempt].append(reported)
    found = [_in_epoch(reports, workers) for _, reports in sorted(by_epoch.items())]
    return max(found, key=lambda sharing: sharing.share, default=None)


def _in_epoch(reports: list[Reported], workers: int) -> Sharing:
    """Compare what the workers trained on in one epoch, in the part that all of them kept."""
    halved = max(report.halved for report in reports)
    ranks: defaultdict[str, set[int]] = defaultdict(set)
    for report in reports:
        if is_kept(report.id, halved):
            ranks[report.id].add(report.rank)
    shared = sorted(identifier for identifier, owners in ranks.items() if len(owners) > 1)
    if len(shared) * 2**halved < workers:
        return Sharing(share=0.0, note="")
    several = sorted(set().union(*(ranks[identifier] for identifier in shared)))
    who = ", ".join(str(rank) for rank in several[:EXAMPLES])
    examples = ", ".join(repr(identifier) for identifier in shared[:EXAMPLES])
    share = len(shared) / len(ranks)
    note = (
        f"ranks {who} trained on the same samples in epoch {reports[0].epoch}: "
        f"{share:.0%} of {len(ranks) * 2**halved}, such as {examples}"
    )
    return Sharing(share=share, note=note)


def _reported(folder: Path) -> Iterator[Reported]:
    """Yield what every process reported; a line that is not the protocol is passed over."""
    for file in sorted(folder.glob("*.ids")):
        if file.is_symlink() or not file.is_file() or file.stat().st_size > FILE_LIMIT:
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                said = json.loads(line)
                yield Reported(
                    rank=int(said["rank"]),
                    epoch=int(said["epoch"]),
                    attempt=int(said.get("attempt", 0)),
                    halved=min(int(said["halved"]), 64),
                    id=str(said["id"]),
                )
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
