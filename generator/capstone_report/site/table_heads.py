"""A head's empty cell heads nothing: in HTML it is a plain cell, so that no screen reader announces it."""

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

AFTER_INLINE = 5
"""Of Markdown's own processors, inline text (20) fills in the cells before this one looks at them."""


class _EmptyHeads(Treeprocessor):
    """Turns every th without text into a td."""

    def run(self, root: Element) -> None:
        """Change the tree of a page."""
        for cell in root.iter("th"):
            if not "".join(cell.itertext()).strip():
                cell.tag = "td"


class TableHeads(Extension):
    """Registers the change with Markdown."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's own name
        """Look at tables after their cells were filled in."""
        md.treeprocessors.register(_EmptyHeads(md), "table_heads", AFTER_INLINE)


def makeExtension(**configuration: Any) -> TableHeads:  # noqa: ANN401, N802 - Markdown's own signature
    """Return the extension, as Markdown asks for it by the name of this module."""
    return TableHeads(**configuration)
