"""The prediction is on record before the first distributed run starts, once, here and on a cluster."""

from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from capstone_report.analysis.forecasts import frozen_before
from capstone_report.analysis.freezing import prediction_to_freeze
from capstone_report.measure.campaign import run_campaign
from capstone_report.results.journal import Journal, read_journal
from capstone_report.results.records import PredictionRecord, RunRecord
from capstone_report.spec.load import LoadedStudy, load_project
from capstone_report.terminal.measuring import run

PREDICTION = """
[prediction]
t_comp_s = 0.001
alpha_s = 1e-6
beta_s = 1e-6
source = "invented"
"""


def declare(workspace: Path, text: str = PREDICTION) -> LoadedStudy:
    """Return the workspace's study with a prediction."""
    (study,) = (workspace / "specs").glob("*/study.toml")
    before = study.read_text().partition("\n[prediction]")[0]
    study.write_text(before + text)
    return load_project(workspace).studies[0]


def measured(loaded: LoadedStudy) -> Journal:
    """Measure what is missing, and return what is on record then."""
    foresight = partial(prediction_to_freeze, loaded)
    return read_journal(run_campaign(loaded, lambda _: None, foresight=foresight).folder)


def test_a_prediction_is_recorded_before_the_first_distributed_run(workspace: Path) -> None:
    loaded = declare(workspace)

    journal = measured(loaded)

    kinds = [record.kind for record in journal.records]
    assert kinds.count("prediction") == 1
    frozen = kinds.index("prediction")
    before = [r.benchmark for r in journal.records[:frozen] if isinstance(r, RunRecord)]
    assert loaded.study.scaling_benchmark.name not in before
    found = frozen_before(loaded.study, journal)
    assert isinstance(found, PredictionRecord)
    assert found.git_commit == journal.runs[0].environment.git_commit


def test_a_changed_prediction_is_recorded_too_and_the_first_one_counts(workspace: Path) -> None:
    first = frozen_before(declare(workspace).study, measured(declare(workspace)))
    program = next((workspace / "specs" / "tiny").glob("*.py"))
    program.write_text(program.read_text() + "\n# another one\n")

    again = declare(workspace, PREDICTION.replace("0.001", "0.002"))
    journal = measured(again)

    predictions = [r for r in journal.records if isinstance(r, PredictionRecord)]
    assert [r.inputs["t_comp_s"] for r in predictions] == pytest.approx([0.001, 0.002])
    assert frozen_before(again.study, journal) == first == predictions[0]


def test_a_study_without_a_prediction_records_none(workspace: Path) -> None:
    journal = measured(load_project(workspace).studies[0])

    assert "prediction" not in {record.kind for record in journal.records}
    assert frozen_before(load_project(workspace).studies[0].study, journal) is None


def test_a_journal_that_is_not_there_holds_no_prediction(workspace: Path) -> None:
    assert frozen_before(load_project(workspace).studies[0].study, None) is None


def test_the_command_freezes_what_it_measures(workspace: Path) -> None:
    loaded = declare(workspace)

    done = CliRunner().invoke(run, ["--project", str(workspace)])

    assert done.exit_code == 0, done.output
    (folder,) = (loaded.folder / "results").iterdir()
    found = frozen_before(loaded.study, read_journal(folder))
    assert found is not None
    assert found.workers == (1, 2, 4)
