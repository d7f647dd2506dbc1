"""From a declared design to its predicted speedup (sections 41.4.3 and 41.4.5)."""

from typing import Any

import pytest
from pydantic import ValidationError

from capstone_report.perfmodel.step import StepModel
from capstone_report.spec.design import CommunicationSlot, ConsistencySlot
from capstone_report.spec.forecast import step_model
from capstone_report.spec.study import Prediction
from capstone_report.spec.touching import TOUCHED, touched_by
from capstone_report.spec.vocabulary import Communication, Consistency
from capstone_report.spec.volumes import wire_bytes

BOOK = {"t_comp_s": 1.0, "alpha_s": 0.0008, "beta_s": 0.04, "source": "Output 41.4.1"}


def model(
    pattern: str = "all-reduce",
    consistency: str = "synchronous",
    *,
    slot: dict[str, Any] | None = None,
    steps: int | None = None,
    **prediction: object,
) -> StepModel:
    """Return the step model of a small design."""
    communication = {"choice": pattern, "why": "x", "primitive": "y", "message_bytes": 1e6}
    agreed = {"choice": consistency, "why": "x", "staleness_steps": steps}
    found = step_model(
        Prediction.model_validate(BOOK | prediction, strict=False),
        CommunicationSlot.model_validate(communication | (slot or {}), strict=False),
        ConsistencySlot.model_validate(agreed, strict=False),
    )
    assert found is not None
    return found


def test_the_books_ring_gives_the_books_speedups() -> None:
    predicted = model(model="book-ring")

    assert f"{predicted.speedup(32):.2f}" == "7.49"
    assert f"{predicted.speedup(1024):.2f}" == "1.11"


def test_without_a_model_the_pattern_has_its_usual_one() -> None:
    kinds = {pattern: model(pattern, "eventual").comm.kind for pattern in Communication}

    assert kinds == {
        "all-reduce": "ring",
        "parameter-server": "parameter-server",
        "gossip": "gossip",
        "scatter-gather": "scatter-gather",
    }


def test_a_model_of_another_pattern_is_not_used() -> None:
    assert model("gossip", "eventual", model="ring").comm.kind == "gossip"


def test_a_sparse_server_moves_only_what_is_touched() -> None:
    dense = model("parameter-server", slot={})
    sparse = model("parameter-server", slot={"touched_bytes": 1e4})

    assert dense.comm_seconds(4) - 2 * 0.0008 == pytest.approx(
        100 * (sparse.comm_seconds(4) - 2 * 0.0008)
    )


def test_bounded_staleness_pays_its_communication_once_in_so_many_steps() -> None:
    every, once_in_four = model(), model(consistency="bounded-staleness", steps=4)

    assert once_in_four.comm_seconds(8) == pytest.approx(every.comm_seconds(8) / 4)


def test_asynchronous_workers_wait_for_nobody_but_a_coordinator_waits_for_its_answers() -> None:
    server = model("parameter-server", "asynchronous", imbalance=0.5)
    fan_out = model("scatter-gather", "eventual", imbalance=0.5)

    assert (server.overlap, server.imbalance) == (1.0, 0.0)
    assert (fan_out.overlap, fan_out.imbalance) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [("all-reduce", 2e9), ("parameter-server", 2e6), ("gossip", 3e9), ("scatter-gather", 2e6)],
)
def test_a_worker_sends_what_the_pattern_makes_it_send(pattern: str, sent: float) -> None:
    declared = CommunicationSlot.model_validate(
        {
            "choice": pattern,
            "why": "x",
            "primitive": "y",
            "message_bytes": 1e9,
            "touched_bytes": 1e6,
            "neighbours": 3,
        },
        strict=False,
    )

    assert wire_bytes(Communication(pattern), declared) == sent


def test_forcing_a_synchronous_design_sends_its_author_back_to_stragglers_and_pattern() -> None:
    # Exercise 41.4.3
    assert {"communication", "load_balancing"} <= touched_by(
        [("design", "consistency", "choice")]
    ).keys()
    assert touched_by([("design", "consistency"), ("design", "load_balancing")]).keys() == {
        "communication",
        "fault_tolerance",
        "partitioning",
    }
    assert touched_by([("slides", "minutes"), ("problem", "target", "speedup")]) == {}
    assert touched_by([("problem", "tolerates")]).keys() == {"consistency"}


def test_every_reason_of_a_touched_slot_is_a_clause() -> None:
    reasons = [reason for slots in TOUCHED.values() for reason in slots.values()]

    assert all(reason[0].islower() and not reason.endswith(".") for reason in reasons)


@pytest.mark.parametrize("consistency", list(Consistency))
def test_no_consistency_makes_one_worker_faster_or_slower(consistency: Consistency) -> None:
    assert model(consistency=consistency.value, steps=2).speedup(1) == 1


@pytest.mark.parametrize("missing", [("alpha_s",), ("alpha_s", "beta_s")])
def test_a_constant_is_declared_or_calibrated(missing: tuple[str, ...]) -> None:
    left = {name: value for name, value in BOOK.items() if name not in missing}

    with pytest.raises(ValidationError, match=f"{' and '.join(missing)} is missing: declare it"):
        Prediction.model_validate(left)
    assert Prediction.model_validate(left | {"link": "calibrate"}).alpha_s is None
