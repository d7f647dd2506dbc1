"""From an analysis to a report: every page as Markdown, every file as bytes; nothing is written."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2 import Template as CompiledTemplate
from markupsafe import Markup

from capstone_report import __version__
from capstone_report.analysis.facts import Analysis
from capstone_report.report import (
    circumstances,
    conclusion_words,
    diagnosis,
    fit_words,
    link_words,
    repetition,
    replay,
    verdict,
    words,
)
from capstone_report.report.charts import charts, to_svg
from capstone_report.report.drawings import drawings
from capstone_report.report.fit_charts import fit_charts
from capstone_report.report.prose import render_prose
from capstone_report.report.size_charts import size_charts
from capstone_report.report.svg import Drawing
from capstone_report.spec.workspace import Workspace
from capstone_report.units import prefixed

FRONT_MATTER = re.compile(r"\+\+\+\n(.*?)\+\+\+\n(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the site: where it lies, what it is called, and its Markdown."""

    path: str
    title: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One section or slide: a Jinja body with its front matter; it words, it computes nothing."""

    name: str
    title: str
    section: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One study's pages, in reading order, and the files that belong to them."""

    study_id: str
    title: str
    pages: tuple[Page, ...]
    files: Mapping[str, bytes]
    analysis: Analysis


def render_report(analysis: Analysis) -> Report:
    """Return the report of one analysis: overview, one page per section, and all in one.

    Raises:
        SpecError: the author's prose refers to a number that does not exist.
    """
    study_id, title = analysis.loaded.id, analysis.loaded.study.problem.title
    specs = charts(analysis) | fit_charts(analysis) | size_charts(analysis)
    drawn = {name: to_svg(name, spec) for name, spec in specs.items()}
    design = drawings(analysis.loaded.study)
    sections = [(t, _render(t.body, analysis, drawn, design)) for t in templates("sections")]
    pages = [
        Page(path=f"{study_id}/{t.name}.md", title=t.title, markdown=_headed(t, title, body))
        for t, body in sections
    ]
    printable = _joined(analysis, sections)
    pages.append(Page(path=f"{study_id}/print.md", title="All in one page", markdown=printable))
    chart_files = {
        f"{study_id}/charts/{name}.vl.json": json.dumps(spec, indent=1, sort_keys=True).encode()
        for name, spec in specs.items()
    }
    return Report(
        study_id=study_id,
        title=title,
        pages=tuple(pages),
        files={
            f"{study_id}/runs.csv": analysis.runs_csv.encode(),
            f"{study_id}/slides.html": _slides(analysis, drawn, design).encode(),
            **chart_files,
        },
        analysis=analysis,
    )


def render_one_page(
    analysis: Analysis, drawn: Mapping[str, Markup], sketched: Mapping[str, Drawing]
) -> str:
    """Return all sections as one Markdown page, with this markup for its charts and drawings.

    Raises:
        SpecError: the author's prose refers to a number that does not exist.
    """
    sections = [(t, _render(t.body, analysis, drawn, sketched)) for t in templates("sections")]
    return _joined(analysis, sections)


def render_home(workspace: Workspace, reports: Sequence[Report]) -> Page:
    """Return the first page of the site: one card per study with its verdict."""
    body = (
        _environment()
        .from_string(_text("home.md"))
        .render(workspace=workspace, reports=reports, verdict=verdict)
    )
    return Page(path="index.md", title=workspace.site.title, markdown=body)


@lru_cache(maxsize=2)
def templates(folder: str) -> tuple[Template, ...]:
    """Return the templates of a folder of this package, in the order of their file names."""
    found = sorted(
        (item for item in files(__package__).joinpath(folder).iterdir() if item.is_file()),
        key=lambda item: item.name,
    )
    return tuple(_template(item.name, item.read_text(encoding="utf-8")) for item in found)


def _template(file_name: str, text: str) -> Template:
    """Split a template into its front matter (TOML between +++ lines) and its body."""
    match = FRONT_MATTER.fullmatch(text)
    if match is None:
        raise ValueError(f"{file_name}: a template starts with front matter between +++ lines")
    name = file_name.split(".", maxsplit=1)[0].split("-", 1)[1]
    return Template(name=name, body=match[2], **tomllib.loads(match[1]))


