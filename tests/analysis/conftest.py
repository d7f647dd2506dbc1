"""Analyses of studies whose times are known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capstone_report.analysis.facts import Analysis
from simulated import TIMES, Times, analyse


@pytest.fixture
def analysed(tmp_path: Path) -> Callable[..., Analysis]:
    """Analyse the simulated study with other times or changes; see `simulated.analyse`."""

    def ask(times: Times = TIMES, **changes: object) -> Analysis:
        return analyse(tmp_path, times, **changes)  # type: ignore[arg-type] # named ones are analyse's own

    return ask
