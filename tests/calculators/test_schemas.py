"""What calculators answer in JSON is what their published schemas say."""

import json
from collections.abc import Callable
from typing import Any

import click
import jsonschema
import pytest
from click.testing import Result

from capstone_report.calculators.cost import cost
from capstone_report.calculators.predict import predict
from capstone_report.calculators.probe import probe
from capstone_report.calculators.roofline import roofline
from capstone_report.calculators.schemas import ANSWERS
from capstone_report.calculators.size import size
from sites import REPOSITORY

Invoked = Callable[..., Result]
Run = Callable[..., Any]

COMMANDS: dict[str, click.Command] = {
    "predict": predict,
    "roofline": roofline,
    "size": size,
    "cost": cost,
    "probe": probe,
}
STEP = "predict --t-comp 1 --alpha 0.0008 --beta 0.04"
ROOFS = "roofline --peak-flops 20e12 --bandwidth 800e9 --flops 6e12 --bytes 1.2e11"
RENT = "cost --accelerators 16 --price 2.5 --hours 30"
LINES = [
    f"{STEP} --sensitivity --price 2.5 --waiting-value 60",
    f"{STEP} --model parameter-server --option servers=4 --overlap 0.5 --scaling weak",
    "predict --t-comp 1 --alpha 0 --beta 0.04 --sensitivity",
    "predict --t-comp 1 --alpha 0 --beta 0.5",
    "predict --t-comp 1 --alpha 1e-18 --beta 0.04 --workers 1,1e30 --price 1",
    "predict --t-comp 1e30 --alpha 0 --beta 1e20 --model recursive-doubling --sensitivity",
    ROOFS,
    f"{ROOFS} --measured 30 --working-set 60e9 --memory 80e9",
    f"{ROOFS} --latency 1e-5 --net-bytes 4e9 --net-bandwidth 25e9 --workers 2",
    f"{ROOFS} --net-bytes 4e9 --net-bandwidth 25e9 --workers 8 --collective gossip",
    "size --params 70e9 --mode serve --qps 200 --qps-per-replica 40",
    "size --params 70e9 --tokens 1e12 --hours 400 --price 2.5",
    "size --book --profile B",
    f"{RENT} --premium 1.6 --ops-hours 40 --ops-rate 60",
    f"{RENT} --carbon-kg-per-kwh 0.4 --power-w 700",
    "cost --accelerators 16 --price 2.5 --own --capital 4e5 --life-years 4 --utilization 0.5 --power-w 700 --kwh-price 0.2",
]


@pytest.mark.parametrize("line", LINES)
def test_an_answer_is_what_its_published_schema_says(invoked: Invoked, line: str) -> None:
    name, *arguments = line.split()
    published = json.loads((REPOSITORY / "docs" / f"{name}.schema.json").read_text())
    done = invoked(COMMANDS[name], *arguments, "--json")

    assert done.exit_code == 0, done.exception
    jsonschema.validate(json.loads(done.stdout), published)


def test_every_calculator_has_a_schema_that_is_one() -> None:
    assert set(ANSWERS) == set(COMMANDS)
    for name in ANSWERS:
        published = json.loads((REPOSITORY / "docs" / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_schema_is_printed_as_it_is_published(calculate: Run, name: str) -> None:
    published = (REPOSITORY / "docs" / f"{name}.schema.json").read_text()

    assert calculate("schema", name).stdout == published


def test_a_word_that_no_answer_has_is_not_valid() -> None:
    schema = json.loads((REPOSITORY / "docs" / "roofline.schema.json").read_text())

    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate({"surprise": 1}, schema)
    assert set(schema["required"]) == set(schema["properties"])
