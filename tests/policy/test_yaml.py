"""YAML is read as plain values with places, and everything clever is refused with its place."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.target import Place
from certgate.policy.limits import MAX_DEPTH
from certgate.policy.mistakes import InvalidFile, Mistake
from certgate.policy.yaml import read_yaml

NUMBER = "not a plain number; write decimal digits, or quotes if it is text"


def read(text, file="x.yaml"):
    """The document. Raises InvalidFile with all that is wrong with it."""
    document = read_yaml(text, file)
    if document.mistakes:
        raise InvalidFile(document.mistakes)
    return document


def mistakes(text):
    with pytest.raises(InvalidFile) as caught:
        read(text)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def test_plain_values_keep_their_types_and_places():
    document = read("a: 1\nb: [2026-03-15, true, 1.5, '2']\nc:\n  d: 2.5.29.17\n")
    assert document.value == {"a": 1, "b": [date(2026, 3, 15), True, 1.5, "2"], "c": {"d": "2.5.29.17"}}
    assert document.place(("b", 1)) == Place("x.yaml", 2, 17)
    assert document.place(("c", "d"), key=True) == Place("x.yaml", 4, 3)


def test_the_place_of_something_missing_is_that_of_what_is_around_it():
    document = read("a:\n  b: 1\n")
    assert document.place(("a", "nothing", 3)) == Place("x.yaml", 2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\n", (1, 4, 'anchor "&x" is not allowed; write the value out where it is used')),
        ("a: 1\na: 2\n", (2, 1, 'key "a" appears twice, first on line 1')),
        ("<<: {b: 1}\n", (1, 1, 'merge key "<<" is not allowed; write the keys out')),
        ("? [a]\n: 1\n", (1, 3, "a key must be plain text")),
        ("a: 2026-13-45\n", (1, 4, '"2026-13-45" is not a date (YYYY-MM-DD)')),
        ("a: !!python/object 1\n", (1, 4, 'tag "!!python/object" is not allowed; write the value without it')),
        ("a: !!str 5\n", (1, 4, 'tag "!!str" is not allowed; write the value without it')),
        ("a: !!int [1]\n", (1, 4, 'tag "!!int" is not allowed; write the value without it')),
        ("a: ! 5\n", (1, 4, 'tag "!" is not allowed; write the value without it')),
        ("a: !!map [1]\n", (1, 4, 'tag "!!map" is not allowed; write the value without it')),
        ("!!str a: 1\n", (1, 1, "a key must be plain text")),
        ("a: *x\n", (1, 4, 'alias "*x" is not allowed; write the value out')),
        ("a: 0x800\n", (1, 4, f'"0x800" is {NUMBER}')),
        ("a: 0o14\n", (1, 4, f'"0o14" is {NUMBER}')),
        ("a: 03\n", (1, 4, f'"03" is {NUMBER}')),
        ("a: 1_000\n", (1, 4, f'"1_000" is {NUMBER}')),
        ("a: .inf\n", (1, 4, f'".inf" is {NUMBER}')),
        (f"a: {'9' * 5000}\n", (1, 4, f'"{"9" * 60}" is {NUMBER}')),
        ("a: 2027-01-01T00:00:00Z\n", (1, 4, '"2027-01-01T00:00:00Z" is not a date (YYYY-MM-DD)')),
        (
            "%YAML 1.1\n---\na: yes\n",
            (2, 1, "directives (%YAML, %TAG) are not allowed; begin with the first key"),
        ),
        ("a: 1\n---\nb: 2\n", (2, 1, "a second document begins here; write each document to its own file")),
    ],
)
def test_what_would_make_a_file_mean_more_than_it_says_is_refused(text, expected):
    assert mistakes(text) == [expected]


def test_all_mistakes_are_reported_in_one_run_in_the_order_of_their_lines():
    assert [line for line, _, _ in mistakes("a: 1\na: 2\nb: &x 3\n<<: {c: 1}\nd: *x\ne: 'f\n")] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("a: [1\n", (1, 4), "close the bracket"),
        ("a: 'b\n", (1, 4), "close the quotes"),
        ("a:\n\tb: 1\n", (2, 1), "indent with spaces, not with tabs"),
        ("a: @b\n", (1, 4), "write text that begins like this in quotes"),
        ("a: b: c\n", (1, 5), "write text with a colon in quotes, or correct the indentation"),
        ("a:\n  - b: 1\n   c: 2\n", (3, 4), "correct the indentation"),
        ('a: "\\q"\n', (1, 6), "write text with a backslash in single quotes"),
    ],
)
def test_broken_syntax_is_one_mistake_with_its_place_and_advice(text, place, advice):
    ((line, column, message),) = mistakes(text)
    assert (line, column) == place
    assert message.startswith("is not valid YAML: ")
    assert message.endswith(f"; {advice}")


@pytest.mark.parametrize(
    ("text", "place", "character"),
    [("a: 1\nb: x\0y\n", (2, 5), "U+0000"), ("\x07", (1, 1), "U+0007"), ("a: \ud800", (1, 4), "U+D800")],
)
def test_a_character_that_no_text_has_is_told_with_its_place(text, place, character):
    assert mistakes(text) == [(*place, f"holds the character {character}; remove it, or save as UTF-8")]


def test_a_value_that_cannot_be_read_is_not_wrong_in_another_way_as_well():
    document = read_yaml("a: 03\nb: 1\n", "x.yaml")
    others = [document.mistake(("a",), "must be text"), document.mistake(("b",), "must be text")]
    assert document.value == {"a": None, "b": 1}
    assert [(m.place.line, m.message) for m in document.all_mistakes(others)] == [
        (1, f'"03" is {NUMBER}'),
        (2, "must be text"),
    ]


def test_too_deep_and_too_large_documents_are_refused():
    assert mistakes("[" * 5000) == [(1, MAX_DEPTH + 2, f"is nested deeper than {MAX_DEPTH} levels")]
    assert "nested deeper" in mistakes("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))[0][2]
    assert mistakes("a" * (512 * 1024 + 1)) == [
        (1, 1, "a policy, with all that it extends, may have at most 524,288 characters")
    ]


def test_a_mistake_shows_its_line_with_a_caret_under_the_column():
    with pytest.raises(InvalidFile) as caught:
        read("name: x\nrules: &all []\n", "p.yaml")
    assert str(caught.value).splitlines() == [
        'p.yaml:2:8: anchor "&all" is not allowed; write the value out where it is used',
        "    rules: &all []",
        "           ^",
    ]


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("日本", ["    日本x", "        ^"]),
        ("\ty", ["     yx", "      ^"]),
        ("y" * 200, [f"    {'y' * 74}{'x' * 26}", f"    {' ' * 74}^"]),
    ],
)
def test_the_caret_stands_under_the_column_whatever_is_before_it(before, shown):
    text = str(Mistake(Place("p.yaml", 1, len(before) + 1), "m", before + "x" * (1 if len(before) < 9 else 50)))
    assert text.splitlines()[1:] == shown


@given(st.text(max_size=200))
def test_any_text_gives_a_document_or_mistakes_and_nothing_else(text):
    with suppress(InvalidFile):
        read(text)
