"""What every communication model keeps, and each one's formula, pinned."""

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from capstone_report.perfmodel import comm
from capstone_report.perfmodel.comm.all_to_all import AllToAll
from capstone_report.perfmodel.comm.book_ring import BookRing
from capstone_report.perfmodel.comm.broadcast import Broadcast
from capstone_report.perfmodel.comm.gossip import Gossip, rounds_to_agree
from capstone_report.perfmodel.comm.model import CommModel, models
from capstone_report.perfmodel.comm.options import model_options
from capstone_report.perfmodel.comm.parameter_server import ParameterServer
from capstone_report.perfmodel.comm.rabenseifner import Rabenseifner
from capstone_report.perfmodel.comm.recursive_doubling import RecursiveDoubling
from capstone_report.perfmodel.comm.ring import Ring
from capstone_report.perfmodel.comm.scatter_gather import ScatterGather, any_slow
from capstone_report.perfmodel.comm.tree import Tree
from capstone_report.perfmodel.comm.two_level import TwoLevel
from capstone_report.registry import kinds

PATTERNS = {"all-reduce", "parameter-server", "gossip", "scatter-gather"}

every_model = pytest.mark.parametrize("kind", sorted(models()))
every_option = pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in models().values() for name in model.model_fields],
)
some_seconds = st.floats(0, 10)


def cost(model: CommModel, workers: float, alpha: float = 1.0, beta: float = 100.0) -> float:
    """Return the seconds of an exchange with a latency of 1 s and a message of 100 s."""
    return model.seconds(workers, alpha=alpha, beta=beta)


@every_option
@given(number=st.floats(-3, 300))
@settings(max_examples=20)
def test_the_domain_of_an_option_is_what_its_model_accepts(
    model: type[CommModel], name: str, number: float
) -> None:
    option = model_options(model)[name]
    written = int(number) if number.is_integer() else number

    def accepted(value: float) -> bool:
        try:
            model.model_validate({name: value})
        except ValidationError:
            return False
        return True

    assert accepted(written) is option.holds(number)
    clamped = option.clamped(number)
    assert accepted(clamped) or (clamped <= option.least and not option.is_least_in)


def test_the_models_are_those_that_the_package_has() -> None:
    assert sorted(models()) == [
        "all-to-all",
        "book-ring",
        "broadcast",
        "gossip",
        "parameter-server",
        "rabenseifner",
        "recursive-doubling",
        "ring",
        "scatter-gather",
        "tree",
        "two-level",
    ]


@every_model
def test_a_model_needs_no_option_and_says_what_it_is_and_where_from(kind: str) -> None:
    model = models()[kind]()

    assert model.kind == kind
    assert model.title
    assert r"\alpha" in model.formula
    assert model.source
    assert set(model.collective) <= PATTERNS


def test_every_pattern_of_the_second_design_slot_has_a_model() -> None:
    assert {name for model in models().values() for name in model.collective} == PATTERNS


@every_model
def test_an_option_that_a_model_does_not_know_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="no_such_option"):
        models()[kind].model_validate({"no_such_option": 1})


@every_model
def test_every_option_has_a_description_and_a_default(kind: str) -> None:
    fields = models()[kind].model_fields.values()

    assert all(field.description and not field.is_required() for field in fields)


@every_model
@pytest.mark.parametrize("workers", [0, 0.5, 1])
def test_one_worker_has_nobody_to_talk_to(kind: str, workers: float) -> None:
    assert cost(models()[kind](), workers) == 0


@every_model
@given(workers=st.floats(1, 1e6), alpha=some_seconds, beta=some_seconds, more=some_seconds)
@settings(max_examples=20)
def test_a_slower_link_never_makes_an_exchange_faster(
    kind: str, workers: float, alpha: float, beta: float, more: float
) -> None:
    model = models()[kind]()

    seconds = cost(model, workers, alpha, beta)

    assert 0 <= seconds <= cost(model, workers, alpha + more, beta)
    assert seconds <= cost(model, workers, alpha, beta + more)


