"""Looks rules up by their code, with the examples that stand beside them."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules

from capstone_report import findings
from capstone_report.findings.finding import Rule


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its code, in the order of the codes."""
    found = {}
    for module_info in iter_modules(findings.__path__):
        module = import_module(f"{findings.__name__}.{module_info.name}")
        found.update({rule.code: rule for rule in vars(module).values() if isinstance(rule, Rule)})
    return dict(sorted(found.items()))


def example_of(code: str) -> str:
    """Return the Markdown about a code: what happened, a bad and a good example."""
    path = files(findings).joinpath("examples", f"{code}.md")
    return path.read_text(encoding="utf-8").strip()


def page_of(rule: Rule) -> str:
    """Return everything there is to say about a rule, as one page of Markdown."""
    return f"""# {rule.code}: {rule.title}

*{rule.severity}; book section {rule.section}*

{rule.why}

{example_of(rule.code)}
"""
