"""What a policy may set on a check."""

import pytest

from certgate.checks.framework.registry import Parameter, Vocabulary


def test_a_fraction_is_at_most_one_and_other_numbers_fit_a_calendar():
    assert Parameter("used_fraction", float, 0.5).most == 1
    assert Parameter("max_days", int, 90).most == 1_000_000


@pytest.mark.parametrize(
    ("words", "known", "unknown"),
    [
        (Vocabulary(("leaf", "issuers")), ["leaf", "issuers"], ["root", "1.2.3"]),
        (Vocabulary(("leaf",), or_oid=True), ["leaf", "1.2.840.113549"], ["root", "1", "1.2.", "3.1", "1.2.3 "]),
    ],
)
def test_a_word_is_known_if_it_is_listed_or_an_oid_where_these_are_allowed(words, known, unknown):
    assert [word for word in (*known, *unknown) if words.know(word)] == known
