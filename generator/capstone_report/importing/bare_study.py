"""From a bare table and the answers about it to the files of a complete study; pure."""

import json
import re
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from string import Template

from capstone_report.importing.bare_table import BareTable, unit_said
from capstone_report.spec.load import RESERVED_NAMES
from capstone_report.units import is_rate

STUDY, MAPPING = "study.toml", "mapping.toml"
LONGEST_ID = 64


def study_id_of(stem: str) -> str:
    """Return a name for a study from that of its file."""
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:LONGEST_ID].strip("-")
    return f"table-{name}".strip("-") if not name or name in RESERVED_NAMES else name


def bare_study(
    bare: BareTable, answers: Mapping[str, str], *, file: str, today: date
) -> dict[str, str]:
    """Return the study's and the mapping's text by file name; every question has been answered."""
    column = bare.workers_column or answers["workers"]
    counts = bare.counts[column]
    value = bare.value_column(column)
    unit = answers.get("unit") or unit_said(value) or ""
    rate, weak = is_rate(unit), answers["fixed"] == "work-per-worker"
    said = {
        "file": re.sub(r"[^\w. -]", "_", file),
        "title": _text(f"Scaling of {file}"),
        "today": today.isoformat(),
        "metric": "rate" if rate else "run_time",
        "description": _text(f"the column '{value}' of {file}"),
        "unit": unit,
        "kind": "rate" if rate else "cost",
        "direction": "higher" if rate else "lower",
        "scope": answers["scope"],
        "workers": ", ".join(map(str, counts)),
        "baseline": "one-worker" if counts[0] == 1 else "smallest-published",
        "smallest": "" if counts[0] == 1 else f"smallest_workers = {counts[0]}\n",
        "scaling": "weak" if weak else "strong",
        "held_fixed": "the work of each worker" if weak else "all the work",
        "growth": 'scaling_function = "as much work for each worker"\n' if weak else "",
        "workers_column": _text(column),
        "value_column": _text(value),
        "machine": _text(answers.get("machine", "unknown machine")),
        "cores": answers.get("cores", str(counts[-1])),
        "source": _text(answers.get("source", f"not stated beside {file}")),
        "date": answers.get("date", "unknown"),
    }
    shipped = files(__package__).joinpath("bare")
    return {
        name: Template(shipped.joinpath(name).read_text("utf-8")).substitute(said)
        for name in (STUDY, MAPPING)
    }


def _text(words: str) -> str:
    """Return words as a TOML string on one line."""
    line = re.sub(r"\s+", " ", words)
    return json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
