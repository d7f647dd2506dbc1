"""What `capstone probe` does and says: progress, a table of roofs, ridges, caveats."""

import sys
from collections.abc import Iterator
from itertools import groupby

import click

from capstone_report.calculators.inputs import misfit
from capstone_report.calculators.probe import ProbeInputs
from capstone_report.calculators.probe_json import NoiseRow, ProbeAnswer, RoofRow, probe_answer
from capstone_report.errors import MeasurementError, UsageError
from capstone_report.findings.finding import Finding, Severity
from capstone_report.measure.probe_findings import probe_findings
from capstone_report.measure.probe_store import keep_probe
from capstone_report.measure.probing import KERNELS, Step, Wanted, probe
from capstone_report.measure.stopping import Stopped
from capstone_report.terminal.output import print_json, print_labelled, print_table, write_chart
from capstone_report.units import prefixed

HEADERS = ("where", "roof", "rate", "95 % interval", "n", "spread", "of peak", "")
ERASE = "\r\x1b[K"
UNKNOWN = "unknown"


def answer(given: ProbeInputs) -> None:
    """Probe, keep what was measured, print it, and draw it where a chart is asked for.

    Raises:
        MeasurementError: a program of the probe failed; everything else is printed and kept.
    """
    wanted = _wanted(given)
    try:
        measured = probe(wanted, tell)
    except Stopped as stopped:
        click.echo("stopped; of a probe that did not end nothing is kept", err=True)
        sys.exit(128 + stopped.number)
    kept = None if given["only"] else str(keep_probe(measured))
    findings = list(probe_findings(measured))
    answered = probe_answer(measured, kept)
    if given["as_json"]:
        print_json("probe", **answered.model_dump(mode="json", exclude={"schema_"}))
    else:
        show(answered)
    if given["chart"]:
        from capstone_report.report.probe_chart import probe_chart

        write_chart(given["chart"], "probe", probe_chart(answered.ridges))
    _tell_findings(findings)


def _wanted(given: ProbeInputs) -> Wanted:
    """Return what is to be probed.

    Raises:
        UsageError: a roof is none.
    """
    UsageError.collect(
        misfit("--only", f"there is no roof {name!r}", f"known are: {', '.join(KERNELS)}")
        for name in given["only"]
        if name not in KERNELS
    )
    cache = given["cache"]
    return Wanted(
        kernels=given["only"] or KERNELS,
        seconds=given["seconds"],
        disk=given["disk"],
        cache_bytes=None if cache is None else int(cache),
    )


def tell(step: Step) -> None:
    """Say on stderr how far a probe is: in one line that moves on a terminal, else one per part."""
    named = f"[{step.number}/{step.parts}] {step.part.place.key}"
    measured = ", ".join(step.part.kernels) or step.part.place.name
    if sys.stderr.isatty():
        text = f"{named}: {step.elapsed_s:.0f} s: {measured}"
        click.echo(f"{ERASE}{text[:79]}", err=True, nl=step.done is not None)
    elif step.done is not None:
        click.echo(f"{named}: {measured}: {step.elapsed_s:.1f} s", err=True)


def show(answered: ProbeAnswer) -> None:
    """Print the roofs, where they meet, and how noisy the machine was."""
    click.echo(f"{answered.machine}, {answered.measured_at}")
    if answered.roofs:
        print_table(HEADERS, [_cells(row) for row in answered.roofs])
        print_labelled(list(_means(answered.roofs)))
    for place, group in groupby(answered.ridges, key=lambda row: row.place):
        ridges = ", ".join(f"{row.kernel} {row.flop_per_byte:.3g}" for row in group)
        click.echo(f"ridge at {place}: {ridges} FLOP/B")
    for source in _sources(answered.roofs):
        click.echo(f"peak: {source}")
    click.echo(_noise(answered.noise))
    click.echo(f"kept in {answered.kept}" if answered.kept else "a part of a probe is not kept")


def _cells(row: RoofRow) -> tuple[str, ...]:
    """Return a roof's row of the table."""
    interval = (
        f"{row.low / row.rate:.1%} to {row.high / row.rate:.1%}" if row.low and row.high else "-"
    )
    return (
        row.place,
        row.kernel,
        prefixed(row.rate, row.unit),
        interval,
        str(row.repeats),
        f"{row.spread:.1%}",
        UNKNOWN if row.share_of_peak is None else f"{row.share_of_peak:.0%}",
        "noisy" if row.is_noisy else "",
    )


def _means(rows: list[RoofRow]) -> Iterator[tuple[str, str]]:
    """Yield of which size and by which means each roof was measured, and where alike."""
    places: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        places.setdefault((row.kernel, row.how), []).append(row.place)
    for (kernel, how), where in places.items():
        yield kernel, f"{how} ({', '.join(where)})"


def _sources(rows: list[RoofRow]) -> Iterator[str]:
    """Yield who says what a peak is, each once."""
    yield from dict.fromkeys(
        f"{row.name}: {row.peak_source}" for row in rows if row.peak is not None
    )


def _noise(noise: NoiseRow) -> str:
    """Return the noise in one line."""
    spread = UNKNOWN if noise.loop_spread is None else f"{noise.loop_spread:.1%}"
    stolen = "" if noise.stolen is None else f", {noise.stolen:.1%} of all time stolen"
    return (
        f"noise: {spread} between {noise.loop_repeats} repeats of a fixed loop; other work kept "
        f"up to {noise.other_load:g} of {noise.cores} cores busy{stolen}"
    )


def _tell_findings(findings: list[Finding]) -> None:
    """Print caveats on stderr.

    Raises:
        MeasurementError: a program failed.
    """
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            click.echo(str(finding), err=True)
    MeasurementError.collect(f for f in findings if f.severity is Severity.ERROR)
