"""Patterns: `*` and `?` are wild, and everything else stands for itself, above all the brackets of an IPv6 address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.waiver import matches


@pytest.mark.parametrize(
    ("pattern", "text", "whether"),
    [
        ("[fd00::a1]:8443", "[fd00::a1]:8443", True),
        ("[fd00::a1]:8443", "a:8443", False),
        ("[fd00::a1]:8443", "f:8443", False),
        ("[fd00::*]:8443", "[fd00::a1]:8443", True),
        ("[fd00::a?]:*", "[fd00::a1]:443", True),
        ("[!a]", "b", False),
        ("[a-z].example:443", "b.example:443", False),
        ("[a-z].example:443", "[a-z].example:443", True),
        ("*.example:443", "a.example:443", True),
        ("*.example:443", "a.example:8443", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("a**b", "ab", True),
        ("*a*b*", "xxaxxbxx", True),
        ("A.example", "a.example", False),
        ("a.example:443#*", "a.example:443#b.example", True),
        ("a\nb*", "a\nbc", True),
    ],
)
def test_only_star_and_question_mark_are_wild(pattern, text, whether):
    assert matches(pattern, text) is whether


@given(st.text())
def test_a_text_without_them_is_its_own_pattern_and_no_other_s(text):
    plain = text.replace("*", "").replace("?", "")
    assert matches(plain, plain)
    assert not matches(plain, f"{plain}x")


def test_a_pattern_of_many_stars_ends():
    assert not matches("*a" * 500, "a" * 499)
    assert not matches("*a" * 200 + "b", "a" * 5000)
