"""`capstone cost` answers the book's exercise 41.5.3, and what owning and energy would cost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from capstone_report.calculators.cost import cost
from capstone_report.errors import UsageError

Answered = Callable[..., dict[str, Any]]
Invoked = Callable[..., Result]
Run = Callable[..., Any]

RENTED = "--accelerators 16 --price 2.5"
MANAGED = f"{RENTED} --premium 1.6 --ops-hours 40 --ops-rate 60"
# 240,000 USD with 40,000 left after 4 years and 37,600 USD of staff: 87,600 a year, 10 an hour.
OWNED = (
    "--own --capital 240000 --residual 40000 --life-years 4 --staff-per-year 37600"
    " --power-w 1kW --pue 1.25 --kwh-price 0.2"
)
NODE = f"--accelerators 8 --price 2.75 {OWNED}"


def test_the_exercise_breaks_even_at_a_hundred_hours(answered: Answered) -> None:
    answer = answered(f"cost {MANAGED}")

    assert answer["schema"] == "capstone/cost/1"
    compared = answer["build_versus_buy"]
    assert compared["break_even_hours"] == pytest.approx(100)
    assert compared["break_even_accelerator_hours"] == pytest.approx(1600)
    assert compared["break_even_usd"] == pytest.approx(6400)
    assert compared["cheaper"] is None
    assert compared["flip_values"] is None
    assert answer["owned"] is answer["energy"] is None


def test_at_thirty_hours_managed_wins_and_six_values_would_flip_it(answered: Answered) -> None:
    compared = answered(f"cost {MANAGED} --hours 30")["build_versus_buy"]

    assert compared["self_managed_usd"] == pytest.approx(3600)
    assert compared["managed_usd"] == pytest.approx(1920)
    assert compared["cheaper"] == "managed"
    assert compared["saved_usd"] == pytest.approx(1680)
    assert compared["flip_values"]["hours"] == pytest.approx(100)
    assert compared["flip_values"]["premium"] == pytest.approx(3)
    assert compared["flip_values"]["ops_hours"] == pytest.approx(12)
    assert compared["flip_values"]["ops_usd_per_hour"] == pytest.approx(18)
    assert compared["flip_values"]["usd_per_hour"] == pytest.approx(25 / 3)
    assert compared["flip_values"]["accelerators"] == pytest.approx(160 / 3)


def test_where_both_cost_the_same_nobody_wins(calculate: Run) -> None:
    text = calculate("cost", *MANAGED.split(), "--hours", "100").stdout

    assert "both cost the same" in text


def test_people_read_who_wins_by_how_much_and_what_flips_it(calculate: Run) -> None:
    text = calculate("cost", *MANAGED.split(), "--hours", "30 h").stdout

    assert "100 hours = 1,600 accelerator-hours, where both cost $6,400" in text
    assert "managed is cheaper by $1,680.00" in text
    assert "premium m = 3\n" in text
    assert "rate v = 18 USD/h" in text


def test_a_premium_of_less_than_one_has_no_break_even(invoked: Invoked) -> None:
    text = invoked(
        cost, *RENTED.split(), "--premium", "0.9", "--ops-hours", "0", "--ops-rate", "0",
        "--hours", "5",
    ).output  # fmt: skip

    assert "none: managed is never dearer at a premium of 1 or less" in text
    assert "hours h = no value" in text


def test_without_operations_nothing_has_to_be_earned_back(invoked: Invoked) -> None:
    line = f"{RENTED} --premium 1.6 --ops-hours 0 --ops-rate 60"
    text = invoked(cost, *line.split()).output

    assert "none: there are no operations to earn back, self-managed is cheaper from the" in text
    assert "0 hours" not in text
    assert "before that" not in text


@pytest.mark.parametrize(
    "line",
    [
        "--accelerators 1e20 --price 1e20 --premium 1.6 --ops-hours 3 --ops-rate 7 --hours 1e9",
        f"--accelerators 1234567 --price 2.345678 {OWNED} --utilization 0.3",
        f"{RENTED}678 --premium 0.7 --ops-hours 3 --ops-rate 1e30 --hours 98765.4321",
    ],
)
def test_no_cell_has_more_than_six_significant_digits(
    invoked: Invoked, significant_digits: Callable[[str], int], line: str
) -> None:
    assert significant_digits(invoked(cost, *line.split()).output) <= 6


def test_an_owned_node_pays_when_it_is_half_busy(answered: Answered, calculate: Run) -> None:
    answer = answered(f"cost {NODE} --utilization 0.5")["owned"]
    text = calculate("cost", *NODE.split(), "--utilization", "100 %").stdout

    assert answer["break_even_utilization"] == pytest.approx(0.5)
    assert answer["owned_usd_per_hour"] == pytest.approx(2.75)
    assert answer["fixed_usd_per_year"] == pytest.approx(87_600)
    assert "50.0%" in text
    assert "owned $1.500: owned is cheaper" in text


def test_owning_may_never_pay(invoked: Invoked) -> None:
    text = invoked(cost, "--accelerators", "8", "--price", "1.4", *OWNED.split()).output
    answer = json.loads(invoked(cost, *NODE.split(), "--json").output)

    assert "renting is cheaper even for a machine that never rests" in text
    assert answer["owned"]["owned_usd_per_hour"] is None


def test_a_machine_without_fixed_cost_has_nothing_to_earn_back(invoked: Invoked) -> None:
    line = "--own --capital 1000 --residual 1000 --life-years 4 --power-w 700 --kwh-price 0.2"
    text = invoked(cost, *RENTED.split(), *line.split()).output

    assert "none: there is no fixed cost to earn back, owning is cheaper at any utilis" in text


def test_at_the_break_even_utilisation_both_cost_the_same(invoked: Invoked) -> None:
    text = invoked(cost, *NODE.split(), "--utilization", "0.5").output

    assert "at 50%" in text
    assert "owned $2.750: both cost the same" in text


def test_a_machine_that_mostly_rests_is_better_rented(invoked: Invoked) -> None:
    assert "rented is cheaper" in invoked(cost, *NODE.split(), "--utilization", "10%").output


def test_what_owning_assumes_is_listed_with_how_to_say_otherwise(invoked: Invoked) -> None:
    line = f"{RENTED} --own --capital 1e6 --life-years 4 --power-w 700 --kwh-price 0.2".split()
    text = invoked(cost, *line).output
    answer = json.loads(invoked(cost, *line, "--json").output)

    assumed = [row.split("  ", 2)[2].strip() for row in text.splitlines() if " assumed " in row]
    assert assumed == [
        "a PUE of 1, so the building takes no power of its own; --pue to say otherwise",
        "staff of $0 a year, so nobody is paid to run them; --staff-per-year to say otherwise",
        "a residual of $0, so nothing is got for them at the end; --residual to say otherwise",
    ]
    assert answer["owned"]["assumed"] == {"--pue": 1, "--staff-per-year": 0, "--residual": 0}


def test_what_is_declared_is_not_assumed(invoked: Invoked) -> None:
    zeros = "--own --capital 1e6 --life-years 4 --power-w 700 --kwh-price 0.2 --pue 1 --residual 0"
    line = [*RENTED.split(), *zeros.split(), "--staff-per-year", "0"]

    assert "assumed" not in invoked(cost, *line).output
    assert json.loads(invoked(cost, *line, "--json").output)["owned"]["assumed"] == {}


def test_energy_assumes_a_pue(answered: Answered) -> None:
    line = f"{RENTED} --hours 10 --power-w 700 --carbon-kg-per-kwh 0.4"

    assert answered(f"cost {line}")["energy"]["assumed"]["--pue"] == 1
    assert "--pue" not in answered(f"cost {line} --pue 1.1")["energy"]["assumed"]


def test_energy_and_carbon_say_that_they_are_estimated(answered: Answered, calculate: Run) -> None:
    # Patterson et al. 2021, GPT-3: 10,000 V100 at 330 W for 14.8 days, PUE 1.1, 0.429 kg/kWh.
    line = (
        "--accelerators 10000 --price 1 --hours 14.8d --power-w 330 --pue 1.1"
        " --carbon-kg-per-kwh 0.429"
    )
    answer = answered(f"cost {line}")["energy"]
    text = calculate("cost", *line.split()).stdout

    assert answer["kwh"] == pytest.approx(1.289e6, rel=1e-3)
    assert answer["tonnes_co2e"] == pytest.approx(553, abs=0.5)
    assert answer["method"] == "estimated_tdp"
    assert answer["is_estimated"] is True
    assert "estimated, not measured" in text


@pytest.mark.parametrize(
    ("method", "evidence"),
    [
        ("measured_node", "measured, the host included"),
        ("measured_gpu", "measured, without what the host draws"),
        ("estimated_tdp", "estimated, not measured"),
    ],
)
def test_a_declared_method_is_the_one_that_is_shown(
    invoked: Invoked, method: str, evidence: str
) -> None:
    line = f"{RENTED} --hours 10 --power-w 412 --pue 1.1 --carbon-kg-per-kwh 0.4".split()
    text = invoked(cost, *line, "--energy-method", method).output
    energy = json.loads(invoked(cost, *line, "--energy-method", method, "--json").output)["energy"]

    assert text.count(f"({method}: {evidence})") == 2
    assert energy["method"] == method
    assert energy["is_estimated"] is (method == "estimated_tdp")
    assert energy["assumed"] == {}


def test_watts_count_as_estimated_until_a_method_is_declared(answered: Answered) -> None:
    line = f"{RENTED} --hours 10 --power-w 412 --carbon-kg-per-kwh 0.4"

    assert answered(f"cost {line}")["energy"]["assumed"] == {
        "--pue": 1,
        "--energy-method": "estimated_tdp",
    }


def test_hours_beside_an_owned_machine_are_used_by_its_energy(invoked: Invoked) -> None:
    done = invoked(cost, *NODE.split(), "--hours", "30", "--carbon-kg-per-kwh", "0.4")

    assert "300 kWh" in done.output


def test_several_comparisons_stand_below_each_other(invoked: Invoked) -> None:
    done = invoked(
        cost, *MANAGED.split(), *OWNED.split(), "--carbon-kg-per-kwh", "0.4", "--hours", "30"
    )

    titles = [line for line in done.output.splitlines() if line and line[0] != " "]
    assert titles == [
        "Self-managed or managed",
        "Owned or rented, per accelerator-hour in use",
        "Energy and carbon",
    ]


@pytest.mark.parametrize(
    ("line", "where", "remedy"),
    [
        (RENTED, "capstone cost", "add --premium, --ops-hours and --ops-rate, or --own"),
        (f"{RENTED} --premium 1.6", "--premium", "add --ops-hours, --ops-rate"),
        (f"{RENTED} --capital 3", "capstone cost", "add --own"),
        (f"{RENTED} --residual 0", "capstone cost", "add --own"),
        (f"{MANAGED} --power-w 700 --pue 1.1", "--power-w, --pue", "add --own or --carbon"),
        (f"{MANAGED} --energy-method measured_gpu", "--energy-method", "add --carbon-kg-per-kwh"),
        (f"{RENTED} --own", "--own", "add --capital, --life-years, --power-w, --kwh-price"),
        (f"{NODE} --residual 900000000", "--residual", "at most the capital"),
        (f"{RENTED} --carbon-kg-per-kwh 1", "--carbon-kg-per-kwh", "add --power-w, --hours"),
        (f"{NODE} --hours 30", "--hours", "add --premium, --ops-hours and --ops-rate, or --carbon"),
        (
            f"{RENTED} --hours 1 --power-w 1 --carbon-kg-per-kwh 1 --chart x.svg",
            "--chart",
            "add --premium, --ops-hours and --ops-rate, or --own",
        ),
    ],
)
def test_inputs_that_do_not_fit_say_what_does(
    invoked: Invoked, line: str, where: str, remedy: str
) -> None:
    done = invoked(cost, *line.split())

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert problem.code == "CAP709"
    assert problem.where == where
    assert remedy in problem.remedy
