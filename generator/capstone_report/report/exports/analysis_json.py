"""The whole analysis as one JSON document, versioned, and the published schema of it."""

import json
from typing import Any

from capstone_report.analysis.facts import Analysis
from capstone_report.report.exports.walk import written
from capstone_report.report.exports.walked_schema import schema_of

ANALYSIS = "capstone/analysis/1"
"""The version tells of fields that are gone or mean something else; new ones do not change it."""


def analysis_document(analysis: Analysis) -> dict[str, Any]:
    """Return everything that an analysis knows, every number with its unit, n and interval."""
    return {"schema": ANALYSIS, **written(Analysis, analysis)}


def analysis_json(analysis: Analysis) -> str:
    """Return the document as text: the same analysis is the same bytes."""
    return json.dumps(analysis_document(analysis), indent=1, allow_nan=False) + "\n"


def analysis_schema() -> str:
    """Return the published JSON Schema of the document."""
    known: dict[str, Any] = {}
    schema_of(Analysis, known)
    whole = known.pop("Analysis")
    whole["properties"]["schema"] = {
        "const": ANALYSIS,
        "description": "The name and version of this schema.",
    }
    whole["required"] = ["schema", *whole["required"]]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "capstone export"}
    return json.dumps({**head, **whole, "$defs": known}, indent=1, sort_keys=True) + "\n"
