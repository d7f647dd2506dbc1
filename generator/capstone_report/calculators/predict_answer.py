"""What `capstone predict` answers, as text: the book's table, and sizes in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from capstone_report.calculators.inputs import misfit
from capstone_report.calculators.numerals import cell, counted
from capstone_report.calculators.predict import PredictInputs
from capstone_report.calculators.predict_json import link_row, predict_answer, set_options
from capstone_report.calculators.sensitivity_answer import print_sensitivity
from capstone_report.errors import UsageError
from capstone_report.perfmodel.cross_check import usl_of_step
from capstone_report.perfmodel.laws import Usl
from capstone_report.perfmodel.optima import Prices
from capstone_report.perfmodel.outcomes import (
    At,
    First,
    Last,
    NeverDistribute,
    NeverReached,
    Optimum,
    Unbounded,
)
from capstone_report.perfmodel.prediction import BOOK_WORKERS, Cheapest, Prediction, predict
from capstone_report.perfmodel.sensitivity import TornadoRow, reach, tornado
from capstone_report.perfmodel.step import Scaling, StepModel
from capstone_report.report.link_words import bandwidth_words, latency_words
from capstone_report.terminal.output import (
    print_json,
    print_labelled,
    print_table,
    write_chart,
)
from capstone_report.units import Usd, dollars, prefixed

if TYPE_CHECKING:
    from capstone_report.calculators.measured_links import MeasuredLink
    from capstone_report.calculators.step_models import Asked

Outcome = Optimum | Last | First
# The smallest time of one worker that is shown in a unit, and how many of the unit a second has.
TABLE_UNITS = ((0.1, "s", 1.0), (1e-4, "ms", 1e3), (0.0, "us", 1e6))


def answer(asked: "Asked", given: PredictInputs) -> None:
    """Print what a step model predicts, and draw it where a chart is asked for."""
    model = asked.model
    predicted = predict(model, given["workers"] or BOOK_WORKERS, prices=_prices(given))
    rows = tornado(model) if given["sensitivity"] else None
    if given["as_json"]:
        typed = predict_answer(
            predicted, study=given["study"], tornado=rows, link=link_row(asked.link)
        )
        print_json("predict", **typed.model_dump(mode="json", exclude={"schema_"}))
    else:
        _print(predicted, given, rows, asked.link)
    if given["chart"] and rows is None:
        from capstone_report.report.calculator_charts import speedup_chart

        write_chart(given["chart"], "predicted-speedup", speedup_chart(predicted))
    elif given["chart"] and rows is not None:
        from capstone_report.report.tornado_chart import tornado_chart

        write_chart(given["chart"], "sensitivity", tornado_chart(rows, reach(model)))


def _prices(given: PredictInputs) -> Prices | None:
    """Return what an hour costs, where it is given.

    Raises:
        UsageError: waiting has a price and a worker has none.
    """
    if given["price"] is not None:
        return Prices(worker_hour=given["price"], waiting_hour=given["waiting_value"] or 0.0)
    if given["waiting_value"] is not None:
        reason = "waiting alone says nothing about the cheapest size"
        raise UsageError(misfit("--waiting-value", reason, "add --price, too"))
    return None


def _print(
    predicted: Prediction,
    given: PredictInputs,
    rows: Sequence[TornadoRow] | None,
    link: "MeasuredLink | None",
) -> None:
    """Print the table, the sizes, the cross-checks and what a constant decides."""
    model = predicted.model
    _print_heading(model, given["study"])
    if link is not None:
        _print_link(link)
    _print_points(predicted)
    click.echo("\nSizes worth naming (S speedup, E efficiency,")
    click.echo("  cost of a result in worker-seconds over one worker's)")
    waits = "cheapest, with waiting" if given["waiting_value"] else "cheapest, waiting free"
    print_labelled(_sizes(predicted, cheapest=waits))
    if isinstance(predicted.time_optimal, At):
        click.echo("  The fastest size is an upper bound on a sensible one.")
    usl = usl_of_step(model)
    if usl:
        click.echo("\nThe same curve under other names, to check a fit against")
        print_labelled(_other_names(usl))
    if rows is not None:
        click.echo("")
        print_sensitivity(rows)


def _other_names(usl: Usl) -> list[tuple[str, str]]:
    """Return the constants of the universal scalability law, and Karp and Flatt's line."""
    peak = usl.peak()
    peaks = f"peak at {cell(peak, 3)} workers" if peak else "no peak"
    return [
        ("USL", f"sigma {usl.sigma:.4g}, kappa {usl.kappa:.4g}, {peaks}"),
        ("Karp-Flatt", f"e(p) = {usl.sigma:.4g} + {usl.kappa:.4g} p"),
    ]


