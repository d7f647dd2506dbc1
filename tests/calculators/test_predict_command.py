"""`capstone predict` reproduces the book's table, names sizes in words, and never says a range's edge."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from capstone_report.calculators.predict import predict
from capstone_report.errors import UsageError
from case_studies import WORKSPACE
from sites import REPOSITORY

Answered = Callable[..., dict[str, Any]]
Invoked = Callable[..., Result]
Run = Callable[..., Any]

BOOK = "predict --t-comp 1 --alpha 0.0008 --beta 0.04 --model book-ring"
STEP = ("--t-comp", "1", "--alpha", "0.0008", "--beta", "0.04")

# Output 41.4.1.
PRINTED = """\
    1    1.0000   0.0000   1.0000     1.00      0.000
    2    0.5000   0.0408   0.5408     1.85      0.082
    4    0.2500   0.0624   0.3124     3.20      0.250
    8    0.1250   0.0756   0.2006     4.99      0.605
   16    0.0625   0.0870   0.1495     6.69      1.392
   32    0.0312   0.1023   0.1336     7.49      3.274
   64    0.0156   0.1291   0.1448     6.91      8.266
  128    0.0078   0.1810   0.1888     5.30     23.165
  256    0.0039   0.2837   0.2876     3.48     72.624
  512    0.0020   0.4886   0.4906     2.04    250.186
 1024    0.0010   0.8983   0.8993     1.11    919.882
