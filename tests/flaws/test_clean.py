"""Nothing is said of a clean study but what is expected of its kind."""

from pathlib import Path

import pytest

from flaws.clean import ALWAYS, CLEAN
from simulated import codes


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_study_is_not_accused(name: str, tmp_path: Path) -> None:
    study, expected = CLEAN[name]

    assert set(codes(study(tmp_path))) <= ALWAYS | expected


def test_there_are_clean_studies_of_many_kinds() -> None:
    assert len(CLEAN) >= 20
