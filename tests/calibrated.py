"""Links with known constants: what launches of a calibration report over them, as records and as a program."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from capstone_report.calibration import LAUNCHES, calibration_plan
from capstone_report.perfmodel.link import MODELS, expected_seconds
from capstone_report.results.records import Check, Environment, RunRecord, Sample
from capstone_report.spec.load import LoadedStudy
from simulated import ENVIRONMENT, record

SIZES = tuple(64 << k for k in range(17))
"""64 B to 4 MiB, by powers of two."""
ROUNDS = 2
MOMENT = "2026-11-21T12:00:00.000+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueLink:
    """A link: 50 us and 100 MB/s unless it is said otherwise."""

    alpha: float = 50e-6
    beta: float = 1e-8
    burst: int = 0
    """How many bytes of a message a token bucket lets through at no cost."""

    def seconds(self, size: int) -> float:
        """Return what a message takes."""
        return self.alpha + self.beta * max(0, size - self.burst)


Disturb = Callable[[int, int], float]
"""By which factor a time of a launch at a size is longer; launches are numbered."""


def quiet(launch: int, size: int) -> float:
    """Return a factor that differs by a part in a thousand from launch to launch."""
    return 1 + (launch * 7 + size.bit_length()) % 5 / 1000


def visits(
    link: TrueLink, workers: int, launch: int, disturb: Disturb = quiet
) -> Iterator[tuple[str, float, int]]:
    """Yield the metric, time and round of every visit of one launch."""
    for number in range(ROUNDS):
        for size in SIZES:
            yield f"point_to_point_{size}", link.seconds(size) * disturb(launch, size), number
        for collective in MODELS:
            for size in SIZES[::-2]:
                time = expected_seconds(collective, workers, size, alpha=link.alpha, beta=link.beta)
                yield f"{collective}_{size}", time * disturb(launch, size), number


def calibration_records(
    loaded: LoadedStudy,
    link: TrueLink,
    *,
    workers: Sequence[int] = (2,),
    launches: int = LAUNCHES,
    moment: str = MOMENT,
    disturb: Disturb = quiet,
    environment: Environment = ENVIRONMENT,
) -> list[RunRecord]:
    """Return the launches of one calibration over a link."""
    plan = calibration_plan(
        loaded, environment, (), moment=moment, workers=workers, launches=launches
    )
    made: list[RunRecord] = []
    for run in plan.runs:
        reported = visits(link, run.case.allocation.workers, run.repeat, disturb)
        samples = tuple(
            Sample(metric=name, value=value, unit="s", step=step) for name, value, step in reported
        )
        said = Check(name="collectives", ok=True, detail="an invention")
        told = record(loaded, run, 1.0, environment=environment, number=900 + len(made))
        update = {"samples": samples, "checks": (said,), "run_id": f"{told.run_id}-{moment[11:19]}"}
        made.append(told.model_copy(update=update))
    return made


RANKS = f"""\
import json, os, sys
sizes = {SIZES!r}
names = {[str(name) for name in MODELS]!r}
p = int(os.environ["CAPSTONE_WORKERS"])
def seconds(name, size):
    share = 1 if name in ("point_to_point", "broadcast") else (p - 1) / p
    return (5e-5 + 1e-8 * size * share) * (2 if name == "all_reduce" else 1)
with open(os.environ["CAPSTONE_METRICS_DIR"] + "/rank0-1.jsonl", "w") as file:
    for step in range(2):
        for name in ["point_to_point", *names]:
            for size in sizes if name == "point_to_point" else sizes[::-2]:
                line = {{"m": f"{{name}}_{{size}}", "v": seconds(name, size), "u": "s", "step": step}}
                file.write(json.dumps(line) + "\\n")
    file.write(json.dumps({{"check": "collectives", "ok": True, "detail": "pretended"}}) + "\\n")
"""
"""Stands for the ranks of two workers over a link of 50 us and 100 MB/s; it sends nothing."""
PRETENDED = (
    '{ kind = "hosts", hosts = [{ address = "127.0.0.1", enter = ["python3", "ranks.py"] }], '
    "workers_per_node = 4 }"
)
"""A launcher, in TOML, that enters its only host by that program, so that nothing else is started."""
