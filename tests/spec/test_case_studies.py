"""The book's five case studies as declared studies, and what is refused when one slot changes."""

from pathlib import Path

import pytest

from capstone_report.spec.declared import WhatIf
from capstone_report.spec.load import load_project, read_project
from capstone_report.spec.positions import KeyPath
from case_studies import (
    WORKSPACE,
    Edit,
    choose,
    drop,
    drop_table,
    edited,
    keys,
    only,
    predicted_speedup,
    problems,
    put,
    reject,
)

# Table 41.4.1, and as the last slot the load balancing that it leaves out (Exercise 41.4.3).
SLOTS = (
    "partitioning",
    "communication",
    "consistency",
    "coordination",
    "fault_tolerance",
    "load_balancing",
)
TABLE: dict[str, tuple[tuple[str, ...], ...]] = {
    "web-scale-rag": (
        ("data",),
        ("scatter-gather",),
        ("eventual",),
        ("central",),
        ("replicate-reexecute",),
        ("straggler-mitigation",),
    ),
    "federated-medical": (
        ("data",),
        ("gossip",),
        ("bounded-staleness",),
        ("decentralised",),
        ("elastic",),
        ("straggler-mitigation",),
    ),
    "recommendation": (
        ("model",),
        ("parameter-server",),
        ("bounded-staleness",),
        ("central",),
        ("replicate-reexecute", "checkpoint-restart"),
        ("even-sharding",),
    ),
    "robot-swarm": (
        ("work",),
        ("gossip",),
        ("asynchronous",),
        ("decentralised",),
        ("elastic",),
        ("even-sharding",),
    ),
    "agentic-llm": (
        ("model", "work"),
        ("all-reduce", "scatter-gather"),
        ("synchronous", "eventual"),
        ("central",),
        ("checkpoint-restart", "elastic"),
        ("straggler-mitigation",),
    ),
}


@pytest.mark.parametrize("study", TABLE)
def test_a_case_study_checks_without_a_finding(study: str) -> None:
    assert only(study).findings == ()


def test_every_study_of_the_workspace_is_a_row_of_the_table() -> None:
    assert {study.id for study in load_project(WORKSPACE).studies} == TABLE.keys()


@pytest.mark.parametrize("study", TABLE)
def test_the_six_slots_are_filled_as_in_the_table(study: str) -> None:
    chosen = {name: tuple(slot.choices) for name, slot in only(study).study.design.slots()}

    assert chosen == dict(zip(SLOTS, TABLE[study], strict=True))


@pytest.mark.parametrize("study", TABLE)
def test_every_slot_says_what_was_rejected(study: str) -> None:
    assert all(slot.rejected for _, slot in only(study).study.design.slots())


@pytest.mark.parametrize("study", TABLE)
def test_no_number_of_a_case_study_claims_to_be_measured_or_quoted(study: str) -> None:
    project = load_project(WORKSPACE, only=(study,))
    (loaded,) = project.studies

    assert all(benchmark.external for benchmark in loaded.study.benchmarks)
    assert not (loaded.folder / "results").exists()
    assert "llustrative" in loaded.study.problem.machine.source
    assert all(price.estimate for price in project.workspace.prices.values())


@pytest.mark.parametrize("study", TABLE)
def test_the_target_lies_between_nothing_gained_and_the_prediction(study: str) -> None:
    loaded = only(study)
    target = loaded.study.problem.target
    assert target.workers is not None

    assert 1 < target.speedup <= predicted_speedup(loaded, target.workers)


# What follows as soon as hospitals exchange in every step, over lines that carry one in fifty.
SLOW_LINES = {("CAP224", "problem.target.speedup"), ("CAP252", "sizing.workers")}

