"""How deep and how large a value is."""

import json

import pytest

from certgate.model.json_bounds import beyond


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, ""),
        ({}, ""),
        ([[1]], ""),
        ([[[1]]], "has more than 2 levels"),
        ({"a": {"b": {"c": {}}}}, "has more than 2 levels"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], ""),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "has more than 10 parts"),
        ({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}, "has more than 10 parts"),
    ],
)
def test_levels_and_parts_are_counted(value, said):
    assert beyond(value, levels=2, parts=10) == said


def test_parts_need_no_limit_and_deep_values_no_recursion():
    deep = json.loads("[" * 900 + "]" * 900)

    assert beyond([0] * 1_000, levels=2) == ""
    assert beyond(deep, levels=200) == "has more than 200 levels"
