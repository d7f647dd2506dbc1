"""The energy of cases: measured or estimated, compared at equal methods only."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from capstone_report.analysis.energy import run_energy
from capstone_report.analysis.facts import Analysis, EnergyFact
from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.results.records import Energy, Imported, RunRecord
from capstone_report.spec.workspace import Machine
from simulated import MACHINE, SERIAL, TIMES, codes, pool

Analysed = Callable[..., Analysis]
LAPTOP = Machine(note="a laptop", tdp_w=28.0)
DECLARED = {f"machines__{MACHINE}": {"note": "an invented machine", "tdp_w": 28.0}}


def drawing(
    watts: float, method: EnergyMethod = EnergyMethod.MEASURED_CPU
) -> Callable[..., RunRecord]:
    """Return an edit that gives runs so many watts per worker."""

    def edit(run: RunRecord) -> RunRecord:
        average_w = watts * run.workers
        joules = average_w * run.wall_time_s
        return run.model_copy(
            update={"energy": Energy(joules=joules, average_w=average_w, method=method)}
        )

    return edit


def fact(analysis: Analysis, case_id: str) -> EnergyFact:
    """Return the energy of one case."""
    (found,) = [fact for fact in analysis.energy if fact.case_id == case_id]
    return found


def test_each_case_has_its_median_energy_and_power(analysed: Analysed) -> None:
    analysis = analysed(edit=drawing(10.0))

    baseline = fact(analysis, SERIAL)
    assert [f.case_id for f in analysis.energy] == [SERIAL, pool(1), pool(2), pool(4)]
    assert baseline.joules.value == pytest.approx(10 * (8 * 1.025 + 0.25))
    assert baseline.average_w.value == 10
    assert baseline.joules.interval is not None
    assert baseline.ratio is None
    assert fact(analysis, pool(4)).average_w.value == 40


def test_four_workers_take_more_energy_than_one_process_by_their_ratio(analysed: Analysed) -> None:
    ratio = fact(analysed(edit=drawing(10.0)), pool(4)).ratio

    assert ratio is not None
    assert ratio.value == pytest.approx(40 * 2.8125 / (10 * 8.45), rel=0.01)
    assert ratio.interval is not None


def test_measured_and_estimated_energies_stand_beside_each_other_without_a_ratio(
    analysed: Analysed,
) -> None:
    def edit(run: RunRecord) -> RunRecord:
        return run if run.case_id == pool(4) else drawing(10.0)(run)

    analysis = analysed(edit=edit, workspace=DECLARED)

    assert fact(analysis, pool(4)).is_estimated
    assert fact(analysis, pool(4)).ratio is None
    assert fact(analysis, pool(2)).ratio is not None
    assert [c for c in codes(analysis) if c > "CAP33" and c < "CAP35"] == [
        "CAP341",
        "CAP340",
        "CAP342",
    ]


def test_a_case_whose_runs_tell_differently_has_no_energy(analysed: Analysed) -> None:
    def edit(run: RunRecord) -> RunRecord:
        gpu = run.case_id == SERIAL and run.repeat == 0
        return drawing(10.0, EnergyMethod.MEASURED_GPU if gpu else EnergyMethod.MEASURED_CPU)(run)

    analysis = analysed(edit=edit)

    assert SERIAL not in [f.case_id for f in analysis.energy]
    assert all(f.ratio is None for f in analysis.energy)
    assert "CAP341" in codes(analysis)


def test_without_counters_and_without_a_declared_power_there_is_no_number(
    analysed: Analysed,
) -> None:
    analysis = analysed()

    assert analysis.energy == ()
    assert not {"CAP340", "CAP341", "CAP342"} & set(codes(analysis))


def test_without_a_baseline_no_case_is_compared(analysed: Analysed) -> None:
    assert analysed({pool(4): TIMES[pool(4)]}, edit=drawing(10.0)).energy == ()


def test_an_estimate_is_the_declared_power_times_the_wall_time(
    make_record: Callable[..., RunRecord],
) -> None:
    energy = run_energy(make_record(wall_time_s=3.0), LAPTOP)

    assert energy == Energy(joules=84.0, average_w=28.0, method="estimated_tdp")


def test_what_was_measured_is_never_replaced_by_an_estimate(
    make_record: Callable[..., RunRecord],
) -> None:
    measured = Energy(joules=1.0, average_w=1.0, method="measured_cpu")

    assert run_energy(make_record(energy=measured), LAPTOP) == measured


def test_a_run_that_was_made_elsewhere_is_not_estimated_with_this_machines_power(
    make_record: Callable[..., RunRecord],
) -> None:
    imported = Imported(
        source="a paper", date=str(datetime.now(UTC).date()), file="t.csv", file_sha256="0" * 64
    )

    assert run_energy(make_record(imported=imported), LAPTOP) is None
    assert run_energy(make_record(), None) is None
    assert run_energy(make_record(), Machine(note="unknown power")) is None