WRONG: dict[str, tuple[str, tuple[Edit, ...], set[tuple[str, str]]]] = {
    "rag: training cures no lack of room for bytes": (
        "web-scale-rag",
        (put('[axis]\nname = "data"', '[axis]\nname = "training"'),),
        {("CAP231", "axis.name")},
    ),
    "rag: gossip sends every hit to everybody": (
        "web-scale-rag",
        (choose("communication", "gossip"),),
        {("CAP236", "design.communication.choice"), ("CAP251", "prediction.model")},
    ),
    "rag: a collective waits for all, which nobody asked for": (
        "web-scale-rag",
        (choose("communication", "all-reduce"),),
        {
            ("CAP238", "design.communication.choice"),
            ("CAP242", "design.communication.rejected.choice"),
            ("CAP251", "prediction.model"),
        },
    ),
    "rag: an application that needs the newest page": (
        "web-scale-rag",
        (put('tolerates = "eventual"', 'tolerates = "synchronous"'),),
        {("CAP237", "design.consistency.choice")},
    ),
    "rag: a driver without a successor": (
        "web-scale-rag",
        (drop("when_it_dies"),),
        {("CAP239", "design.coordination.choice")},
    ),
    "rag: a tenth of the crawl fits, and questions run out first": (
        "web-scale-rag",
        (put("data_bytes = 60.6e12", "data_bytes = 6.06e12"),),
        {("CAP222", "problem.ceiling"), ("CAP223", "problem.ceiling")},
    ),
    "rag: more servers than the budget pays": (
        "web-scale-rag",
        (put("[sizing]\nworkers = 8", "[sizing]\nworkers = 13"),),
        {("CAP255", "sizing.workers")},
    ),
    "federated: a centre without a successor": (
        "federated-medical",
        (choose("coordination", "central"), reject("coordination", "decentralised")),
        {("CAP239", "design.coordination.choice")},
    ),
    "federated: models that may part without bound": (
        "federated-medical",
        (choose("consistency", "eventual"),),
        {("CAP237", "design.consistency.choice"), *SLOW_LINES},
    ),
    "federated: a round without its length": (
        "federated-medical",
        (drop("staleness_steps"),),
        {("CAP244", "design.consistency.choice"), *SLOW_LINES},
    ),
    "federated: three neighbours are dearer than a server": (
        "federated-medical",
        (drop("dearer_because"),),
        {("CAP236", "design.communication.choice")},
    ),
    "federated: neighbours cannot keep all in step": (
        "federated-medical",
        (choose("consistency", "synchronous"), reject("consistency", "asynchronous")),
        {("CAP238", "design.communication.choice"), *SLOW_LINES},
    ),
    "federated: a partition by task moves patients": (
        "federated-medical",
        (choose("partitioning", "work"), reject("partitioning", "data")),
        {("CAP233", "design.partitioning.choice")},
    ),
    "recommendation: a sum over the whole table": (
        "recommendation",
        (choose("communication", "all-reduce"),),
        {
            ("CAP236", "design.communication.choice"),
            ("CAP242", "design.communication.rejected.choice"),
            ("CAP251", "prediction.model"),
        },
    ),
    "recommendation: rows without a bound on their age": (
        "recommendation",
        (choose("consistency", "eventual"),),
        {("CAP237", "design.consistency.choice")},
    ),
    "recommendation: gossip never completes a sharded table": (
        "recommendation",
        (choose("communication", "gossip"),),
        {("CAP235", "design.communication.choice"), ("CAP251", "prediction.model")},
    ),
    "recommendation: four servers are not the fewest": (
        "recommendation",
        (
            put("smallest_workers = 3", "smallest_workers = 4"),
            put("workers = [3, 6, 12, 24]", "workers = [4, 8, 12, 24]"),
        ),
        {("CAP215", "baseline.smallest_workers"), ("CAP224", "problem.target.speedup")},
    ),
    "recommendation: a budget that pays half": (
        "recommendation",
        (put("budget_usd = 1500", "budget_usd = 600"),),
        {("CAP255", "sizing.workers")},
    ),
    "swarm: independent work has no common sum": (
        "robot-swarm",
        (choose("communication", "all-reduce"),),
        {
            ("CAP235", "design.communication.choice"),
            ("CAP238", "design.communication.choice"),
            ("CAP251", "prediction.model"),
        },
    ),
    "swarm: nobody hears from all at once": (
        "robot-swarm",
        (choose("consistency", "synchronous"),),
        {("CAP238", "design.communication.choice")},
    ),
    "swarm: an axis that divides parameters": (
        "robot-swarm",
        (put('name = "intelligence"', 'name = "model"'),),
        {("CAP231", "axis.name"), ("CAP233", "design.partitioning.choice")},
    ),
    "swarm: a leader of whom nobody says what follows": (
        "robot-swarm",
        (choose("coordination", "central"), reject("coordination", "decentralised")),
        {("CAP239", "design.coordination.choice")},
    ),
    "swarm: a small swarm has room in one station": (
        "robot-swarm",
        (put("messages_per_s = 652800", "messages_per_s = 9900"),),
        {("CAP222", "problem.ceiling")},
    ),
    "llm: replicas of what does not fit": (
        "agentic-llm",
        (choose("partitioning", "data"), reject("partitioning", "model")),
        {("CAP233", "design.partitioning.choice"), ("CAP234", "design.partitioning.choice")},
    ),
    "llm: agents that may never be out of step": (
        "agentic-llm",
        (put('tolerates = "eventual"', 'tolerates = "synchronous"'),),
        {("CAP237", "design.consistency.also[0].choice")},
    ),
    "llm: synchronous all-reduce, as everybody does": (
        "agentic-llm",
        (drop_table("design.consistency.rejected"),),
        {("CAP240", "design.consistency.choice"), ("CAP241", "design.consistency.choice")},
    ),
    "llm: a hybrid that does not say what is what": (
        "agentic-llm",
        (put('choice = "synchronous"\npart = "training"', 'choice = "synchronous"'),),
        {("CAP243", "design.consistency.choice")},
    ),
    "llm: nine accelerators where eight are enough": (
        "agentic-llm",
        (
            put("smallest_workers = 8", "smallest_workers = 9"),
            put("workers = [8, 16, 32, 64]", "workers = [9, 18, 36, 72]"),
        ),
        {("CAP215", "baseline.smallest_workers")},
    ),
    "llm: an orchestrator without a successor": (
        "agentic-llm",
        (drop("when_it_dies"),),
        {("CAP239", "design.coordination.choice")},
    ),
}


