"""What a drawing holds: its lines of text with their places, read from the SVG itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree as ET

from capstone_report.report.lettering import text_width
from capstone_report.spec.design import Design
from capstone_report.spec.load import load_project
from capstone_report.spec.study import Study
from sites import REPOSITORY

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """One line of text and the box that it needs in a wide font."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other: "Lettering") -> bool:
        """Tell whether two lines of text lie on each other."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def texts(svg: str) -> list[Lettering]:
    """Return every line of text of a drawing, in its own units."""
    return list(_texts(ET.fromstring(svg), 0, 0))  # noqa: S314 - our own drawing


def _texts(element: ET.Element, x: float, y: float) -> Iterator[Lettering]:
    """Walk down the groups, adding up how far each one is moved."""
    if move := element.get("transform"):
        across, down = move.removeprefix("translate(").removesuffix(")").split()
        x, y = x + float(across), y + float(down)
    if element.tag == f"{SVG}text":
        size = float(element.attrib["font-size"])
        width = text_width(element.text or "", size=size, bold="font-weight" in element.attrib)
        shift = {"start": 0.0, "middle": width / 2}[element.attrib["text-anchor"]]
        left, base = x + float(element.attrib["x"]) - shift, y + float(element.attrib["y"])
        yield Lettering(
            text=element.text or "",
            left=left,
            right=left + width,
            top=base - 0.78 * size,
            bottom=base + 0.22 * size,
        )
    for child in element:
        yield from _texts(child, x, y)


def size(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing."""
    _, _, width, height = ET.fromstring(svg).attrib["viewBox"].split()  # noqa: S314 - our own
    return float(width), float(height)


def assert_readable(svg: str) -> None:
    """Check that no two lines of text touch, and that none leaves the drawing."""
    width, height = size(svg)
    found = texts(svg)

    assert found
    for one in found:
        assert one.left >= 0, one
        assert one.right <= width, one
        assert one.top >= 0, one
        assert one.bottom <= height, one
    for one, other in combinations(found, 2):
        assert not one.touches(other), (one, other)


def design(**slots: Mapping[str, object]) -> Design:
    """Return a valid design with some fields of some slots replaced."""
    standard: dict[str, Mapping[str, object]] = {
        "partitioning": {"choice": "data", "unit": "an image of the global batch"},
        "communication": {
            "choice": "all-reduce",
            "primitive": "ring all-reduce of the gradients",
            "message_bytes": 259048.0,
        },
        "consistency": {"choice": "synchronous"},
        "coordination": {"choice": "decentralised"},
        "fault_tolerance": {"choice": "checkpoint-restart"},
        "load_balancing": {"choice": "even-sharding"},
    }
    filled = {
        name: {"why": "because", **slot, **slots.get(name, {})} for name, slot in standard.items()
    }
    return Design.model_validate(filled, strict=False)


def study(chosen: Design, **fields: object) -> Study:
    """Return the shipped study with another design, and with other tables where they are given."""
    shipped = load_project(REPOSITORY).studies[0].study
    return shipped.model_copy(update={"design": chosen, **fields})


RECOMMENDER = design(
    partitioning={
        "part": "dense layers",
        "unit": "an example of the batch",
        "replicated": "the dense layers",
        "also": [{"choice": "model", "part": "embedding tables", "why": "60 GB"}],
    },
    communication={
        "part": "dense layers",
        "also": [{"choice": "parameter-server", "part": "Embedding tables", "why": "sparse"}],
    },
    coordination={"also": [{"choice": "central", "part": "embedding tables", "why": "shards"}]},
)
"""Book section 41.4.2, student B: dense layers all-reduce, the table on parameter servers."""

ORCHESTRATOR = design(
    partitioning={
        "choice": "model",
        "unit": "a range of layers",
        "also": [{"choice": "work", "part": "task fan-out", "why": "independent"}],
    },
    communication={
        "also": [{"choice": "scatter-gather", "part": "task fan-out", "why": "answers"}],
    },
    coordination={"choice": "central"},
)
"""Book table 41.4.1, the agentic system: model shards all-reduce, tasks are scattered."""

HOSTILE = (
    "<script>alert(1)</script> & </svg>",
    "مجموعة من الصور",
    "W" * 400,
    '" onload="alert(1)',
    "画像の" * 60,
)
