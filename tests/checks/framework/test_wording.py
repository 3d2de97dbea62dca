"""What checks say of foreign data stays short."""

from certgate.checks.framework.registry import Problem
from certgate.checks.framework.wording import capped, listed, shortened


def test_100_characters_are_shown_and_101_are_cut():
    assert shortened("a" * 100) == "a" * 100
    assert shortened("a" * 101) == "a" * 100 + "…"


def test_five_items_are_shown_and_the_rest_counted():
    assert listed([]) == "none"
    assert listed("abcde") == "a, b, c, d, e"
    assert listed("abcdefg") == "a, b, c, d, e and 2 more"


def test_20_problems_are_told_and_the_rest_counted():
    problems = [Problem(str(n)) for n in range(23)]
    assert list(capped(problems[:20])) == problems[:20]
    assert list(capped(problems)) == [*problems[:20], Problem("3 further problems of this kind", key="further")]