@pytest.mark.parametrize(("study", "edits", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_change_is_refused_at_its_place(
    tmp_path: Path, study: str, edits: tuple[Edit, ...], expected: set[tuple[str, str]]
) -> None:
    file = edited(tmp_path, study, edits)

    found = problems(tmp_path)

    assert keys(found) == expected
    lines = file.read_text().split("\n")
    for problem in found:
        place = problem.place
        assert place is not None
        assert place.file == f"specs/{study}/study.toml"
        assert place.text == lines[place.line - 1]
        assert 1 <= place.column < place.end_column <= len(place.text) + 1
        assert problem.where == f"{place.file}:{place.line}:{place.column}"


def test_a_wrong_choice_is_underlined_in_its_slot(tmp_path: Path) -> None:
    edited(tmp_path, "robot-swarm", (choose("consistency", "synchronous"),))

    (problem,) = problems(tmp_path)

    assert problem.place is not None
    marked = slice(problem.place.column - 1, problem.place.end_column - 1)
    assert problem.place.text[marked] == '"gossip"'
    assert [place.key for place in problem.beside] == ["design.consistency.choice"]
    assert '"synchronous"' in problem.beside[0].text


def test_a_wrong_what_if_is_placed_on_the_command_line() -> None:
    written = "design.consistency.choice=eventual"
    change: dict[KeyPath, WhatIf] = {
        ("design", "consistency", "choice"): WhatIf(value="eventual", written=written)
    }

    (problem,) = read_project(WORKSPACE, ("recommendation",), change).findings

    assert problem.code == "CAP237"
    assert problem.place is not None
    assert (problem.place.file, problem.place.text) == ("--set", written)
