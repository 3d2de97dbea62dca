"""YAML is read as plain values with places, and everything clever is refused with its place."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.target import Place
from certgate.policy.mistakes import WrittenWrong
from certgate.policy.yaml import MAX_BYTES, MAX_DEPTH, load_yaml


def mistakes(text):
    with pytest.raises(WrittenWrong) as caught:
        load_yaml(text, "x.yaml")
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def test_plain_values_keep_their_types_and_places():
    document = load_yaml("a: 1\nb: [2026-03-15, true, 1.5, '2', null]\nc:\n  d: 2.5.29.17\n", "x.yaml")
    assert document.value == {"a": 1, "b": [date(2026, 3, 15), True, 1.5, "2", None], "c": {"d": "2.5.29.17"}}
    assert document.place(("b", 1)) == Place("x.yaml", 2, 17)
    assert document.place(("c", "d"), key=True) == Place("x.yaml", 4, 3)


def test_the_place_of_something_missing_is_that_of_what_is_around_it():
    document = load_yaml("a:\n  b: 1\n", "x.yaml")
    assert document.place(("a", "nothing", 3)) == Place("x.yaml", 2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\n", (1, 4, 'anchor "&x" is not allowed; write the value out where it is used')),
        ("a: 1\na: 2\n", (2, 1, 'key "a" stands here twice, first on line 1')),
        ("<<: {b: 1}\n", (1, 1, 'merge key "<<" is not allowed; write the keys out')),
        ("? [a]\n: 1\n", (1, 3, "a key must be plain text")),
        ("a: 2026-13-45\n", (1, 4, '"2026-13-45" is not a date (YYYY-MM-DD)')),
        ("a: !!python/object 1\n", (1, 4, '"1" is not a plain value (it has the type python/object)')),
    ],
)
def test_what_would_make_a_file_mean_more_than_it_says_is_refused(text, expected):
    assert mistakes(text) == [expected]


def test_all_mistakes_are_reported_in_one_run_in_the_order_of_their_lines():
    assert [line for line, _, _ in mistakes("a: 1\na: 2\nb: &x 3\n<<: {c: 1}\n")] == [2, 3, 4]


def test_broken_syntax_is_one_mistake_with_its_place():
    ((line, column, message),) = mistakes("a: [1\n")
    assert (line, column) == (2, 1)
    assert message.startswith("is not valid YAML: ")


def test_too_deep_and_too_large_documents_are_refused():
    assert mistakes("[" * 5000) == [(1, 1, f"is nested deeper than {MAX_DEPTH} levels")]
    assert "nested deeper" in mistakes("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))[0][2]
    assert "larger than 4 MiB" in mistakes("a" * (MAX_BYTES + 1))[0][2]


def test_a_mistake_shows_its_line_with_a_caret_under_the_column():
    with pytest.raises(WrittenWrong) as caught:
        load_yaml("name: x\nrules: &all []\n", "p.yaml")
    assert str(caught.value).splitlines() == [
        'p.yaml:2:8: anchor "&all" is not allowed; write the value out where it is used',
        "    rules: &all []",
        "           ^",
    ]


@given(st.text(max_size=200))
def test_any_text_gives_a_document_or_mistakes_and_nothing_else(text):
    with suppress(WrittenWrong):
        load_yaml(text, "x.yaml")
