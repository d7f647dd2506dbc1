"""Reports samples from a benchmark program: standard library only, free to copy.

    from capstone_report.workloads.emit import metric, check, trained_on

    metric("step_time", 0.012, "s", step=3)
    check("loss_is_finite", ok=True)
    trained_on([17, 4, 256], epoch=0)

Each process appends JSON lines (protocol capstone-metrics/1) to a file of its own in the folder
that $CAPSTONE_METRICS_DIR names. Without that variable nothing is written, so a program runs the
same by hand. The rank is $RANK, as torchrun sets it, or $SLURM_PROCID, as srun does, or 0. After an
elastic restart the lines carry the number of the attempt, $TORCHELASTIC_RESTART_COUNT: what is said
again replaces what was said before.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

MOST_IDS = 4096
"""How many identifiers of an epoch each process keeps; of more, a part chosen by their hashes."""
LONGEST_ID = 64

_kept: dict[int, tuple[int, set[str]]] = {}
"""By epoch, how often the range of hashes was halved, and the identifiers in what is left of it."""


def metric(
    name: str,
    value: float,
    unit: str,
    *,
    step: int | None = None,
    phase: str | None = None,
) -> None:
    """Report one value in a unit of the protocol; phase "warmup" keeps it out of the analysis."""
    line: dict[str, object] = {"m": name, "v": float(value), "u": unit}
    if step is not None:
        line["step"] = step
    if phase is not None:
        line["phase"] = phase
    _append(line)


def check(name: str, *, ok: bool, detail: str = "") -> None:
    """Report one sanity check; a run with a failed check does not count."""
    _append({"check": name, "ok": bool(ok), "detail": detail})


def trained_on(ids: Iterable[object], *, epoch: int = 0) -> None:
    """Report which samples this worker trained on in an epoch, by identifiers of any kind.

    No two workers may train on the same sample in one epoch: a missing distributed sampler shows.
    Call it as often as you like. Every process keeps the same part of all identifiers, chosen by
    their hashes, so that what is kept can be compared and the files stay small.
    """
    halved, before = _kept.get(epoch, (0, set()))
    now = before | {str(identifier)[:LONGEST_ID] for identifier in ids}
    now = {identifier for identifier in now if is_kept(identifier, halved)}
    while len(now) > MOST_IDS:
        halved += 1
        now = {identifier for identifier in now if is_kept(identifier, halved)}
    _kept[epoch] = (halved, now)
    lines = [{"id": name, "epoch": epoch, "halved": halved} for name in sorted(now - before)]
    _append(*lines, suffix="ids")


def is_kept(identifier: str, halved: int) -> bool:
    """Tell whether an identifier's hash of 64 bits lies in a range that was halved so often."""
    digest = hashlib.blake2b(identifier.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < 1 << max(64 - halved, 0)


def _append(*lines: Mapping[str, object], suffix: str = "jsonl") -> None:
    """Write lines, with the rank and a later attempt's number, to this process's file."""
    folder = os.environ.get("CAPSTONE_METRICS_DIR")
    if not folder:
        return
    rank = int(os.environ.get("RANK") or os.environ.get("SLURM_PROCID") or 0)
    attempt = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    place = {"rank": rank, "attempt": attempt} if attempt else {"rank": rank}
    text = "".join(json.dumps({**line, **place}, allow_nan=False) + "\n" for line in lines)
    with (Path(folder) / f"rank{rank}-{os.getpid()}.{suffix}").open(
        "a", encoding="utf-8"
    ) as stream:
        stream.write(text)