@every_model
@given(workers=st.integers(2, 10**6), alpha=some_seconds, beta=some_seconds)
@settings(max_examples=20)
def test_without_other_options_the_cost_is_linear_in_alpha_and_beta(
    kind: str, workers: int, alpha: float, beta: float
) -> None:
    model = models()[kind]()

    parts = alpha * cost(model, workers, 1, 0) + beta * cost(model, workers, 0, 1)

    assert cost(model, workers, alpha, beta) == pytest.approx(parts)


@every_model
@given(low=st.integers(1, 300), width=st.integers(0, 60), alpha=some_seconds, beta=some_seconds)
@settings(max_examples=20)
def test_a_range_holds_every_cost_in_it(
    kind: str, low: int, width: int, alpha: float, beta: float
) -> None:
    model = models()[kind]()
    high = low + width

    least, most = model.range_seconds(low, high, alpha=alpha, beta=beta)

    costs = [cost(model, workers, alpha, beta) for workers in range(low, high + 1)]
    assert least == pytest.approx(min(costs))
    assert most == pytest.approx(max(costs))


@every_model
@given(low=st.integers(1, 300), width=st.integers(0, 60), alpha=some_seconds, beta=some_seconds)
@settings(max_examples=20)
def test_no_cost_per_worker_falls_below_what_its_model_says(
    kind: str, low: int, width: int, alpha: float, beta: float
) -> None:
    model = models()[kind]()

    least = model.per_worker_least(low, low + width, alpha=alpha, beta=beta)

    found = min(cost(model, p, alpha, beta) / p for p in range(low, low + width + 1))
    assert least <= found * (1 + 1e-12)


@every_model
@given(workers=st.integers(2, 10**6), alpha=some_seconds, beta=some_seconds)
@settings(max_examples=20)
def test_a_ring_form_is_the_whole_cost(kind: str, workers: int, alpha: float, beta: float) -> None:
    model = models()[kind]()
    form = model.ring_form(alpha=alpha, beta=beta)

    if form is not None:
        ring = form.latency * (workers - 1) + form.bandwidth * (workers - 1) / workers
        assert cost(model, workers, alpha, beta) == pytest.approx(ring)


