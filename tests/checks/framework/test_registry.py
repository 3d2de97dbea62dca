"""What a policy may set on a check."""

from datetime import datetime

import pytest

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Parameter, Vocabulary, check
from certgate.checks.framework.template_in_role import TemplateInRole


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


def test_a_check_of_templates_that_needs_more_than_a_template_is_run_for_each_certificate():
    def alone(subject: TemplateInRole):
        """Title.

        Why: reason.

        Fix: advice.
        """

    def at_a_time(subject: TemplateInRole, now: datetime):
        """Title."""

    def for_a_target(subject: TemplateInRole, *, names: tuple[str, ...] = ()):
        """Title."""

    at_a_time.__doc__ = for_a_target.__doc__ = alone.__doc__
    assert check("x.a", citation="none")(alone).of_template
    assert not check("x.b", citation="none")(at_a_time).of_template
    assert not check("x.c", citation="none", binds={"names": Setting.NAMES})(for_a_target).of_template