def _render(
    body: str, analysis: Analysis, drawn: Mapping[str, Markup], design: Mapping[str, Drawing]
) -> str:
    """Fill in one template."""
    return _compiled(body).render(
        a=analysis,
        study=analysis.loaded.study,
        study_id=analysis.loaded.id,
        claim=analysis.claim,
        charts=drawn,
        drawings=design,
        cases=words.labelled_cases(analysis),
        verdict=verdict,
        replay=replay,
        concluding=conclusion_words,
        prose=lambda page: render_prose(analysis, page),
    )


@lru_cache(maxsize=64)
def _compiled(body: str) -> CompiledTemplate:
    """Return a template's body as a program; a report of one study uses each but once."""
    return _environment().from_string(body)


def _headed(template: Template, study_title: str, body: str) -> str:
    """Return a page that starts with its title; the overview carries the study's."""
    title = words.plain(study_title) if template.name == "index" else template.title
    return f"# {title}\n\n{body}"


def _joined(analysis: Analysis, sections: Sequence[tuple[Template, str]]) -> str:
    """Return rendered sections as one page below the study's title."""
    bodies = "\n\n".join(_demoted(template.title, body) for template, body in sections)
    return f"# {words.plain(analysis.loaded.study.problem.title)}\n\n{bodies}"


def _demoted(title: str, body: str) -> str:
    """Return a section as part of a longer page: every heading one level lower."""
    return f"## {title}\n\n" + re.sub(r"^(#{2,5} )", r"#\1", body, flags=re.MULTILINE)


def _slides(analysis: Analysis, drawn: Mapping[str, Markup], design: Mapping[str, Drawing]) -> str:
    """Return the slides page: every slide template inside the frame."""
    slides = [(t, Markup(_render(t.body, analysis, drawn, design))) for t in templates("slides")]  # noqa: S704 - rendered with escaping
    frame = _compiled(_text("slides_frame.html"))
    return frame.render(
        title=analysis.loaded.study.problem.title, slides=slides, version=__version__
    )


def _text(name: str) -> str:
    """Return a template file of this package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the template environment: what is not known to be safe is escaped for Markdown."""
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        finalize=words.plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = {
        "advice": repetition.advice,
        "bandwidth": link_words.bandwidth_words,
        "latency": link_words.latency_words,
        "constants": fit_words.constants_of,
        "error": fit_words.error_words,
        "explained": fit_words.explained,
        "fall": fit_words.fall_words,
        "unfitted": fit_words.unfitted,
        "fastest": fit_words.fastest_words,
        "registered": fit_words.registered,
        "known_facts": circumstances.known_facts,
        "method": circumstances.method_of,
        "against_roofs": diagnosis.against_roofs,
        "because": diagnosis.because,
        "beside_declared": diagnosis.beside_declared,
        "bounded_share": diagnosis.bounded_share,
        "bounded_time": diagnosis.bounded_time,
        "diagnosed": diagnosis.verdict_of,
        "deviation": repetition.deviation,
        "noise": repetition.noise_words,
        "beyond_noise": repetition.beyond_noise,
        "reached": repetition.reached_by,
        "recovered": words.recovered,
        "rule": repetition.rule_of,
        "code_spans": words.code_spans,
        "counted": words.counted,
        "full": words.full,
        "stacked": words.stacked,
        "value": words.value_of,
        "gate": words.gate,
        "interval": words.interval_of,
        "moment": words.moment,
        "number": words.number,
        "quantity": words.quantity,
        "percent": words.percent,
        "sentence": words.sentence,
        "gibibytes": words.gibibytes,
        "prefixed": prefixed,
        "size": words.size,
    }
    environment.filters.update(filters)
    environment.globals["baseline_name"] = words.baseline_name
    environment.globals["law_standing"] = fit_words.standing_of
    environment.globals["relative"] = words.relative
    environment.globals["needs"] = words.needs
    environment.globals["whole_process"] = words.whole_process
    environment.globals["headline"] = words.headline
    return environment
