"""What `capstone calibrate` found, as text: the link's constants, then every exchange beside its model."""

import click

from capstone_report.analysis.links import POINT_TO_POINT, Calibration, Exchange, LinkFacts
from capstone_report.perfmodel.regimes import Regime
from capstone_report.report.link_words import bandwidth_words, latency_words, size_words
from capstone_report.terminal.output import print_labelled, print_table
from capstone_report.units import prefixed

SHOWN_STEP = 16
"""Of the sizes of a collective, each is shown that is this many times the one before."""


def print_calibration(study: str, found: Calibration) -> None:
    """Print what a link's messages cost, at each number of workers."""
    click.echo(f"{study}: link calibrated at {found.moment}")
    for facts in found.by_workers:
        _print_link(facts)
        _print_collectives(facts)


def _print_link(facts: LinkFacts) -> None:
    """Print latency and bandwidth between the first worker and the last, and the regimes."""
    nodes = f" on {facts.nodes} machines" if facts.nodes > 1 else ""
    click.echo(f"\n{facts.workers} workers{nodes}, by {facts.by}")
    alpha, beta = facts.link.alpha, facts.link.beta
    print_labelled(
        [
            ("latency", latency_words(alpha)),
            ("bandwidth", bandwidth_words(beta)),
            ("intervals", f"{alpha.level:.0%}, order statistics of {facts.launches} launches"),
            *(
                (f"regime {number}", _regime(regime))
                for number, regime in enumerate(facts.link.regimes, start=1)
            ),
        ]
    )


def _regime(regime: Regime) -> str:
    """Return one regime of message sizes: its line, and how well the line fits."""
    line = regime.line
    first, last = size_words(regime.sizes[0]), size_words(regime.sizes[-1])
    slope = f"{prefixed(1 / line.beta, 'B/s')}" if line.beta > 0 else "no slope"
    begins = f"{line.alpha * 1e6:+.3g} us at 0 B"
    return f"{first} to {last}: {begins}, {slope}, misfit {line.misfit:.0%}"


def _print_collectives(facts: LinkFacts) -> None:
    """Print exchanges beside their models, point to point first."""
    rows = []
    for name in dict.fromkeys(exchange.name for exchange in facts.exchanges):
        shown = [e for e in facts.exchanges if e.name == name]
        rows += [_row(e) for e in _thinned(shown)]
    click.echo("")
    print_table(
        ("exchange", "size", "median", "p10", "algbw", "busbw", "model", "measured/model"), rows
    )
    click.echo("  algbw and busbw as nccl-tests define them; the models use the constants above")


def _thinned(exchanges: list[Exchange]) -> list[Exchange]:
    """Return the largest exchange, and from there down every one that is much smaller."""
    kept: list[Exchange] = []
    for exchange in reversed(exchanges):
        if not kept or exchange.size * SHOWN_STEP <= kept[-1].size:
            kept.append(exchange)
    return kept[::-1]


def _row(exchange: Exchange) -> tuple[str, ...]:
    """Return one line of the table."""
    time, expected = exchange.time.value, exchange.expected_s
    unknown = "" if exchange.name == POINT_TO_POINT else "not known"
    return (
        exchange.name.replace("_", "-"),
        size_words(exchange.size),
        prefixed(time, "s"),
        prefixed(exchange.tenth_s, "s"),
        prefixed(exchange.bandwidth.algorithm, "B/s"),
        prefixed(exchange.bandwidth.bus, "B/s"),
        unknown if expected is None else prefixed(expected, "s"),
        "" if expected is None else f"{time / expected:.2f}",
    )
