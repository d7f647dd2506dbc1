"""The base of what calculators answer in JSON: every field is always there."""

from pydantic import ConfigDict

from capstone_report.terminal.answers import Answer


class AnswerRow(Answer):
    """A part of a calculator's answer; also a field with a default is required of an answer."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)
