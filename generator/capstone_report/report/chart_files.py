"""A chart as the bytes of a file: SVG, PNG, or a page that needs no network."""

from typing import Any

import vl_convert
from markupsafe import Markup

from capstone_report.report.charts import to_svg

PNG_SCALE = 2.0

PAGE = Markup("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}</style>
</head>
<body>
<figure>
{svg}
<figcaption>{title}</figcaption>
</figure>
</body>
</html>
""")


def chart_bytes(suffix: str, name: str, spec: dict[str, Any]) -> bytes:
    """Return a Vega-Lite chart as the file that a suffix names: .svg, .png or .html, or as .SVG."""
    suffix = suffix.lower()
    if suffix == ".png":
        png: bytes = vl_convert.vegalite_to_png({**spec, "background": "white"}, scale=PNG_SCALE)
        return png
    svg = to_svg(name, spec)
    page = svg if suffix == ".svg" else PAGE.format(title=spec["description"], svg=svg)
    return f"{page}\n".encode() if suffix == ".svg" else page.encode()
