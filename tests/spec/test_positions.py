"""Positions in TOML: proved on random documents, and pinned by hand for each feature of the format."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from capstone_report.spec.positions import KeyPath, Positions, Source, Span, Spot, locate
from capstone_report.spec.scanning import MAX_DEPTH, MAX_KEYS, ExcessError
from toml_documents import documents

random_documents = given(documents())
proof = settings(max_examples=150, deadline=None)


def positions_of(text: str) -> Positions:
    """Return the positions of a text."""
    return locate(Source.of(text))


def texts(text: str, *path: str | int) -> tuple[str, str]:
    """Return what stands where a path's last key and its value are said to stand."""
    positions = positions_of(text)
    return positions.text(positions.key(path)), positions.text(positions.value(path))


def value_place(text: str, *path: str | int) -> tuple[int, int, int, int]:
    """Return the lines and columns of a value: begin, then end."""
    return place(positions_of(text).value(path))


def place(span: Span) -> tuple[int, int, int, int]:
    """Return the lines and columns of a span: begin, then end."""
    return span.line, span.column, span.end_line, span.end_column


def below(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Yield every value of parsed TOML but the root, with its path."""
    if path:
        yield path, value
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for step, child in children:
        yield from below(child, (*path, step))


def is_written_out(spot: Spot) -> bool:
    """Tell whether a value stands behind its key or in an array, not below a header or dots."""
    is_element = isinstance(spot.path[-1], int) and spot.key == spot.value
    return is_element or spot.key.end_offset < spot.value.offset


@proof
@random_documents
def test_every_path_of_a_document_has_its_own_spot_and_nothing_else_has(text: str) -> None:
    positions = positions_of(text)

    paths = [path for path, _ in below(tomllib.loads(text))]

    assert set(positions.paths()) == set(paths)
    assert [positions.find(path).path for path in paths] == paths


@proof
@random_documents
def test_the_text_of_a_value_means_the_value(text: str) -> None:
    positions = positions_of(text)

    for path, value in below(tomllib.loads(text)):
        spot = positions.find(path)
        if is_written_out(spot):
            assert tomllib.loads(f"x = {positions.text(spot.value)}")["x"] == value
        else:
            assert isinstance(value, dict | list)


@proof
@random_documents
def test_the_text_of_a_key_means_the_key(text: str) -> None:
    positions = positions_of(text)

    for path, _ in below(tomllib.loads(text)):
        if isinstance(path[-1], str):
            assert tomllib.loads(f"{positions.text(positions.key(path))} = 0") == {path[-1]: 0}


@proof
@random_documents
def test_the_header_of_a_table_means_the_table(text: str) -> None:
    positions = positions_of(text)

    for path, value in below(tomllib.loads(text)):
        spot = positions.find(path)
        if not is_written_out(spot) and spot.key != spot.value:
            names = [step for step in path if isinstance(step, str)]
            header: object = tomllib.loads(positions.text(spot.value))
            for name in names:
                header = header[0] if isinstance(header, list) else header
                assert isinstance(header, dict)
                header = header[name]
            assert isinstance(header, type(value) | list)


@proof
@random_documents
def test_lines_and_columns_say_the_same_as_offsets(text: str) -> None:
    positions = positions_of(text)
    lines = positions.source.text.split("\n")

    for path in positions.paths():
        span = positions.value(path)
        start = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
        end = sum(len(line) + 1 for line in lines[: span.end_line - 1]) + span.end_column - 1
        assert (start, end) == (span.offset, span.end_offset)
        assert positions.source.offset(span.line, span.column) == span.offset


def test_lines_and_columns_count_from_one_and_the_end_is_exclusive() -> None:
    text = 'format = 1\naxis = "trainning" # which\n'

    assert value_place(text, "format") == (1, 10, 1, 11)
    assert value_place(text, "axis") == (2, 8, 2, 19)
    assert place(positions_of(text).key(("axis",))) == (2, 1, 2, 5)


def test_columns_count_code_points_not_bytes() -> None:
    assert value_place('"größe" = "日本" # x', "größe") == (1, 11, 1, 15)


def test_crlf_counts_as_one_line_end_in_and_between_values() -> None:
    text = 'a = """\r\nb\r\n"""\r\nc = 1\r\n'

    assert value_place(text, "a") == (1, 5, 3, 4)
    assert value_place(text, "c") == (4, 5, 4, 6)


@pytest.mark.parametrize(
    "value",
    [
        '"# no comment [ { ="',
        r'"a \" quote, \\"',
        "'C:\\path'",
        '""',
        "''",
        '""""""',
        "''''''",
        '"""one " two "" three"""',
        '"""ends with quotes"""""',
        "'''ends with quotes'''''",
        '"""escaped \\""" quotes"""',
        '"""\nfirst\n\nlast\\\n   joined"""',
        "'''\n\"\"\" # [x]\n'''",
        "1_000",
        "-0.5e-3",
        "0xdead_beef",
        "+inf",
        "nan",
        "true",
        "1979-05-27",
        "07:32:00.999",
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00.5-07:00",
        "[]",
        "{}",
        "[ 1, 2, ]",
        "[ # one ]\n  1, # two\n\n  [2,\n 3], { x = [ '}' ] }\n]",
        '{ a = 1, "b.c" = { d.e = "}" } }',
    ],
)
@pytest.mark.parametrize("document", ["v = {}", "[t] # x\nv={} # y\nw = 1", "w = 1\nv\t=\t{}\n"])
def test_a_value_is_found_whole(value: str, document: str) -> None:
    text = document.replace("{}", value)
    path = ("t", "v") if document.startswith("[t]") else ("v",)

    tomllib.loads(text)

    assert texts(text, *path) == ("v", value)
    assert value_place(text, "w") == value_place(text, "w", "not there")


