"""The published JSON Schema of each calculator's answer; a further calculator is one further line."""

import json
from typing import Any

from pydantic import TypeAdapter

from capstone_report.calculators.cost_json import CostAnswer
from capstone_report.calculators.predict_json import PredictAnswer
from capstone_report.calculators.probe_json import ProbeAnswer
from capstone_report.calculators.roofline_json import RooflineAnswer
from capstone_report.calculators.size_json import BookSizeAnswer, SizeAnswer

ANSWERS: dict[str, TypeAdapter[Any]] = {
    "predict": TypeAdapter(PredictAnswer),
    "roofline": TypeAdapter(RooflineAnswer),
    "size": TypeAdapter(SizeAnswer | BookSizeAnswer),
    "cost": TypeAdapter(CostAnswer),
    "probe": TypeAdapter(ProbeAnswer),
}
"""What each command answers with --json."""


def answer_schema(command: str) -> str:
    """Return the JSON Schema of a calculator's answer."""
    schema = ANSWERS[command].json_schema(by_alias=True, mode="serialization")
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"
