"""Programs for campaigns: quick ones, and what the fault tests write into a study."""

import json

REPORT = (
    'from capstone_report.workloads.emit import check, metric\nmetric("work_time", 0.001, "s")\n'
)
SAY = """echo '{"m":"work_time","v":0.0001,"u":"s"}' > $CAPSTONE_METRICS_DIR/0.jsonl"""


def shell(script: str) -> str:
    """Return a shell script as the command of a benchmark, in TOML."""
    return json.dumps(["sh", "-c", script.replace("{", "{{").replace("}", "}}")])
