"""Worker counts that the machine does not carry: labelled in the charts, and nowhere else."""

from pathlib import Path

import pytest

from capstone_report.report.charts import charts
from simulated import ENVIRONMENT, SERIAL, analyse, around, pool

TIMES = {SERIAL: around(8), pool(1): around(9), pool(2): around(4.5), pool(4): around(4)}


@pytest.mark.parametrize("name", ["speedup", "efficiency"])
@pytest.mark.parametrize(("cores", "labelled"), [(2, True), (4, False)])
def test_a_chart_shades_what_the_machine_does_not_carry(
    tmp_path: Path, name: str, cores: int, *, labelled: bool
) -> None:
    analysis = analyse(
        tmp_path,
        TIMES,
        environment=ENVIRONMENT.model_copy(update={"cores": cores}),
        benchmarks__1__oversubscribe=True,
    )

    assert ("oversubscribed" in str(charts(analysis)[name])) is labelled
