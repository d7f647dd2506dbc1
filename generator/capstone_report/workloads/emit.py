"""Reports samples from a benchmark program: standard library only, free to copy.

    from capstone_report.workloads.emit import metric, check

    metric("step_time", 0.012, "s", step=3)
    check("loss_is_finite", ok=True)

Each process appends JSON lines (protocol capstone-metrics/1) to a file of its own in the folder
that $CAPSTONE_METRICS_DIR names. Without that variable nothing is written, so a program runs the
same by hand. The rank is $RANK, as torchrun sets it, or 0.
"""

import json
import os
from pathlib import Path


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


def _append(line: dict[str, object]) -> None:
    """Write one line, with the rank, to this process's file."""
    folder = os.environ.get("CAPSTONE_METRICS_DIR")
    if not folder:
        return
    rank = int(os.environ.get("RANK", "0"))
    text = json.dumps({**line, "rank": rank}, allow_nan=False)
    with (Path(folder) / f"rank{rank}-{os.getpid()}.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(text + "\n")
