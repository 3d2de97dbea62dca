"""Nouns agree with their numbers, and lists read like sentences."""

import pytest

from certgate.model.counted import listed, plural


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 targets"), (1, "1 target"), (2, "2 targets"), (1204, "1,204 targets")]
)
def test_a_noun_agrees_with_its_number(number, text):
    assert plural(number, "target") == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
    ],
)
def test_a_list_reads_like_a_sentence(names, text):
    assert listed(names, 3) == text
