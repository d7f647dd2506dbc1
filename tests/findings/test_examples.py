"""Every rule has a bad example that provokes it and a good one that does not, both for real."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

import pytest

from capstone_report import findings
from capstone_report.findings.finding import Rule, Severity
from findings import (
    situations_in_circumstances,
    situations_in_records,
    situations_of_comparisons,
    situations_of_exports,
    situations_of_faults,
    situations_of_fits,
    situations_of_imports,
    situations_of_links,
    situations_of_probes,
    situations_of_publishing,
    situations_of_quality,
    situations_on_clusters,
    situations_on_disk,
)
from findings.examples import (
    FOLDER,
    MARK,
    Example,
    found_in,
    is_error,
    marked_line,
    merged,
    read_example,
)

RULES = {
    rule.code: rule
    for module in iter_modules(findings.__path__)
    for rule in vars(import_module(f"{findings.__name__}.{module.name}")).values()
    if isinstance(rule, Rule)
}
EXAMPLES = {path.stem: read_example(path) for path in sorted(FOLDER.iterdir())}
SITUATIONS = {
    name.upper(): situation
    for module in (
        situations_in_records,
        situations_in_circumstances,
        situations_of_comparisons,
        situations_of_exports,
        situations_of_faults,
        situations_of_fits,
        situations_of_imports,
        situations_of_probes,
        situations_of_quality,
        situations_of_publishing,
        situations_on_clusters,
        situations_of_links,
        situations_on_disk,
    )
    for name, situation in vars(module).items()
    if re.fullmatch(r"cap\d{3}", name)
}
every_declared = pytest.mark.parametrize(
    "code", [code for code, example in EXAMPLES.items() if example.is_declared]
)
every_situation = pytest.mark.parametrize("code", sorted(SITUATIONS))


def as_pattern(words: str) -> str:
    """Return the regular expression of a rule's words, with anything in its placeholders."""
    parts = Formatter().parse(words)
    return "".join(re.escape(text) + (".+" if name else "") for text, name, _, _ in parts)


def test_every_rule_has_one_example_and_no_example_is_without_its_rule() -> None:
    assert sorted(EXAMPLES) == sorted(RULES)
    assert {path.suffix for path in FOLDER.iterdir()} == {".md"}


def test_what_a_declared_file_cannot_show_has_a_situation() -> None:
    shown = {code for code, example in EXAMPLES.items() if example.is_declared}

    assert SITUATIONS.keys() == RULES.keys() - shown


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_an_example_says_in_a_few_sentences_what_happened(code: str) -> None:
    prose = EXAMPLES[code].prose

    assert prose.endswith(".")
    assert 1 <= len(re.findall(r"[.?](?= [A-Z]|$)", prose)) <= 4
    assert "\n" not in prose


@every_declared
def test_a_bad_fragment_is_found_exactly_where_it_is_marked(code: str, tmp_path: Path) -> None:
    example = EXAMPLES[code]
    line = marked_line(example)

    found = found_in(tmp_path, example, example.bad)

    assert line in {f.place.line for f in found if f.code == code and f.place}
    assert {f.place.line for f in found if is_error(f) and f.place} <= {line}


@every_declared
def test_a_good_fragment_is_valid_and_mends_what_the_bad_one_shows(
    code: str, tmp_path: Path
) -> None:
    example = EXAMPLES[code]
    before = keys(tmp_path, example, "", code)
    bad = keys(tmp_path, example, example.bad, code)

    found = found_in(tmp_path, example, example.good)

    assert not [str(finding) for finding in found if is_error(finding)]
    assert MARK not in example.good
    left = {f.place.key for f in found if f.code == code and f.place}
    assert left < before | bad
    assert left <= before


def keys(root: Path, example: Example, fragment: str, code: str) -> set[str]:
    """Return the key paths that a rule is met at in the base study with a fragment."""
    found = found_in(root, example, fragment)
    return {f.place.key for f in found if f.code == code and f.place}


@every_situation
def test_a_bad_situation_gives_the_code_and_a_good_one_does_not(code: str, tmp_path: Path) -> None:
    seen = SITUATIONS[code](tmp_path)

    assert code in seen.bad
    assert code not in seen.good
    assert not [c for c in seen.good if RULES[c].severity in {Severity.ERROR, Severity.REFUSAL}]


@every_situation
def test_a_bad_example_shows_the_words_that_capstone_says(code: str) -> None:
    words = rf"\[{code}\] (\S+: )?{as_pattern(RULES[code].what)}"

    assert re.search(words, EXAMPLES[code].bad)
    assert "[CAP" not in EXAMPLES[code].good


def test_a_fragment_replaces_tables_in_their_places_and_inline_ones_too() -> None:
    base = "format = 1\n[a]\nx = 1\nb = { y = 2 }\n[[c]]\nn = 1\n[[c]]\nn = 2\n[d]\nz = 3\n"
    fragment = "format = 2\n[a.b]\ny = 4\n[[c]]\nn = 5\n"

    whole = "".join(merged(base, fragment).split("\n\n"))

    assert whole == "format = 2\n[a]\nx = 1\n[[c]]\nn = 5\n[d]\nz = 3\n[a.b]\ny = 4\n"
