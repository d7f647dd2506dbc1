"""The proof of a ceiling: bytes, seconds and rates against what one machine has."""

import pytest

from capstone_report.spec.arithmetic import proof_of, proofs, replica_proof
from capstone_report.spec.study import ProblemStatement
from capstone_report.spec.vocabulary import Ceiling
from capstone_report.units import prefixed
from simulated import tables


def problem(demand: dict[str, float], machine: dict[str, float]) -> ProblemStatement:
    """Return a problem with other figures."""
    declared = tables()["problem"] | {
        "demand": demand,
        "machine": {"name": "one machine", "source": "a data sheet", **machine},
    }
    return ProblemStatement.model_validate(declared, strict=False)


def test_thirteen_billion_parameters_do_not_fit_eighty_gigabytes() -> None:
    seen = problem({"parameters": 13e9, "bytes_per_parameter": 16}, {"memory_bytes": 80e9})

    proof = proof_of(seen, Ceiling.MEMORY_CAPACITY)

    assert proof is not None
    assert proof.needed == 208e9  # section 41.2.4: 16 bytes per parameter
    assert proof.share == pytest.approx(2.6)
    assert str(proof) == "13 G parameters x 16 B = 208 GB against 80 GB"


def test_fifty_terabytes_neither_fit_the_disk_nor_are_they_read_in_time() -> None:
    # Exercise 41.2.1 (c): a crawl that does not fit on any one node's disk, every night
    seen = problem(
        {"data_bytes": 50e12, "within_s": 8 * 3600},
        {"storage_bytes": 20e12, "read_bytes_per_s": 2e9},
    )

    stored, read = proofs(seen)

    assert (stored.unit, stored.share) == ("B", 2.5)
    assert (read.unit, read.needed) == ("s", 25_000)
    assert read.share == pytest.approx(25_000 / 28_800)
    assert str(read) == "50 TB / 2 TB/s = 6.94 h against 8 h".replace("2 TB", "2 GB")


@pytest.mark.parametrize(
    ("ceiling", "demand", "machine", "share"),
    [
        (Ceiling.COMPUTE, {"flop": 6e12, "within_s": 0.1}, {"flop_per_s": 20e12}, 3.0),
        (
            Ceiling.MEMORY_BANDWIDTH,
            {"traffic_bytes": 1.2e11, "within_s": 0.1},
            {"memory_bytes_per_s": 800e9},
            1.5,
        ),
        (Ceiling.LATENCY, {"requests_per_s": 200}, {"requests_per_s": 40}, 5.0),
        (Ceiling.COORDINATION, {"messages_per_s": 1000}, {"messages_per_s": 4000}, 0.25),
    ],
)
def test_each_ceiling_has_its_arithmetic(
    ceiling: Ceiling, demand: dict[str, float], machine: dict[str, float], share: float
) -> None:
    proof = proof_of(problem(demand, machine), ceiling)

    assert proof is not None
    assert proof.share == pytest.approx(share)


def test_half_of_the_figures_prove_nothing() -> None:
    seen = problem({"flop": 1e12, "parameters": 1e9, "data_bytes": 1}, {"memory_bytes": 1e9})

    assert proofs(seen) == ()


def test_the_scarcest_resource_stands_first() -> None:
    seen = problem(
        {"memory_bytes": 100e9, "requests_per_s": 10},
        {"memory_bytes": 80e9, "requests_per_s": 1},
    )

    assert [proof.ceiling for proof in proofs(seen)] == [Ceiling.LATENCY, Ceiling.MEMORY_CAPACITY]


def test_a_replica_is_the_parameters_and_what_is_said_to_be_replicated() -> None:
    seen = problem(
        {"parameters": 1e9, "bytes_per_parameter": 16, "memory_bytes": 100e9},
        {"memory_bytes": 80e9},
    )

    alone, all_of_it = (replica_proof(seen, replicated=r) for r in (False, True))

    assert alone is not None
    assert all_of_it is not None
    assert (alone.needed, all_of_it.needed) == (16e9, 116e9)
    assert all_of_it.derivation == "1 G parameters x 16 B + 100 GB"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0, "s", "0 s"),
        (50e-6, "s", "50 us"),
        (0.13e-3, "s", "130 us"),
        (0.5, "s", "500 ms"),
        (60.0, "s", "60 s"),
        (1800.0, "s", "30 min"),
        (259_200.0, "s", "3 d"),
        (999.4, "B", "999 B"),
        (999.6, "B", "1 kB"),
        (80e9, "B", "80 GB"),
        (4.2e23, "FLOP", "420,000 EFLOP"),
        (13e9, "", "13 G"),
        (25e9, "B/s", "25 GB/s"),
    ],
)
def test_values_are_written_as_people_write_them(value: float, unit: str, said: str) -> None:
    assert prefixed(value, unit) == said
