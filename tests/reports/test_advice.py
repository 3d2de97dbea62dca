"""Why a finding matters and what to do about it."""

import pytest

from certgate.model.finding import Outcome
from certgate.reports.advice import advice


def test_a_failure_is_explained_by_its_check(finding, rules):
    assert advice(finding("key.rsa-min", Outcome.FAIL), rules) == (
        "short keys can be factored",
        "make a new key of at least 2048 bits",
        "CA/B BR §6.1.5",
    )


@pytest.mark.parametrize(
    ("outcome", "required", "fix"),
    [
        (Outcome.NOT_CHECKED, True, "provide what is missing, or say `required: false` in the policy"),
        (Outcome.NOT_CHECKED, False, "provide what is missing"),
        (Outcome.CRASHED, True, "this is a bug in certgate: report it, with the certificate if you may share it"),
    ],
)
def test_nobody_is_told_to_replace_a_certificate_because_something_is_not_known(finding, rules, outcome, required, fix):
    assert advice(finding("rev.status", outcome, required=required), rules).fix == fix


def test_a_target_that_could_not_be_observed_has_words_of_its_own(finding, rules):
    assert advice(finding("target.observed", Outcome.NOT_CHECKED), rules).fix.startswith("make the target reachable")
