"""What calculators are given: every fault at once, with exit code 2, and never a traceback."""

import json
from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.calculators.cost import cost
from capstone_report.calculators.inputs import Quantity, Workers
from capstone_report.calculators.predict import predict
from capstone_report.calculators.roofline import roofline
from capstone_report.calculators.size import size
from capstone_report.errors import Problem, UsageError
from capstone_report.perfmodel.comm.model import models

Run = Callable[..., Any]

HOSTILE = [
    "0",
    "-1",
    "nan",
    "inf",
    "1e400",
    "1e-300",
    "1e30",
    "",
    " ",
    "1,2",
    "5 Gb",
    "\x1b[31m",
    "7",
]
AMOUNTS = st.sampled_from([*HOSTILE, "1e-30", "0.5", "1", "3", "1e9", "1e20", "10 %"])


def test_every_fault_is_reported_at_once_to_people_and_programs(calculate: Run) -> None:
    line = ["roofline", "--peak-flops", "nan", "--bandwidth", "25 Gb/s", "--flops", "-1"]
    done = calculate(*line, "--bytes", "10 s", "--workers", "1.5", "--json")

    problems = {row["where"]: row for row in json.loads(done.stdout)["problems"]}
    assert done.returncode == 2
    assert list(problems) == ["--bandwidth", "--bytes", "--flops", "--peak-flops", "--workers"]
    assert {row["code"] for row in problems.values()} == {"CAP708"}
    assert "write 3.125 GB/s" in problems["--bandwidth"]["remedy"]
    assert "units that fit: B, kB" in problems["--bytes"]["remedy"]
    assert done.stderr.count("[CAP708]") == 5


@pytest.mark.parametrize("text", ["0", "-1", "1e-31", "1e31"])
def test_an_amount_out_of_range_is_refused_with_the_range(text: str) -> None:
    done = CliRunner().invoke(predict, ["--t-comp", text, "--alpha", "0", "--beta", "0"])

    assert isinstance(done.exception, UsageError)
    assert f"'{text}' is out of range" in str(done.exception)


@pytest.mark.parametrize("text", ["0", "1,,2", "1,2.5", "one", "1,-2", "", "1e31"])
def test_a_list_of_workers_holds_whole_numbers_from_one_on(text: str) -> None:
    constants = ["--t-comp", "1", "--alpha", "0", "--beta", "0"]
    done = CliRunner().invoke(predict, [*constants, "--workers", text])

    assert isinstance(done.exception, UsageError)
    assert all(problem.where == "--workers" for problem in done.exception.problems)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("60%", "write 1.6 for 60 % more"),
        ("7.5 %", "write 1.075 for 7.5 % more"),
        ("0%", "write 1 for 0 % more"),
        ("-5%", "give an amount that is above 0"),
        ("much%", "units that fit: k, M, G, T, P, E, %"),
        ("160 %", "write 2.6 for 160 % more, or 1.6 for 160 % of the plain price"),
    ],
)
@pytest.mark.parametrize(
    ("command", "line"),
    [(cost, "--accelerators 16 --price 2.5"), (size, "--params 70e9 --price 2.5 --hours 30")],
)
def test_a_premium_in_percent_is_refused_with_the_factor_that_is_meant(
    command: click.Command, line: str, text: str, remedy: str
) -> None:
    operations = ["--ops-hours", "40", "--ops-rate", "60"]
    done = CliRunner().invoke(command, [*line.split(), *operations, "--premium", text])

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert (problem.code, problem.where) == ("CAP708", "--premium")
    assert problem.remedy == remedy


@pytest.mark.parametrize("name", ["predicted.pdf", "predicted", ""])
def test_a_chart_needs_a_kind_that_can_be_drawn(name: str) -> None:
    constants = ["--t-comp", "1", "--alpha", "0", "--beta", "0"]
    done = CliRunner().invoke(predict, [*constants, "--chart", name])

    assert isinstance(done.exception, UsageError)
    assert ".svg, .png, .html" in str(done.exception)


def only_problem(command: click.Command, *arguments: str) -> Problem:
    """Return the one thing that a command finds wrong with its inputs."""
    done = CliRunner().invoke(command, arguments)

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    return problem


@pytest.mark.parametrize("text", ["25 Gb/s", "25 Gbps", "3.125 GB/s", "25Gbit/s"])
def test_a_bandwidth_where_a_time_belongs_is_told_where_it_goes(text: str) -> None:
    problem = only_problem(predict, "--t-comp", "1", "--alpha", text, "--beta", "0")

    assert problem.what == f"--alpha is a time, and {text!r} is a bandwidth"
    assert "--beta takes a bandwidth as the time it leads to" in problem.remedy
    assert "units that fit: s, ms" in problem.remedy


def test_an_amount_of_another_kind_is_told_the_option_that_takes_it() -> None:
    roofs = ("--peak-flops", "1e12", "--bandwidth", "1e9", "--flops", "1")
    bandwidth = only_problem(roofline, *roofs, "--bytes", "25 Gb/s")
    arithmetic = only_problem(predict, "--t-comp", "6 TFLOP", "--alpha", "0", "--beta", "0")

    assert "a bandwidth is what --bandwidth or --net-bandwidth takes" in bandwidth.remedy
    assert arithmetic.what == "--t-comp is a time, and '6 TFLOP' is an amount of arithmetic"
    assert "no option takes an amount of arithmetic" in arithmetic.remedy


def test_a_chart_in_a_folder_that_does_not_exist_says_so() -> None:
    constants = ("--t-comp", "1", "--alpha", "0", "--beta", "0")
    problem = only_problem(predict, *constants, "--chart", "/nonexistent/x.svg")

    assert problem.what == "the folder '/nonexistent' does not exist"
    assert "records" not in problem.remedy


