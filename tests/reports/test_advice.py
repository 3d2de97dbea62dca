"""Why a finding matters and what to do about it."""

from datetime import UTC, datetime

import pytest

from certgate.model.finding import DEPENDS_ON, Outcome
from certgate.model.observation import Failure, FailureKind, Observation, Phase, Vantage
from certgate.reports.advice import advice

CLOCK = datetime(2026, 6, 15, 12, tzinfo=UTC)


def test_a_failure_is_explained_by_its_check(finding, rules):
    assert advice(finding("key.rsa-min", Outcome.FAIL), rules) == (
        "short keys can be factored",
        "make a new key of at least 2048 bits",
        "CA/B BR §6.1.5",
    )


@pytest.mark.parametrize(
    ("outcome", "required", "fix"),
    [
        (Outcome.NOT_CHECKED, True, "provide what is missing, or set `required: false` in the policy."),
        (Outcome.NOT_CHECKED, False, "provide what is missing."),
        (
            Outcome.CRASHED,
            True,
            "this is a bug in certgate: please report it, with the certificate if you may share it.",
        ),
    ],
)
def test_nobody_is_told_to_replace_a_certificate_because_something_is_not_known(finding, rules, outcome, required, fix):
    assert advice(finding("rev.status", outcome, required=required), rules).fix == fix


def test_the_cause_is_fixed_first(finding, rules):
    dependent = finding("rev.status", Outcome.NOT_CHECKED, evidence={DEPENDS_ON: "key.rsa-min"})
    assert advice(dependent, rules).fix == "fix key.rsa-min first."


@pytest.mark.parametrize("kind", FailureKind)
def test_every_reason_for_not_observing_a_target_has_advice(finding, rules, kind):
    unseen = finding("target.observed", Outcome.NOT_CHECKED, f"{kind}: whatever", "target")
    seen = Observation(observed_at=CLOCK, failure=Failure(kind, Phase.READ, "whatever"))
    assert advice(unseen, rules, [seen]).fix != advice(unseen, rules).fix


def test_advice_is_about_the_address_that_failed(finding, rules):
    unseen = finding("target.observed", Outcome.NOT_CHECKED, "refused: …", "target", vantage="192.0.2.2:443")
    late = Failure(FailureKind.DEADLINE, Phase.HANDSHAKE, "…")
    refused = Failure(FailureKind.REFUSED, Phase.CONNECT, "…")
    observations = [
        Observation(observed_at=CLOCK, vantage=Vantage("192.0.2.1:443"), failure=late),
        Observation(observed_at=CLOCK, vantage=Vantage("192.0.2.2:443"), failure=refused),
    ]
    assert "firewall" in advice(unseen, rules, observations).fix


@pytest.mark.parametrize(
    ("phase", "fix"), [(Phase.READ, "put a certificate there"), (Phase.HANDSHAKE, "on the server")]
)
def test_a_file_without_a_certificate_and_a_server_without_one_get_different_advice(finding, rules, phase, fix):
    unseen = finding("target.observed", Outcome.NOT_CHECKED, "no-certificate: …", "target")
    seen = Observation(observed_at=CLOCK, failure=Failure(FailureKind.NO_CERTIFICATE, phase, "…"))
    assert fix in advice(unseen, rules, [seen]).fix