"""


def test_the_table_is_the_books_to_the_printed_digit(calculate: Run) -> None:
    done = calculate(*BOOK.split())

    rows = [line.split()[:6] for line in done.stdout.splitlines()]
    assert [line.split() for line in PRINTED.splitlines()] == [
        row for row in rows if len(row) == 6 and row[0].isdigit()
    ]


def test_the_books_sizes_come_out_with_those_that_it_does_not_name(answered: Answered) -> None:
    answer = answered(f"{BOOK} --price 2.5 --waiting-value 60")

    assert answer["schema"] == "capstone/predict/1"
    assert answer["time_optimal"]["workers"] == 34
    assert answer["time_optimal"]["speedup"] == pytest.approx(7.49, abs=0.005)
    assert answer["time_optimal"]["efficiency"] == pytest.approx(0.220, abs=5e-4)
    assert answer["time_optimal"]["relative_cost"] == pytest.approx(4.54, abs=0.005)
    assert answer["time_optimal_continuous"] == pytest.approx(33.912, abs=5e-4)
    assert answer["communication_reaches_compute"]["workers"] == 13
    assert answer["communication_reaches_compute"]["speedup"] == pytest.approx(6.24, abs=0.005)
    assert answer["ratio_one"] == pytest.approx(12.146, abs=5e-4)
    assert answer["efficiency_80"]["workers"] == 4
    assert answer["knee"]["workers"] == 9
    assert answer["efficiency_50"]["workers"] == 12
    assert answer["below_baseline"]["workers"] == 1151
    assert answer["cost_optimal"]["workers"] == 14


def test_the_textbooks_ring_pays_every_neighbour_twice(answered: Answered) -> None:
    answer = answered(
        "predict --t-comp 1 --alpha 0.0008 --beta 0.04 --model ring --workers 4,2,1,2"
    )

    assert answer["time_optimal"]["workers"] == 24
    assert answer["time_optimal"]["speedup"] == pytest.approx(6.45, abs=0.005)
    assert answer["communication_reaches_compute"]["workers"] == 12
    assert [point["workers"] for point in answer["points"]] == [1, 2, 4]


def test_units_and_plain_numbers_say_the_same(answered: Answered) -> None:
    plain = answered(BOOK)
    with_units = answered(
        "predict --model book-ring", "--t-comp", "1 s", "--alpha", "800 us", "--beta", "40 ms"
    )

    assert with_units == plain


def test_people_read_the_sizes_and_what_to_make_of_them(calculate: Run) -> None:
    text = calculate(*BOOK.split(), "--price", "2.5", "--waiting-value", "60").stdout

    assert "34 workers: S 7.49, E 22.0 %, cost 4.54x" in text
    assert "p* = 33.912" in text
    assert "first at 13 workers: S 6.24" in text
    assert "R = 1 at p = 12.146" in text
    assert "last at 4 workers" in text
    assert "first at 1151 workers" in text
    assert "14 workers: S 6.41" in text
    assert "cost of a result in worker-seconds" in text
    assert "an upper bound on a sensible one" in text
    assert "compare --model ring" in text


def test_a_fit_can_be_checked_against_the_same_curve_under_other_names(
    answered: Answered, calculate: Run
) -> None:
    answer = answered(BOOK)
    text = calculate(*BOOK.split()).stdout

    assert answer["usl"]["sigma"] == pytest.approx(0.08)
    assert answer["usl"]["kappa"] == pytest.approx(0.0008)
    assert answer["usl"]["peak"] == pytest.approx(answer["time_optimal_continuous"])
    assert answer["karp_flatt"] == {"intercept": answer["usl"]["sigma"], "slope": 0.0008}
    assert "e(p) = 0.08 + 0.0008 p" in text


def test_the_sensitivity_is_the_books_exercise(answered: Answered, invoked: Invoked) -> None:
    rows = {row["constant"]: row for row in answered(f"{BOOK} --sensitivity")["sensitivity"]}
    text = invoked(predict, *STEP, "--model", "book-ring", "--sensitivity").output

    assert (rows["alpha"]["low"]["workers"], rows["alpha"]["high"]["workers"]) == (107, 11)
    assert (rows["beta"]["low"]["workers"], rows["beta"]["high"]["workers"]) == (35, 16)
    assert rows["beta"]["low"]["speedup"] == pytest.approx(15.74, abs=0.005)
    assert rows["beta"]["high"]["speedup"] == pytest.approx(1.21, abs=0.005)
    assert "alpha moves p* more and beta moves the best speedup more" in text


def test_a_constant_that_leaves_its_domain_is_said_to_be_clamped(invoked: Invoked) -> None:
    line = (*STEP, "--model", "parameter-server", "--option", "servers=4", "--overlap", "0.5")
    text = invoked(predict, *line, "--sensitivity").output
    answer = json.loads(invoked(predict, *line, "--sensitivity", "--json").output)

    rows = {row["constant"]: row for row in answer["sensitivity"]}
    assert "overlap x10 is taken as 1, not 5, to stay within its domain" in text
    assert "servers /10 is taken as 1, not 0.4, to stay within its domain" in text
    assert rows["overlap"]["high_value"] == 1
    assert rows["overlap"]["clamped"] == ["high"]
    assert rows["alpha"]["clamped"] == []


def test_one_constant_may_move_both_most(invoked: Invoked) -> None:
    line = ("--t-comp", "1", "--alpha", "0.02", "--beta", "1e-6", "--model", "book-ring")
    text = invoked(predict, *line, "--sensitivity").output

    assert "Of the link's two constants, alpha moves both p* and the best speedup more." in text


def test_of_two_constants_that_move_alike_neither_is_said_to_move_more(invoked: Invoked) -> None:
    done = invoked(predict, *STEP, "--model", "gossip", "--scaling", "weak", "--sensitivity")

    assert "unbounded" in done.output
    assert "moves" not in done.output


def test_perfect_overlap_is_the_larger_of_two_times(invoked: Invoked) -> None:
    done = invoked(predict, *STEP, "--model", "book-ring", "--overlap", "1", "--json")

    answer = json.loads(done.output)
    assert answer["time_optimal"]["workers"] == 12
    assert answer["time_optimal"]["speedup"] == pytest.approx(12.0, abs=0.05)
    assert answer["usl"] is None


def test_a_serial_part_is_contention_of_the_same_law(invoked: Invoked) -> None:
    line = (*STEP, "--model", "book-ring", "--serial", "1", "--io", "0.5")
    answer = json.loads(invoked(predict, *line, "--json").output)
    text = invoked(predict, *line, "--imbalance", "10 %").output

    (point,) = [point for point in answer["points"] if point["workers"] == 8]
    sigma, kappa = answer["usl"]["sigma"], answer["usl"]["kappa"]
    assert point["speedup"] == pytest.approx(8 / (1 + 7 * sigma + 56 * kappa))
    assert answer["usl"]["peak"] == pytest.approx(answer["time_optimal_continuous"])
    assert "serial 1 s, I/O 500 ms, imbalance 0.1" in text


@pytest.mark.parametrize(
    ("link", "outcome", "said"),
    [
        ("--alpha 0 --beta 0.04", "unbounded", "unbounded: no number of workers is the last"),
        ("--alpha 0 --beta 0", "unbounded", "the speedup grows without bound"),
        ("--alpha 0.0008 --beta 0.5", "never-distribute", "never distribute this way"),
        ("--alpha 0.0008 --beta 0.7", "never-distribute", "never distribute this way"),
        ("--alpha 0 --beta 0.04 --scaling weak", "unbounded", "most work per second"),
    ],
)
def test_a_limit_is_said_in_words_and_typed(
    invoked: Invoked, link: str, outcome: str, said: str
) -> None:
    line = ("--t-comp", "1", "--model", "book-ring", *link.split())
    answer = json.loads(invoked(predict, *line, "--sensitivity", "--json").output)
    text = invoked(predict, *line, "--sensitivity").output

    assert answer["time_optimal"]["kind"] == outcome
    assert said in text


def test_what_a_speedup_approaches_is_one_over_the_bandwidth_share(invoked: Invoked) -> None:
    line = ("--t-comp", "1", "--alpha", "0", "--beta", "0.04", "--model", "book-ring")
    answer = json.loads(invoked(predict, *line, "--json").output)

    assert answer["time_optimal"]["limit_speedup"] == pytest.approx(1 / 0.08)
    assert answer["below_baseline"] == {"kind": "never-reached"}
    assert answer["usl"]["peak"] is None


def test_a_size_beyond_the_search_is_said_to_be_beyond_it(invoked: Invoked) -> None:
    line = ("--t-comp", "1e30", "--alpha", "0", "--beta", "1e20", "--model", "recursive-doubling")
    done = invoked(predict, *line, "--sensitivity")
    answer = json.loads(invoked(predict, *line, "--json").output)

    assert "not found: the search gave up at " in done.output
    assert answer["time_optimal"]["kind"] == "not-within"
    assert answer["time_optimal"]["largest"] > 10**9


def test_a_curve_that_rises_and_falls_again_is_told_without_a_promise_about_the_rest(
    invoked: Invoked,
) -> None:
    # 3 workers fold and are slower than one; 8 are a power of two, and faster.
    line = ("--t-comp", "1", "--alpha", "0", "--beta", "0.3", "--model", "rabenseifner")
    answer = json.loads(invoked(predict, *line, "--workers", "3,8", "--json").output)
    text = invoked(predict, *line).output

    assert [point["speedup"] < 1 for point in answer["points"]] == [True, False]
    assert "first at 3 workers" in text
    assert "unbounded: no number of workers is the last" in text
    assert not any(word in text for word in (" on:", "up to", "every"))


def test_a_ring_has_its_sizes_in_closed_form_however_large(invoked: Invoked) -> None:
    line = ("--t-comp", "1e6", "--alpha", "1e-18", "--beta", "0.04", "--model", "book-ring")
    answer = json.loads(invoked(predict, *line, "--json").output)
    text = invoked(predict, *line).output

    assert answer["knee"]["workers"] == pytest.approx(1e6 / 0.08, rel=1e-6)
    assert answer["efficiency_50"]["workers"] == pytest.approx(1e6 / 0.08, rel=1e-6)
    assert answer["time_optimal"]["workers"] == pytest.approx(1e12, rel=1e-6)
    assert "searched" not in text
    assert "1.25e+07 workers" in text


def test_a_cell_never_has_more_than_six_digits(invoked: Invoked) -> None:
    line = ("--t-comp", "1e30", "--alpha", "1e-30", "--beta", "1", "--workers", "1,3,1e30")
    text = invoked(predict, *line, "--sensitivity").output

    assert max(len(cell) for row in text.splitlines() for cell in row.split()) < 20
    assert not re.search(r"[0-9]{7}", text.replace(".", ""))


@pytest.mark.parametrize(("t_comp", "unit"), [("1", "s"), ("0.01", "ms"), ("1e-6", "us")])
def test_small_steps_are_shown_in_small_units(invoked: Invoked, t_comp: str, unit: str) -> None:
    done = invoked(predict, "--t-comp", t_comp, "--alpha", "0", "--beta", "0")

    assert f"times in {unit}; " in done.output


def test_the_column_of_compute_is_what_the_ratio_is_relative_to(invoked: Invoked) -> None:
    line = (*STEP, "--imbalance", "20 %", "--workers", "8")
    (row,) = json.loads(invoked(predict, *line, "--json").output)["points"]

    assert row["compute_s"] == pytest.approx(1.2 / 8)
    assert row["ratio"] == pytest.approx(row["comm_s"] / row["compute_s"])
    assert "T_comm over the column slowest T_comp/p\n" in invoked(predict, *line).output
    assert "T_comm over the column T_comp/p\n" in invoked(predict, *STEP).output


def test_weak_scaling_divides_no_compute(invoked: Invoked) -> None:
    text = invoked(predict, *STEP, "--scaling", "weak").output

    assert "T_comm over the column T_comp\n" in text
    assert "T_comp/p" not in text


def test_waiting_is_named_beside_the_cheapest_size_only_where_it_has_a_price(
    invoked: Invoked,
) -> None:
    free = invoked(predict, *STEP, "--price", "2.5").output
    dear = invoked(predict, *STEP, "--price", "2.5", "--waiting-value", "60").output

    assert "cheapest, waiting free " in free
    assert "with waiting" not in free
    assert "cheapest, with waiting " in dear


def test_the_cheapest_size_shows_the_cost_that_it_minimises(invoked: Invoked) -> None:
    # (14 x 2.5 + 60) USD/h x 1 s/6.41 over (2.5 + 60) USD/h x 1 s, and both over 3600 s.
    line = (*STEP, "--model", "book-ring", "--price", "2.5", "--waiting-value", "60")
    cheapest = json.loads(invoked(predict, *line, "--json").output)["cheapest"]
    text = invoked(predict, *line).output

    speedup = 1 / (1 / 14 + 0.0008 * 13 + 0.08 * 13 / 14)
    assert cheapest["workers"] == 14
    assert cheapest["relative_cost"] == pytest.approx(95 / 62.5 / speedup)
    assert cheapest["usd"] == pytest.approx(95 / speedup / 3600)
    assert cheapest["one_worker_usd"] == pytest.approx(62.5 / 3600)
    assert "14 workers: S 6.41, E 45.8 %, (p c + v) T 0.24x: $0.00412 a step, not $0.0174" in text


def test_the_cheapest_size_may_be_one_worker_at_its_price(invoked: Invoked) -> None:
    line = (*STEP, "--price", "3600", "--scaling", "weak")
    cheapest = json.loads(invoked(predict, *line, "--json").output)["cheapest"]

    assert cheapest == {"workers": 1, "relative_cost": 1, "usd": 1, "one_worker_usd": 1}
    assert "never distribute this way: one worker is best, at $1.00 a step" in (
        invoked(predict, *line).output
    )


def test_a_cost_that_falls_without_end_has_no_amount(invoked: Invoked) -> None:
    line = ("--t-comp", "1", "--alpha", "0", "--beta", "0", "--waiting-value", "60", "--price")
    answer = json.loads(invoked(predict, *line, "1", "--json").output)

    assert answer["cost_optimal"]["kind"] == "unbounded"
    assert answer["cheapest"] is None
    assert json.loads(invoked(predict, *STEP, "--json").output)["cheapest"] is None
    assert "a step" not in invoked(predict, *line, "1").output


def test_an_option_of_the_model_reaches_it(answered: Answered, invoked: Invoked) -> None:
    line = "predict --t-comp 1 --alpha 0 --beta 0.1 --model parameter-server"
    one = answered(line)
    four = answered(f"{line} --option servers=4")
    text = invoked(predict, *line.split()[1:], "--option", "servers=4").output

    assert four["model"]["options"] == {"servers": 4}
    assert four["points"][-1]["comm_s"] == pytest.approx(one["points"][-1]["comm_s"] / 4)
    assert "servers 4" in text


def test_an_option_takes_the_unit_that_it_has(invoked: Invoked) -> None:
    line = (*STEP, "--model", "two-level", "--option")
    answers = [
        json.loads(invoked(predict, *line, f"fast_alpha={text}", "--json").output)
        for text in ("5us", "5e-6", "0.005 ms")
    ]

    assert answers[0]["model"]["options"] == {"fast_alpha": 5e-6}
    assert answers[0] == answers[1] == answers[2]


def test_several_options_are_refused_together_in_our_own_words(invoked: Invoked) -> None:
    given = ("--option", "servers=4", "--option", "gamma=-1")
    done = invoked(predict, *STEP, *given)

    assert isinstance(done.exception, UsageError)
    assert len(done.exception.problems) == 2
    assert "ring has no option servers" in str(done.exception)
    assert "'gamma=-1': it is out of its domain" in str(done.exception)
    assert "Extra inputs" not in str(done.exception)


@pytest.mark.parametrize(
    ("kind", "assumed"),
    [
        ("gossip", "the number of rounds is held fixed"),
        ("recursive-doubling", "log2 p is taken as it is"),
        ("two-level", "a node that is not full costs as much as a full one"),
    ],
)
def test_what_a_formula_takes_for_granted_is_said(
    invoked: Invoked, kind: str, assumed: str
) -> None:
    answer = json.loads(invoked(predict, *STEP, "--model", kind, "--json").output)
    text = invoked(predict, *STEP, "--model", kind).output

    assert assumed in answer["model"]["assumes"]
    assert f"assumed: {answer['model']['assumes']}" in text
    assert "assumed" not in invoked(predict, *STEP).output


@pytest.mark.parametrize(
    ("arguments", "where", "remedy"),
    [
        (("--alpha", "1"), "--t-comp, --beta", "name a study"),
        ((*STEP, "--model", "rng"), "--model", "did you mean ring?"),
        ((*STEP, "--model", "carrier pigeon"), "--model", "there are: all-to-all, book-ring"),
        ((*STEP, "--option", "servers=4"), "--option", "ring knows: gamma"),
        ((*STEP, "--option", "gamma"), "--option", "write it as --option servers=4"),
        ((*STEP, "--option", "gamma=-1"), "--option", "give a time from 0 on"),
        ((*STEP, "--option", "gamma=1e31"), "--option", "give an amount that is at most 1e+30"),
        ((*STEP, "--option", "gamma=5 GB"), "--option", "units that fit: s, ms, us"),
        (
            (*STEP, "--model", "parameter-server", "--option", "servers=1.5"),
            "--option",
            "give a whole number from 1 on",
        ),
        (
            (*STEP, "--model", "parameter-server", "--option", "touched_share=0"),
            "--option",
            "give a number above 0, at most 1",
        ),
        (
            (*STEP, "--model", "parameter-server", "--option", "touched_share=110 %"),
            "--option",
            "give a number above 0, at most 1",
        ),
        (
            (*STEP, "--model", "two-level", "--option", "a=1"),
            "--option",
            "bandwidth_ratio, fast_alpha (a time), gamma (a time), workers_per_node",
        ),
        ((*STEP, "--model", "book-ring", "--option", "a=1"), "--option", "knows: no option"),
        ((*STEP, "--waiting-value", "60"), "--waiting-value", "add --price, too"),
        (("tiny", "--alpha", "1", "--model", "ring"), "--alpha, --model", "capstone check STUDY"),
    ],
)
def test_inputs_that_do_not_fit_say_what_does(
    invoked: Invoked, arguments: tuple[str, ...], where: str, remedy: str
) -> None:
    done = invoked(predict, *arguments)

    assert isinstance(done.exception, UsageError)
    (problem,) = done.exception.problems
    assert problem.code == "CAP709"
    assert problem.where == where
    assert remedy in problem.remedy


def test_a_studys_prediction_is_its_own_constants_and_design(capstone_in: Run) -> None:
    done = capstone_in(REPOSITORY, "predict", "ddp-digits", "--json")
    text = capstone_in(REPOSITORY / "specs", "predict", "ddp-digits", "--price", "1")

    answer = json.loads(done.stdout)
    assert answer["study"] == "ddp-digits"
    assert answer["model"]["scaling"] == "strong"
    assert text.stdout.startswith("Predicted scaling of ddp-digits: ")


def test_a_study_elsewhere_is_found_by_its_project(calculate: Run, tmp_path: Path) -> None:
    shutil.copytree(WORKSPACE, tmp_path / "elsewhere")

    done = calculate("predict", "recommendation", "--project", "elsewhere", "--json")

    assert json.loads(done.stdout)["model"]["kind"] == "parameter-server"


def test_a_study_without_a_prediction_says_what_to_declare(capstone: Run) -> None:
    done = capstone("predict", "tiny")

    assert done.returncode == 2
    assert "specs/tiny: [CAP709] there is no [prediction]" in done.stderr


def test_a_study_needs_a_workspace_and_a_calculation_none(calculate: Run) -> None:
    done = calculate("predict", "tiny")

    assert done.returncode == 2
    assert "capstone.toml" in done.stderr
