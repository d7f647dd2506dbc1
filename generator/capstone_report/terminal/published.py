"""The published schemas of what commands answer that run programs, by the command's name."""

from collections.abc import Callable

from capstone_report.report.exports.analysis_json import analysis_schema
from capstone_report.terminal.answers import check_schema
from capstone_report.terminal.calibration_json import calibrate_schema
from capstone_report.terminal.diagnosis_json import diagnose_schema
from capstone_report.terminal.doctor_json import doctor_schema
from capstone_report.terminal.events import run_schema

PUBLISHED: dict[str, Callable[[], str]] = {
    "check": check_schema,
    "run": run_schema,
    "calibrate": calibrate_schema,
    "diagnose": diagnose_schema,
    "doctor": doctor_schema,
    "export": analysis_schema,
}
