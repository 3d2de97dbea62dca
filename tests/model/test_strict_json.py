"""JSON that something is decided by has one meaning, or is not read."""

import json

import pytest

from certgate.model.strict_json import NotJson, read_json


@pytest.mark.parametrize(
    "value", [True, None, 0, -1, 1.5, "", "é\U0001f600", [], {}, {"a": {"a": [1, "2", None]}, "b": {"a": 1}}, 2**300]
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_is_read_as_the_standard_has_it_as_text_or_as_bytes(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert read_json(text) == read_json(text.encode()) == read_json(b"\xef\xbb\xbf" + text.encode()) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON (line 1, column 1)"),
        ('{"a": 1,\n "b" 2}', "is not JSON (line 2, column 6)"),
        ("true false", "is not JSON (line 1, column 6)"),
        ("{'a': 1}", "is not JSON (line 1, column 2)"),
        ('"\n"', "is not JSON (line 1, column 2)"),
        ("\ufefftrue", "is not JSON (line 1, column 1)"),
        (b"\xff", "is not UTF-8"),
        ("true".encode("utf-16"), "is not UTF-8"),
        ('"\udcff"'.encode("utf-8", "surrogatepass"), "is not UTF-8"),
        ('{"a": 1, "a": 1}', "has the key 'a' twice in one object"),
        ('{"a": 1, "\\u0061": 2}', "has the key 'a' twice in one object"),
        ('[{"b": {"c": 1, "\u202e": 2, "\\u202e": 3}}]', "has the key '\\u202e' twice in one object"),
        ("NaN", "contains NaN, which is not JSON"),
        ("[-Infinity]", "contains -Infinity, which is not JSON"),
        ("1e999", "contains the number 1e999, which is too large"),
        ("1" * 101, "contains a number with more than 100 characters"),
        ("0." + "1" * 100, "contains a number with more than 100 characters"),
        ("1" * 1_000_000, "contains a number with more than 100 characters"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_not_json_or_can_be_read_in_two_ways_is_not_read(text, told):
    with pytest.raises(NotJson) as caught:
        read_json(text)
    assert str(caught.value) == told