def test_a_table_stands_at_its_own_header_wherever_it_was_implied_before() -> None:
    text = "[a.b.c]\nx = 1\n[ a . b ] # here\n"

    assert texts(text, "a") == ("a", "a")
    assert texts(text, "a", "b") == ("b", "[ a . b ]")
    assert texts(text, "a", "b", "c") == ("c", "[a.b.c]")
    assert value_place(text, "a", "b") == (3, 1, 3, 10)


def test_a_header_that_came_first_keeps_its_place() -> None:
    assert texts("[a]\n[a.b]\n", "a") == ("a", "[a]")


def test_each_element_of_an_array_of_tables_stands_at_its_header() -> None:
    text = "[[run]]\nx = 1\n[[run]]\nx = 2\n[run.limits]\ns = 3\n[[run.step]]\n[[run.step]]\n"

    assert value_place(text, "run") == (1, 1, 1, 8)
    assert value_place(text, "run", 0) == (1, 1, 1, 8)
    assert value_place(text, "run", 1) == (3, 1, 3, 8)
    assert place(positions_of(text).key(("run", 1))) == (3, 3, 3, 6)
    assert value_place(text, "run", 1, "x") == (4, 5, 4, 6)
    assert value_place(text, "run", 1, "limits", "s") == (6, 5, 6, 6)
    assert value_place(text, "run", 1, "step", 1) == (8, 1, 8, 13)


def test_a_table_of_dotted_keys_stands_at_the_first_of_them() -> None:
    text = "a.b.x = 1\n\"a\" . 'b' . y = 2\n"

    assert value_place(text, "a") == (1, 1, 1, 2)
    assert value_place(text, "a", "b") == (1, 3, 1, 4)
    assert texts(text, "a", "b", "y") == ("y", "2")


