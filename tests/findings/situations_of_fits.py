"""CAP43x for real: times whose law, optimum or order cannot be told, and times where it can."""

from pathlib import Path

from findings.situation import Seen
from fitted import (
    DOUBLED,
    PREDICTED,
    amdahl,
    analysed_again,
    fitted,
    journal_with_prediction,
    ring,
)
from simulated import Changes, codes

LEVELS: Changes = {"benchmarks__1__levels": {"workers": list(DOUBLED)}}


def cap430(root: Path) -> Seen:
    """Up to 8 workers, and up to 32."""
    bad = fitted(root / "bad", (1, 2, 4, 8))
    return Seen(bad=codes(bad), good=codes(fitted(root / "good")))


def cap431(root: Path) -> Seen:
    """Up to 16 workers, and up to 32."""
    bad = fitted(root / "bad", (1, 2, 4, 8, 16))
    return Seen(bad=codes(bad), good=codes(fitted(root / "good", noise=0.013)))


def cap432(root: Path) -> Seen:
    """Three times the time from 8 workers on, and the ring."""
    bad = fitted(root / "bad", law=lambda p: 8 / p if p < 8 else 24 / p, noise=0.005)
    return Seen(bad=codes(bad), good=codes(fitted(root / "good")))


def cap433(root: Path) -> Seen:
    """32 workers on 16 cores, and on 256."""
    oversubscribed: Changes = {"benchmarks__1__oversubscribe": True}
    target: Changes = {"problem__target": {"speedup": 1.5, "workers": 8}}
    bad = fitted(root / "bad", cores=16, **oversubscribed, **target)
    return Seen(bad=codes(bad), good=codes(fitted(root / "good", **oversubscribed, **target)))


def cap434(root: Path) -> Seen:
    """Without one worker of the program, and with one."""
    bad = fitted(root / "bad", (2, 4, 8, 16))
    return Seen(bad=codes(bad), good=codes(fitted(root / "good", (1, 2, 4, 8, 16))))


def cap435(root: Path) -> Seen:
    """A prediction that nothing froze, and one that stands before the distributed runs."""
    bad = fitted(root / "bad", **PREDICTED)
    journal_with_prediction(root / "good")
    return Seen(bad=codes(bad), good=codes(analysed_again(root / "good", **LEVELS)))


def cap436(root: Path) -> Seen:
    """A latency that was changed after measuring, and one that was not."""
    for name in ("bad", "good"):
        journal_with_prediction(root / name)
    bad = analysed_again(root / "bad", prediction__alpha_s=0.02, **LEVELS)
    return Seen(bad=codes(bad), good=codes(analysed_again(root / "good", **LEVELS)))


def cap437(root: Path) -> Seen:
    """A size of 64 workers from 16 measured ones, and from 32."""
    sizing: Changes = {"sizing": {"workers": 64, "why": "It fits the budget."}}
    bad = fitted(root / "bad", (1, 2, 4, 8, 16), law=amdahl, **sizing)
    return Seen(bad=codes(bad), good=codes(fitted(root / "good", law=ring, **sizing)))