def _print_heading(model: StepModel, study: str | None) -> None:
    """Say what is predicted, and from which constants."""
    of = f" of {study}" if study else ""
    click.echo(f"Predicted scaling{of}: {model.comm.title}, {model.scaling} scaling")
    declared = [
        ("T_comp", prefixed(model.t_comp, "s")),
        ("alpha", prefixed(model.alpha, "s")),
        ("beta", prefixed(model.beta, "s")),
        ("serial", prefixed(model.serial, "s") if model.serial else ""),
        ("I/O", prefixed(model.io, "s") if model.io else ""),
        ("imbalance", f"{model.imbalance:.3g}" if model.imbalance else ""),
        ("overlap", f"{model.overlap:.3g}" if model.overlap else ""),
        *((name, f"{value:g}") for name, value in set_options(model).items()),
    ]
    click.echo(f"  {', '.join(f'{name} {text}' for name, text in declared if text)}")
    click.echo(f"  source of the model: {model.comm.source}")
    if model.comm.assumes:
        click.echo(f"  assumed: {model.comm.assumes}")
    if model.comm.kind == "book-ring":
        click.echo("  a ring pays 2(p - 1) latencies, not p - 1 of them: compare --model ring")


def _print_link(link: "MeasuredLink") -> None:
    """Say where calibrated constants come from: when, where, and from which sizes."""
    facts = link.calibration.widest
    of = f"by {facts.launches} launches of {facts.workers} workers on {link.machine}"
    click.echo(f"  link calibrated at {link.calibration.moment}, {of}")
    click.echo(f"    latency {latency_words(facts.link.alpha)}")
    click.echo(f"    bandwidth {bandwidth_words(facts.link.beta)}")


def _print_points(predicted: Prediction) -> None:
    """Print one row per number of workers, in the book's columns and two more.

    Weak scaling does not divide T_comp; with an imbalance the column is the slowest worker's.
    """
    compute = "T_comp" if predicted.model.scaling is Scaling.WEAK else "T_comp/p"
    one = predicted.model.one_worker
    unit, scale = next((unit, scale) for least, unit, scale in TABLE_UNITS if one >= least)
    slowest = f"slowest {compute}" if predicted.model.imbalance else compute
    headers = ("p", slowest, "T_comm", "T_step", "speedup", "comm/comp", "efficiency", "cost")
    click.echo(f"  times in {unit}; comm/comp is R, T_comm over the column {slowest}\n")
    print_table(
        headers,
        [
            (
                counted(point.workers),
                cell(point.compute * scale, 4),
                cell(point.comm * scale, 4),
                cell(point.step * scale, 4),
                cell(point.speedup, 2),
                cell(point.ratio, 3),
                f"{cell(100 * point.efficiency, 1)}%",
                cell(point.relative_cost, 2),
            )
            for point in predicted.points
        ],
    )


def _sizes(predicted: Prediction, *, cheapest: str) -> list[tuple[str, str]]:
    """Return each size that can be read off the prediction, in words."""
    weak = predicted.model.scaling is Scaling.WEAK
    fastest = "most work per second" if weak else "fastest"
    continuous, crossing = predicted.time_optimal_continuous, predicted.ratio_one
    dominated = words(predicted.communication_dominates, before="first at ")
    rows = [(fastest, words(predicted.time_optimal))]
    if continuous is not None:
        rows.append(("  not rounded", f"p* = {cell(continuous, 3)}"))
    rows += [
        ("best value (knee, E S)", words(predicted.knee)),
        ("efficiency >= 80 %", words(predicted.efficiency_80, before="last at ")),
        ("efficiency >= 50 %", words(predicted.efficiency_50, before="last at ")),
        ("communication >= compute", dominated),
    ]
    if crossing is not None:
        rows.append(("  not rounded", f"R = 1 at p = {cell(crossing, 3)}"))
    rows.append(
        (
            "less than one worker" if weak else "slower than one worker",
            words(predicted.below_baseline, before="first at "),
        )
    )
    if predicted.cost_optimal is not None:
        rows.append((cheapest, _priced(predicted.cost_optimal, predicted.cheapest)))
    return rows


def _priced(outcome: Optimum, cheapest: Cheapest | None) -> str:
    """Return the cheapest size with the cost that is minimised there."""
    if cheapest is None:
        return words(outcome)
    if not isinstance(outcome, At):
        return f"{words(outcome)}, at {_usd(cheapest.usd)} a step"
    spent = f"{_usd(cheapest.usd)} a step, not {_usd(cheapest.one_worker_usd)}"
    return f"{_reached(outcome)}, (p c + v) T {cell(cheapest.relative_cost, 2)}x: {spent}"


def words(outcome: Outcome, *, before: str = "") -> str:
    """Return an outcome as a reader says it."""
    if isinstance(outcome, At):
        return f"{before}{_reached(outcome)}, cost {cell(outcome.point.relative_cost, 2)}x"
    if isinstance(outcome, Unbounded):
        limit = outcome.limit_speedup
        towards = "grows without bound" if limit is None else f"approaches {cell(limit, 2)}"
        return f"unbounded: no number of workers is the last, and the speedup {towards}"
    if isinstance(outcome, NeverDistribute):
        return "never distribute this way: one worker is best"
    if isinstance(outcome, NeverReached):
        return "at no number of workers"
    return f"not found: the search gave up at {counted(outcome.largest)} workers"


def _reached(outcome: At) -> str:
    """Return a number of workers with its speedup and efficiency."""
    many = "" if outcome.workers == 1 else "s"
    reached = f"S {cell(outcome.point.speedup, 2)}, E {cell(100 * outcome.point.efficiency, 1)} %"
    return f"{counted(outcome.workers)} worker{many}: {reached}"


def _usd(amount: Usd) -> str:
    """Return an amount of which a step may cost a small part of a cent."""
    return dollars(amount) if amount >= 1 else f"${amount:.3g}"
