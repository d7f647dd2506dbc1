"""The book's own examples of a wrong design and its cure, as edits of the case studies."""

from pathlib import Path

import pytest

from capstone_report.spec.vocabulary import Communication
from capstone_report.spec.volumes import wire_bytes
from case_studies import (
    choose,
    drop,
    drop_table,
    edited,
    keys,
    only,
    predicted_speedup,
    prediction,
    problems,
    put,
    reject,
)

# Book section 41.2.4: a 13-billion-parameter model, tuned on four accelerators with 80 GB.
THIRTEEN = (
    put("parameters = 32.5e9", "parameters = 13e9"),
    put("memory_bytes = 60e9\nflop = 97.5e18\nwithin_s = 86400\n", ""),
    drop_table("axis.second"),
    drop_table("design.partitioning.also"),
    drop_table("design.communication.also"),
    drop_table("design.consistency.also"),
    put("smallest_workers = 8", "smallest_workers = 3"),
    put("workers = [8, 16, 32, 64]", "workers = [3, 4]"),
    put("[sizing]\nworkers = 64", "[sizing]\nworkers = 4"),
)


def test_data_parallel_tuning_of_thirteen_billion_parameters_copies_the_failure(
    tmp_path: Path,
) -> None:
    wrong = (choose("partitioning", "data"), reject("partitioning", "work"))
    edited(tmp_path, "agentic-llm", (*THIRTEEN, *wrong))

    found = {problem.code: problem for problem in problems(tmp_path)}

    assert found.keys() == {"CAP233", "CAP234"}
    assert "13 G parameters x 16 B = 208 GB against 80 GB" in found["CAP234"].what
    assert "partition the model" in found["CAP234"].remedy


def test_naming_another_axis_does_not_make_the_replicas_fit(tmp_path: Path) -> None:
    axis = put('[axis]\nname = "model"', '[axis]\nname = "training"')
    wrong = (choose("partitioning", "data"), reject("partitioning", "work"), axis)
    edited(tmp_path, "agentic-llm", (*THIRTEEN, *wrong))

    assert keys(problems(tmp_path)) == {
        ("CAP231", "axis.name"),
        ("CAP234", "design.partitioning.choice"),
    }


def test_sharding_the_thirteen_billion_parameters_cures_it(tmp_path: Path) -> None:
    edited(tmp_path, "agentic-llm", THIRTEEN)

    assert problems(tmp_path) == ()


def test_replicas_of_the_agents_model_are_refused_with_the_arithmetic(tmp_path: Path) -> None:
    wrong = (choose("partitioning", "data"), reject("partitioning", "model"))
    edited(tmp_path, "agentic-llm", wrong)

    found = {problem.code: problem.what for problem in problems(tmp_path)}

    assert "32.5 G parameters x 16 B = 520 GB against 80 GB" in found["CAP234"]


# Book section 41.4.2: student B wrote "data parallel" and meant all-reduce.
STUDENT_B = (
    choose("partitioning", "data"),
    reject("partitioning", "work"),
    choose("communication", "all-reduce"),
    reject("communication", "gossip"),
    drop_table("prediction.model"),
)


def test_all_reduce_of_an_embedding_table_neither_fits_nor_pays(tmp_path: Path) -> None:
    edited(tmp_path, "recommendation", STUDENT_B)

    found = {problem.code: problem.what for problem in problems(tmp_path)}

    assert "76.8 G parameters x 8 B = 614 GB against 256 GB" in found["CAP234"]
    assert "all-reduce moves 614 GB per worker and step" in found["CAP236"]
    assert "parameter-server 55.2 MB" in found["CAP236"]


def test_a_table_behind_a_server_and_dense_layers_in_an_all_reduce_are_accepted(
    tmp_path: Path,
) -> None:
    hybrid = (
        reject("partitioning", "work"),
        reject("communication", "gossip"),
        put('unit = "a row', 'part = "the embedding table"\nunit = "a row'),
        put('primitive = "pull', 'part = "the embedding table"\nprimitive = "pull'),
        put(
            "[design.partitioning.rejected]",
            '[[design.partitioning.also]]\nchoice = "data"\npart = "the dense layers"\n'
            'why = "They fit everywhere, and clicks are independent."\n\n'
            "[design.partitioning.rejected]",
        ),
        put(
            "[design.communication.rejected]",
            '[[design.communication.also]]\nchoice = "all-reduce"\npart = "the dense layers"\n'
            'why = "Every worker touches all of them."\n\n[design.communication.rejected]',
        ),
    )
    edited(tmp_path, "recommendation", hybrid)

    assert problems(tmp_path) == ()


def test_moving_only_touched_rows_saves_more_than_an_order_of_magnitude() -> None:
    declared = only("recommendation").study.design.communication

    whole = wire_bytes(Communication.ALL_REDUCE, declared)
    touched = wire_bytes(Communication.PARAMETER_SERVER, declared)

    assert whole > 10 * touched


def test_a_barrier_makes_recommendation_pay_its_communication_in_every_step(
    tmp_path: Path,
) -> None:
    """Exercise 41.4.3: from a bound of four steps to fully synchronous."""
    synchronous = (
        choose("consistency", "synchronous"),
        reject("consistency", "asynchronous"),
        drop("staleness_steps"),
    )
    edited(tmp_path, "recommendation", synchronous)

    bounded, strict = only("recommendation"), only("recommendation", tmp_path)

    assert strict.findings == ()
    every_step, one_in_four = (prediction(study).comm_seconds(12) for study in (strict, bounded))
    assert every_step == pytest.approx(4 * one_in_four)
    assert predicted_speedup(strict, 12) < predicted_speedup(bounded, 12)