def test_an_option_outside_a_command_has_no_name() -> None:
    with click.Context(predict):
        assert Quantity("s").convert("3 ms", None, None) == 3e-3
        assert Workers().convert("4,2", None, None) == (2, 4)


def test_the_help_names_every_calculator(calculate: Run) -> None:
    text = calculate("--help").stdout

    assert all(f"  {name} " in text for name in ("predict", "roofline", "size", "cost"))


def test_the_help_of_an_option_shows_the_unit_that_a_plain_number_is_in() -> None:
    text = CliRunner().invoke(roofline, ["--help"]).output

    assert "--bandwidth B/s " in text
    assert "--latency s " in text


def endures(command: click.Command, arguments: list[str]) -> None:
    """Run a command: it answers in JSON, or refuses as a mistake of its user."""
    done = CliRunner().invoke(command, [*arguments, "--json"])

    if done.exit_code == 0:
        assert json.loads(done.stdout)["schema"].startswith("capstone/")
    else:
        assert done.exit_code == 2 or isinstance(done.exception, UsageError), done.exception


def arguments(
    required: list[str], optional: list[str], choices: dict[str, list[str]]
) -> st.SearchStrategy[list[str]]:
    """Draw a command line with all required and any optional amounts."""
    amounts = st.fixed_dictionaries(
        dict.fromkeys(required, AMOUNTS),
        optional=dict.fromkeys(optional, AMOUNTS)
        | {name: st.sampled_from(known) for name, known in choices.items()},
    )
    return amounts.map(lambda drawn: [part for pair in drawn.items() for part in pair])


@settings(max_examples=60, deadline=None)
@given(
    arguments(
        ["--t-comp", "--alpha", "--beta"],
        ["--serial", "--io", "--imbalance", "--overlap", "--workers", "--price", "--waiting-value"],
        {
            "--model": sorted(models()),
            "--scaling": ["strong", "weak"],
            "--option": ["gamma=1e-3", "servers=0", "servers=1e300", "rounds=nan", "x"],
        },
    )
)
def test_predict_endures_any_amounts(line: list[str]) -> None:
    endures(predict, [*line, "--sensitivity"])


@settings(max_examples=60, deadline=None)
@given(
    arguments(
        ["--peak-flops", "--bandwidth", "--flops", "--bytes"],
        ["--net-bytes", "--net-bandwidth", "--latency", "--workers", "--measured", "--working-set",
         "--memory"],
        {"--streams": ["parameters", "examples"], "--collective": sorted(models())},
    )
)  # fmt: skip
def test_roofline_endures_any_amounts(line: list[str]) -> None:
    endures(roofline, line)


@settings(max_examples=60, deadline=None)
@given(
    arguments(
        ["--params"],
        ["--accelerator-memory", "--per-node", "--headroom", "--qps", "--qps-per-replica",
         "--tokens", "--hours", "--mfu", "--price", "--premium", "--ops-hours", "--ops-rate",
         "--dataset", "--budget", "--kv-cache-bytes", "--layers", "--kv-heads", "--head-dimension",
         "--context-length", "--concurrent-sequences", "--kv-bytes-per-element"],
        {"--mode": ["train", "serve"], "--profile": ["A", "E"]},
    ),
    st.booleans(),
)  # fmt: skip
def test_size_endures_any_amounts(line: list[str], book: bool) -> None:  # noqa: FBT001 - drawn
    endures(size, [*line, *(["--book"] if book else [])])


@settings(max_examples=60, deadline=None)
@given(
    arguments(
        ["--accelerators", "--price"],
        ["--hours", "--premium", "--ops-hours", "--ops-rate", "--capital", "--life-years",
         "--residual", "--staff-per-year", "--kwh-price", "--utilization", "--power-w", "--pue",
         "--carbon-kg-per-kwh"],
        {"--energy-method": ["measured_node", "estimated_tdp", "guessed"]},
    ),
    st.booleans(),
)  # fmt: skip
def test_cost_endures_any_amounts(line: list[str], own: bool) -> None:  # noqa: FBT001 - drawn
    endures(cost, [*line, *(["--own"] if own else [])])


@pytest.mark.parametrize("kind", sorted(models()))
@pytest.mark.parametrize("scaling", ["strong", "weak"])
@settings(max_examples=6, deadline=None)
@given(
    constants=st.tuples(*[st.sampled_from(["1e-30", "1e-6", "0.5", "1e9", "1e30"])] * 3),
    overlap=st.sampled_from(["0", "0.5", "1"]),
)
def test_every_model_answers_for_any_sound_constants(
    kind: str, scaling: str, constants: tuple[str, str, str], overlap: str
) -> None:
    t_comp, alpha, beta = constants
    line = ["--t-comp", t_comp, "--alpha", alpha, "--beta", beta, "--overlap", overlap]
    done = CliRunner().invoke(
        predict, [*line, "--model", kind, "--scaling", scaling, "--price", "2", "--json"]
    )

    assert done.exit_code == 0, done.exception


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.sampled_from(["1", "80", "1e9"])] * 5),
    st.tuples(*[st.sampled_from(["1e-30", "2", "1e30"])] * 5),
)
def test_size_endures_any_cache(shape: tuple[str, ...], amounts: tuple[str, ...]) -> None:
    of_a_shape = ["--layers", "--kv-heads", "--head-dimension", "--context-length"]
    names = ["--kv-bytes-per-element", "--params", "--accelerator-memory", "--price", "--hours"]
    pairs = [
        *zip([*of_a_shape, "--concurrent-sequences"], shape, strict=True),
        *zip(names, amounts, strict=True),
    ]
    line = [part for pair in pairs for part in pair]

    endures(size, [*line, "--mode", "serve", "--qps", "1e30", "--qps-per-replica", "1e-30"])
