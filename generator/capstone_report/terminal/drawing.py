"""Lines at the bottom of a terminal that are drawn over again, whatever becomes of its width.

Rich's own live display draws everything anew several times a second from a thread of its own, and
loses its place when the window becomes narrower. This one writes only when it is told to. It never
hides the cursor, so that a capstone that is killed leaves a terminal as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

ERASE_BELOW = "\r\x1b[J"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One line as a terminal takes it, and how many columns it fills."""

    text: str
    cells: int


def drawn(console: Console, shown: RenderableType, *, width: int) -> list[Drawn]:
    """Return the lines of something shown in that many columns."""
    lines = console.render_lines(shown, console.options.update(width=width), pad=False)
    return [_drawn_line(console, line) for line in lines]


def _drawn_line(console: Console, line: list[Segment]) -> Drawn:
    """Return one line with its escape codes."""
    with console.capture() as capture:
        console.print(Segments(line), end="", soft_wrap=True)
    return Drawn(text=capture.get(), cells=Segment.get_line_length(line))


class Painter:
    """Keeps lines at the bottom of a terminal, and what is printed above them."""

    def __init__(self, console: Console) -> None:
        """Begin with nothing drawn."""
        self._console = console
        self._cells: list[int] = []

    def paint(self, lines: Sequence[Drawn], *, above: Sequence[str] = ()) -> None:
        """Replace the lines, and print others above them that stay."""
        kept = "".join(f"{line}\n" for line in above)
        text = self._erasing() + kept + "\n".join(line.text for line in lines)
        self._cells = [line.cells for line in lines]
        self._console.file.write(text)
        self._console.file.flush()

    def _erasing(self) -> str:
        """Return what takes the cursor to where the lines begin, and clears everything below.

        A terminal that became narrower has broken the lines, so that they fill more rows now.
        """
        if not self._cells:
            return ""
        width = self._console.width
        rows = sum(max(1, -(-cells // width)) for cells in self._cells)
        up = f"\x1b[{rows - 1}A" if rows > 1 else ""
        return up + ERASE_BELOW
