"""What nccl-tests writes as JSON (`-J`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from capstone_report.parsers.collective import Collective, Transfer
from capstone_report.parsers.document import Node, documents
from capstone_report.parsers.fields import OutputFile
from capstone_report.parsers.output import Output
from capstone_report.parsers.parser import Parsed
from capstone_report.parsers.values import Gathering, RefusedError


class NcclTestsJson(Collective):
    """Reads the JSON of nccl-tests; a result with wrong elements is refused."""

    kind: ClassVar[str] = "nccl-tests-json"

    file: OutputFile = "metrics/*.json"
    """Where the JSON is: a path in the run's folder."""

    def parse(self, run_folder: Path) -> Parsed:
        """Read the results of every file that is named."""
        gathering = Gathering(Output(run_folder))
        transfers: list[Transfer] = []
        for name, document in documents(gathering, self.file):
            try:
                results = document["results"].items()
                transfers += [t for result in results for t in _transfers(name, result)]
                if document["out_of_bounds"]["okay"].value is False:
                    gathering.refuse(name, "out_of_bounds.okay is false: elements are wrong")
            except RefusedError as error:
                gathering.refuse(name, error)
        self.take(gathering, transfers)
        return gathering.parsed()


def _transfers(name: str, result: Node) -> Iterator[Transfer]:
    """Yield the results of one message size: the one out of place may be absent."""
    for in_place, key in enumerate(("out_of_place", "in_place")):
        found = result[key]
        if found.value is None:
            continue
        time = found["time"] if found["time"].value is not None else found["cpu_time"]
        yield Transfer(
            where=f"{name}: {found.place}",
            size_bytes=int(result["size"].number()),
            in_place=bool(in_place),
            rank=0,
            time_us=time.number(),
            algbw=found["alg_bw"].number(),
            busbw=found["bus_bw"].number(),
            wrong=None if found["nwrong"].value is None else found["nwrong"].number(),
        )
