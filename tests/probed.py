"""Probes of machines that are made up, for whoever reads probes."""

from capstone_report.results.probed import Noise, Place, Probe, Roof, Unmeasured
from capstone_report.results.records import Environment

HERE = Environment(
    cpu="AMD EPYC", cores=2, physical_cores=2, memory_bytes=2**34, system="Linux", python="3.12"
    , capstone="0.1.0", packages={"torch": "2.13.0"}
)  # fmt: skip
MACHINE = "amd-epyc-2c-abcdef"
ONE = Place(device="cpu", name="AMD EPYC", threads=1)
ALL = Place(device="cpu", name="AMD EPYC", threads=2)
GPU = Place(device="cuda:0", name="NVIDIA H200")
QUIET = (1.0, 1.01, 1.02, 1.0, 1.01, 1.02)
LOUD = (1.0, 1.5, 1.0, 1.5, 1.0, 1.5)
QUIET_NOISE = Noise(loop_s=QUIET, cores=2, other_load=0.1, stolen=0.0)


def roof(
    place: Place,
    kernel: str,
    rate: float,
    *,
    times: tuple[float, ...] = QUIET,
    peak: float | None = None,
) -> Roof:
    """Return a roof whose median repeat takes 1.01 s, or the times that are given."""
    moved = kernel in {"copy", "triad", "write", "read"}
    return Roof(
        place=place,
        kernel=kernel,
        unit="B/s" if moved else "FLOP/s",
        work=rate * 1.01,
        times_s=times,
        warmup_s=(2.0, 1.1),
        how="invented",
        peak=peak,
        peak_source="a datasheet, 2024" if peak else "",
    )


ROOFS = (
    roof(ONE, "float32", 50e9),
    roof(ONE, "copy", 10e9),
    roof(ALL, "float32", 100e9),
    roof(ALL, "copy", 20e9),
    roof(ALL, "triad", 25e9),
    roof(GPU, "bfloat16", 700e12, peak=1000e12),
)


def probe(
    *,
    roofs: tuple[Roof, ...] = ROOFS,
    unmeasured: tuple[Unmeasured, ...] = (),
    noise: Noise = QUIET_NOISE,
    environment: Environment = HERE,
    machine: str = MACHINE,
) -> Probe:
    """Return a probe."""
    return Probe(
        machine=machine,
        measured_at="2026-01-02T03:04:05+00:00",
        environment=environment,
        noise=noise,
        roofs=roofs,
        unmeasured=unmeasured,
    )
