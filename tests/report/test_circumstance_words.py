"""How facts and energies read on the pages."""

from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis
from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.report.circumstances import GROUPS, METHODS, known_facts
from capstone_report.report.pages import render_report
from capstone_report.results.known_facts import KNOWN_FACTS
from capstone_report.results.records import Energy, RunRecord
from simulated import ENVIRONMENT, MACHINE, TIMES, analyse

FACTS = {
    "memory.limit": f"{3 * 2**30} B",
    "cpu.governor": "performance",
    "cpu.turbo": "off",
    "gpu.memory": f"0: {80 * 2**30} B; 1: {40 * 2**30} B",
    "of.another.version": "x",
}


def page(analysis: Analysis, name: str) -> str:
    """Return one page of a report."""
    (found,) = [p for p in render_report(analysis).pages if p.path.endswith(f"/{name}.md")]
    return found.markdown


def test_facts_are_told_group_by_group_with_sizes_in_gib() -> None:
    groups = known_facts(ENVIRONMENT.model_copy(update={"facts": FACTS}))

    assert [(name, str(facts)) for name, facts in groups] == [
        ("Processors", "governor performance; turbo off"),
        ("Memory", "memory limit 3.00&nbsp;GiB"),
        ("GPUs", "GPU memory 0: 80.0&nbsp;GiB; 1: 40.0&nbsp;GiB"),
    ]


def test_every_group_has_a_name_and_every_method_has_words() -> None:
    assert {name.partition(".")[0] for name in KNOWN_FACTS} == GROUPS.keys()
    assert set(METHODS) == set(EnergyMethod)


def test_the_reproducibility_page_tells_what_is_known(tmp_path: Path) -> None:
    environment = ENVIRONMENT.model_copy(update={"facts": FACTS})

    told = page(analyse(tmp_path, TIMES, environment=environment), "reproducibility")

    assert "### What else is known of the machine" in told
    assert "| Processors | governor performance; turbo off |" in told


def test_energies_stand_with_where_they_come_from(tmp_path: Path) -> None:
    def edit(run: RunRecord) -> RunRecord:
        energy = Energy(joules=20 * run.wall_time_s, average_w=20, method="measured_cpu")
        return run.model_copy(update={"energy": energy})

    told = page(analyse(tmp_path, TIMES, edit=edit), "performance")

    assert told.count("measured: processor packages and memory") == 4
    assert "20.0&nbsp;W" in told


@pytest.mark.parametrize(("tdp_w", "times"), [(28.0, 4), (None, 0)])
def test_an_estimate_is_called_one_wherever_it_stands(
    tmp_path: Path, tdp_w: float | None, times: int
) -> None:
    declared = {"note": "an invented machine"} | ({"tdp_w": tdp_w} if tdp_w else {})

    analysis = analyse(tmp_path, TIMES, workspace={f"machines__{MACHINE}": declared})

    told = page(analysis, "performance")
    assert told.count("estimated: declared power times wall time") == times
    assert ("## Energy" in told) is bool(times)
