"""Every caveat and refusal: numbered once, in its room, worded with what it is given, and used."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

import pytest

import capstone_report
from capstone_report import findings
from capstone_report.errors import Problem, SpecError
from capstone_report.findings.finding import Finding, Rule, Severity

PACKAGE = Path(capstone_report.__file__).parent
MODULES = [
    import_module(f"{findings.__name__}.{module.name}")
    for module in iter_modules(findings.__path__)
]
RULES = {
    name: rule
    for module in MODULES
    for name, rule in vars(module).items()
    if isinstance(rule, Rule)
}
HUNDREDS = re.compile(r"^CAP(\d)xx(?: to CAP(\d)xx)?: ")

every_rule = pytest.mark.parametrize("name", sorted(RULES))


def placeholders(rule: Rule) -> set[str]:
    """Return the names that a rule's words are filled with."""
    texts = (rule.what, rule.remedy)
    fields = [field for text in texts for _, field, _, _ in Formatter().parse(text)]
    return {field for field in fields if field is not None}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield every file of the package outside the findings, by its name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "findings" not in path.parts:
            yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def named(node: ast.expr) -> str:
    """Return the last name of an expression such as `rules.NOT_TOML`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


CALLS = [
    (file, node)
    for file, tree in trees()
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and named(node.func) in RULES
]


def test_the_codes_are_unique_and_the_names_are_too() -> None:
    codes = [rule.code for rule in RULES.values()]
    names = [
        name for module in MODULES for name, rule in vars(module).items() if isinstance(rule, Rule)
    ]

    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)
    assert len(codes) > 40


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_code_stands_in_the_room_that_its_hundred_names(module: object) -> None:
    codes = [rule.code for rule in vars(module).values() if isinstance(rule, Rule)]
    hundreds = HUNDREDS.match(module.__doc__ or "")

    assert bool(codes) is bool(hundreds)
    if hundreds:
        allowed = range(int(hundreds[1]), int(hundreds[2] or hundreds[1]) + 1)
        assert all(re.fullmatch(r"CAP\d{3}", code) for code in codes)
        assert {int(code[3]) for code in codes} <= set(allowed)


@every_rule
def test_a_rule_is_worded_with_named_placeholders_only(name: str) -> None:
    rule = RULES[name]

    assert all(field.isidentifier() for field in placeholders(rule))
    assert all("{" not in text for text in (rule.title, rule.why))


@every_rule
def test_a_rule_says_why_and_where_the_book_asks_for_it(name: str) -> None:
    rule = RULES[name]

    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert re.fullmatch(r"41\.\d", rule.section)
    assert rule.what
    assert rule.remedy


@every_rule
def test_a_rule_is_raised_somewhere(name: str) -> None:
    users = {
        file
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and named(node) == name
    }

    assert users


@every_rule
def test_every_call_gives_a_rule_exactly_what_its_words_need(name: str) -> None:
    wanted = placeholders(RULES[name])
    for file, call in CALLS:
        given = {keyword.arg for keyword in call.keywords}
        if named(call.func) == name and None not in given:
            assert given == wanted, f"{file}:{call.lineno}"
            assert call.args, f"{file}:{call.lineno}"


@every_rule
def test_a_refusal_stops_a_claim_and_an_error_stops_a_command(name: str) -> None:
    rule = RULES[name]
    claims = {"3": "measuring", "4": "claims"}

    if rule.severity is Severity.REFUSAL:
        assert rule.code[3] in claims
    if rule.code[3] in "05":
        assert rule.severity is Severity.ERROR


def test_a_finding_is_worded_with_its_evidence_which_is_never_read_as_a_template() -> None:
    rule = Rule(
        code="CAP999",
        severity=Severity.NOTE,
        title="A title",
        why="A reason.",
        what="there are {count} of {name}",
        remedy="{action}",
        section="41.1",
    )

    finding = rule("specs/x", count=3, name="{count!r:>{name}}", action="{0}")

    assert finding == Finding(
        code="CAP999",
        where="specs/x",
        what="there are 3 of {count!r:>{name}}",
        remedy="{0}",
        severity=Severity.NOTE,
        title="A title",
        why="A reason.",
        section="41.1",
    )
    assert str(finding) == "specs/x: [CAP999] there are 3 of {count!r:>{name}}; {0}"


def test_collected_problems_are_raised_together_sorted_by_place() -> None:
    problems = [
        Problem(code="CAP101", where=where, what="x", remedy="y") for where in ("b", "a", "c")
    ]

    with pytest.raises(SpecError) as caught:
        SpecError.collect(problems)

    assert [problem.where for problem in caught.value.problems] == ["a", "b", "c"]


def test_collecting_no_problems_raises_nothing() -> None:
    SpecError.collect([])