def test_quoted_keys_are_known_by_what_they_say() -> None:
    text = '"" = 1\n"a.b" = 2\n"\\u0063" = 3\n\'"\' = 4\n[d."e\\tf"]\n'

    assert texts(text, "") == ('""', "1")
    assert texts(text, "a.b") == ('"a.b"', "2")
    assert texts(text, "c") == ('"\\u0063"', "3")
    assert texts(text, '"') == ("'\"'", "4")
    assert texts(text, "d", "e\tf") == ('"e\\tf"', '[d."e\\tf"]')


def test_a_missing_key_stands_at_the_header_of_its_table() -> None:
    positions = positions_of("format = 1\n\n[axis]\nwhy = 'x'\n")

    spot = positions.find(("axis", "name"))

    assert spot.path == ("axis",)
    assert place(spot.value) == (3, 1, 3, 7)


@pytest.mark.parametrize(
    ("text", "end"), [("", 1), ("\n\n", 1), ("format = 1\n[axis]\n", 11), ("# only a comment", 17)]
)
def test_a_missing_key_of_the_root_stands_at_the_first_line(text: str, end: int) -> None:
    spot = positions_of(text).find(("problem", "title"))

    assert spot.path == ()
    assert place(spot.key) == place(spot.value) == (1, 1, 1, end)


def test_a_step_of_another_kind_is_not_in_the_path() -> None:
    positions = positions_of("a = [1]\n[b]\n")

    assert positions.find(("a", "0")).path == ("a",)
    assert positions.find(("b", 0)).path == ("b",)
    assert positions.find(("a", 0, "c")).path == ("a", 0)


@pytest.mark.parametrize(
    "rest",
    [
        "= 1",
        "b",
        "b =",
        "b = [1 2]",
        "b = {c = 1",
        "b = [,]",
        '"\\q" = 1',
        'b = "x',
        "[c",
        "[[c]",
        "'",
    ],
)
def test_what_stands_before_a_mistake_is_found_all_the_same(rest: str) -> None:
    assert texts(f"a = 1\n{rest}\n", "a") == ("a", "1")


def deep(levels: int) -> list[str]:
    """Return documents whose deepest path has that many steps, in each way to nest."""
    names = ".".join("a" * levels)
    return [
        f"{names} = 1",
        f"[{names}]",
        f"a = {'[' * (levels - 1)}1{']' * (levels - 1)}",
        f"a = {'{a = ' * (levels - 1)}1{'}' * (levels - 1)}",
        f"[{names[2:]}]\na = 1",
    ]


@pytest.mark.parametrize("text", deep(MAX_DEPTH))
def test_the_deepest_path_that_is_allowed_is_found(text: str) -> None:
    assert max(len(path) for path in positions_of(text).paths()) == MAX_DEPTH


@pytest.mark.parametrize("text", deep(MAX_DEPTH + 1))
def test_a_path_that_is_too_deep_is_refused(text: str) -> None:
    with pytest.raises(ExcessError, match="deeply"):
        positions_of(text)


def many(keys: int) -> list[tuple[str, str]]:
    """Return documents with that many keys and elements, and what stands last in them."""
    return [
        ("\n".join(f"k{n} = 1" for n in range(keys)), f"k{keys - 1} = 1"),
        (f"a = [{'0,' * (keys - 2)}7]", "7]"),
        ("[[a]]\n" * (keys - 1) + "[b]", "b]"),
        (f"a.b = {{ {', '.join(f'k{n} = 1' for n in range(keys - 2))} }}", f"k{keys - 3} = 1 }}"),
    ]


@pytest.mark.parametrize("text", [text for text, _ in many(MAX_KEYS)])
def test_as_many_keys_as_are_allowed_are_found(text: str) -> None:
    assert len(list(positions_of(text).paths())) >= MAX_KEYS


@pytest.mark.parametrize(("text", "last"), many(MAX_KEYS + 1))
def test_the_first_key_that_is_too_many_is_refused_where_it_stands(text: str, last: str) -> None:
    with pytest.raises(ExcessError, match="many") as caught:
        positions_of(text)

    assert text[caught.value.offset :] == last
