"""What hyperfine exports as JSON (`--export-json`): every run's time."""

from typing import ClassVar

from capstone_report.parsers.document import Node
from capstone_report.parsers.fields import OutputFile, Word
from capstone_report.parsers.timings import Timings, the_one
from capstone_report.parsers.values import RefusedError


class Hyperfine(Timings):
    """Reads hyperfine's JSON: the time of every run, never only their mean."""

    kind: ClassVar[str] = "hyperfine"

    file: OutputFile = "metrics/*.json"
    """Where the JSON is: a path in the run's folder, or stdout with `--export-json -`."""
    command: Word | None = None
    """Which of several commands is meant, as hyperfine names it."""

    def times(self, document: Node) -> list[Node]:
        """Return the times of the command, refused where one of its runs failed."""
        results = document["results"].items()
        result = the_one(results, "command", wanted=self.command, names=("command",))
        codes = result["exit_codes"]
        failed = [code.place for code in codes.items() if code.value != 0] if codes.value else []
        if failed:
            raise RefusedError(f"{failed[0]} is not 0: a run that failed says nothing")
        return result["times"].items()
