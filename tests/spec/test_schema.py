"""The JSON Schema for editors: taplo accepts what is right and rejects what is wrong by it."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from capstone_report.spec.example import example_text, example_values
from capstone_report.spec.load import read_project
from capstone_report.spec.reference import reference_page, tables
from capstone_report.spec.schema import SCHEMA_FILE, schema_text
from sites import REPOSITORY

TAPLO = Path(sys.executable).with_name("taplo")
STUDIES = sorted(
    [
        *REPOSITORY.glob("specs/*/study.toml"),
        *REPOSITORY.glob("tests/studies/specs/*/study.toml"),
        *REPOSITORY.glob("generator/capstone_report/spec/scaffold/*/specs/*/study.toml"),
    ]
)


def lint(folder: Path, study: str) -> subprocess.CompletedProcess[str]:
    """Let taplo check a study by the schema that its first line names."""
    file = folder / "specs" / "x" / "study.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    (folder / SCHEMA_FILE).write_text(schema_text())
    head = "" if study.startswith("#:schema ") else "#:schema ../study.schema.json\n"
    file.write_text(head + study, encoding="utf-8")
    return subprocess.run(
        [TAPLO, "lint", "--no-auto-config", str(file)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.parent.name)
def test_taplo_accepts_every_study_that_is_shipped(path: Path, tmp_path: Path) -> None:
    done = lint(tmp_path, path.read_text(encoding="utf-8"))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('name = "model"', 'name = "modell"'),
        ("format = 1", "format = 2"),
        ("format = 1\n", ""),
        ('unit = "s"', 'unit = "sec"'),
        ('direction = "lower"', 'direktion = "lower"'),
        ("workers = 8", 'workers = "8"'),
        ("workers = 8", "workers = 0"),
        ('choice = "parameter-server"', 'choice = "all-to-all"'),
        ('launcher = { kind = "torchrun" }', 'launcher = { kind = "torchrum" }'),
        ('launcher = { kind = "torchrun" }', 'launcher = "torchrum"'),
        ("overlap = 0.3", "overlap = 1.3"),
        (
            'model = { kind = "parameter-server", servers = 8',
            'model = { kind = "ring", servers = 8',
        ),
        ('parser = { kind = "csv"', 'parser = { kind = "xml"'),
        ('parser = { kind = "csv"', 'parser = { kind = "hyperfine"'),
        ('file = "metrics/epochs.csv"', 'file = "../epochs.csv"'),
        ('column = "seconds", ', ""),
        ('metric = "epoch_time", unit = "s" }', 'metric = "epoch_time", unit = "sec" }'),
    ],
)
def test_taplo_rejects_what_the_check_rejects(right: str, wrong: str, tmp_path: Path) -> None:
    study = example_text("study")
    assert right in study

    done = lint(tmp_path, study.replace(right, wrong, 1))

    assert done.returncode == 1, done.stdout


@pytest.mark.parametrize("name", ["study", "workspace"])
def test_the_example_validates_and_every_property_is_described(name: str) -> None:
    schema = json.loads(schema_text(name))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example_values(name), schema)
    tables_of_it = [schema, *schema["$defs"].values()]
    properties = [item for table in tables_of_it for item in table.get("properties", {}).items()]
    said = {key: found.get("description", "its table says it") for key, found in properties}
    assert [key for key, found in properties if not {"description", "$ref"} & found.keys()] == []
    assert not [key for key, description in said.items() if "\n" in description]


def test_the_example_study_checks_clean(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "example"
    folder.mkdir(parents=True)
    (tmp_path / "capstone.toml").write_text(example_text("workspace"))
    (folder / "study.toml").write_text(example_text("study"))
    values = tomllib.loads(example_text("study"))
    named = [name for name in values["report"].values() if str(name).endswith(".md")]
    for name in (*named, "out-of-memory.log", "features.json", "train.py"):
        (folder / name).write_text("RuntimeError: CUDA out of memory")

    assert read_project(tmp_path).findings == ()


@pytest.mark.parametrize("file", ["study", "workspace"])
def test_every_key_has_a_description_an_example_and_where_it_is_a_number_a_unit(file: str) -> None:
    keys = [(table.header, key) for table in tables(file) for key in table.keys]

    assert len(keys) > 5
    assert [(header, key.name) for header, key in keys if not key.description.endswith(".")] == []
    assert [(header, key.name) for header, key in keys if not key.example] == []
    numbers = [(header, key) for header, key in keys if re.search(r"\bnumber\b", key.type)]
    assert [(header, key.name) for header, key in numbers if not key.unit] == []


def test_the_reference_names_every_key_once_per_table() -> None:
    page = reference_page()

    for file in ("study", "workspace"):
        for table in tables(file):
            names = [key.name for key in table.keys]
            assert len(set(names)) == len(names)
            assert all(f"| `{name}` |" in page for name in names)


def test_taplo_is_there() -> None:
    assert TAPLO.is_file() or shutil.which("taplo")