@every_model
def test_the_other_models_do_not_miss_one_that_is_taken_away(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"copied_models_{kind.replace('-', '_')}"
    shutil.copytree(Path(comm.__path__[0]), tmp_path / package)
    for path in (tmp_path / package).glob("*.py"):
        text = path.read_text()
        if path.stem == kind.replace("-", "_"):
            path.unlink()
        elif path.stem != "model":
            assert f"comm.{kind.replace('-', '_')} import" not in text
    monkeypatch.syspath_prepend(tmp_path)

    left = kinds(package, CommModel)  # type: ignore[type-abstract] # only subclasses are returned

    assert sorted(left) == sorted(set(models()) - {kind})


def test_the_textbook_ring_pays_every_latency_twice() -> None:
    assert cost(Ring(), 4) == pytest.approx(2 * 3 + 2 * 3 / 4 * 100)
    assert cost(Ring(gamma=8), 4) == pytest.approx(6 + 150 + 6)


def test_the_books_ring_pays_every_latency_once() -> None:
    assert cost(BookRing(), 4) == pytest.approx(3 + 2 * 3 / 4 * 100)


def test_rabenseifner_folds_what_is_no_power_of_two() -> None:
    assert cost(Rabenseifner(gamma=8), 8) == pytest.approx(6 + 175 + 7)
    assert cost(Rabenseifner(gamma=6), 6) == pytest.approx(6 + (10 / 6 + 2) * 100 + 11)
    assert cost(Rabenseifner(), 4.5) == pytest.approx(6 + (7 / 4.5 + 2) * 100)


def test_recursive_doubling_moves_the_whole_message_lg_p_times() -> None:
    assert cost(RecursiveDoubling(gamma=9), 8) == pytest.approx(3 * 110)
    assert cost(RecursiveDoubling(), 6) == pytest.approx(math.log2(6) * 101)


def test_a_tree_reduces_and_broadcasts() -> None:
    assert cost(Tree(gamma=8), 8) == pytest.approx(3 * 210)
    assert cost(Tree(), 5) == pytest.approx(3 * 202)


def test_a_broadcast_doubles_who_has_the_message_in_each_step() -> None:
    assert cost(Broadcast(), 8) == pytest.approx(303)
    assert cost(Broadcast(), 9) == pytest.approx(404)


def test_an_all_to_all_keeps_its_own_part() -> None:
    assert cost(AllToAll(), 5) == pytest.approx(4 + 80)


def test_a_parameter_server_is_as_slow_as_its_busier_side() -> None:
    assert cost(ParameterServer(), 8) == pytest.approx(2 + 2 * 800)
    assert cost(ParameterServer(servers=4), 8) == pytest.approx(2 + 2 * 200)
    assert cost(ParameterServer(servers=16), 8) == pytest.approx(2 + 2 * 100)


def test_a_sparse_parameter_server_moves_only_what_is_touched() -> None:
    assert cost(ParameterServer(touched_share=0.01), 8) == pytest.approx(2 + 2 * 8)


def test_nobody_gossips_with_more_workers_than_there_are() -> None:
    assert cost(Gossip(degree=3, rounds=2), 2) == pytest.approx(2 * 101)
    assert cost(Gossip(degree=3, rounds=2), 3) == pytest.approx(2 * 201)
    assert cost(Gossip(degree=3, rounds=2), 4) == pytest.approx(2 * 301)
    assert "rounds is held fixed" in Gossip.assumes


def test_a_gossip_round_costs_the_same_among_any_larger_number() -> None:
    assert cost(Gossip(degree=3, rounds=2), 10) == pytest.approx(2 * 301)
    assert cost(Gossip(degree=3, rounds=2), 1000) == pytest.approx(2 * 301)


def test_a_wider_spectral_gap_agrees_in_fewer_rounds() -> None:
    assert rounds_to_agree(epsilon=math.exp(-6), spectral_gap=0.5) == pytest.approx(12)


def test_one_slow_answer_in_a_hundred_slows_most_queries_of_a_hundred_workers() -> None:
    # Dean and Barroso 2013: 63 %.
    assert any_slow(100, slow_share=0.01) == pytest.approx(0.634, abs=5e-4)
    assert any_slow(100, slow_share=0) == 0
    assert any_slow(3, slow_share=1) == 1
    assert any_slow(10, slow_share=1e-15) == pytest.approx(1e-14, rel=1e-9)


def test_scatter_and_gather_wait_for_the_tail() -> None:
    assert cost(ScatterGather(), 5) == pytest.approx(8 + 160)

    slow = ScatterGather(slow_share=0.5, slow_seconds=16)

    assert cost(slow, 2) == pytest.approx(2 + 100 + 12)
    assert slow.ring_form(alpha=1, beta=1) is None


def test_two_levels_send_a_share_of_the_message_between_nodes() -> None:
    levels = TwoLevel(workers_per_node=4, fast_alpha=0.5, bandwidth_ratio=10, gamma=8)

    # Inside: 2*3*0.5 + 3/4 (20 + 8); between two nodes: 2*1 + 1/2 (200 + 8)/4.
    assert cost(levels, 8) == pytest.approx(3 + 21 + 2 + 26)


def test_two_levels_count_whole_nodes() -> None:
    levels = TwoLevel(workers_per_node=8)

    assert cost(levels, 9) == cost(levels, 16)
    assert cost(levels, 17) == cost(levels, 24) > cost(levels, 16)


@given(workers=st.integers(2, 8), alpha=some_seconds, beta=some_seconds)
def test_two_levels_are_one_ring_inside_one_node(workers: int, alpha: float, beta: float) -> None:
    assert cost(TwoLevel(), workers, alpha, beta) == pytest.approx(
        cost(Ring(), workers, alpha, beta)
    )


@given(workers=st.integers(2, 1000), alpha=some_seconds, beta=some_seconds)
def test_two_levels_with_one_worker_per_node_are_one_ring(
    workers: int, alpha: float, beta: float
) -> None:
    levels = TwoLevel(workers_per_node=1, fast_alpha=99)

    assert cost(levels, workers, alpha, beta) == pytest.approx(cost(Ring(), workers, alpha, beta))
