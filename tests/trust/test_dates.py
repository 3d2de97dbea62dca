"""Validity to the second, and how far it is from its ends in words."""

from datetime import timedelta

import pytest

from certgate.lab.pki import CLOCK, issue
from certgate.trust.dates import expired, not_yet_valid, span
from certgate.x509.certificate import parse_certificate

CERTIFICATE = parse_certificate(issue("a.example", sans=["a.example"], not_before=CLOCK, days=10).der)
SECOND = timedelta(seconds=1)


def test_both_ends_of_the_validity_are_valid():
    assert expired(CERTIFICATE, CERTIFICATE.not_after) == ""
    assert expired(CERTIFICATE, CERTIFICATE.not_after + SECOND) != ""
    assert not_yet_valid(CERTIFICATE, CERTIFICATE.not_before) == ""
    assert not_yet_valid(CERTIFICATE, CERTIFICATE.not_before - SECOND) != ""


def test_a_clock_may_be_slow_by_the_skew_and_no_more():
    assert not_yet_valid(CERTIFICATE, CERTIFICATE.not_before - 60 * SECOND, skew_s=60) == ""
    assert not_yet_valid(CERTIFICATE, CERTIFICATE.not_before - 61 * SECOND, skew_s=60) != ""


def test_the_text_tells_how_far_away_the_end_is_and_when_it_is():
    assert expired(CERTIFICATE, CERTIFICATE.not_after + timedelta(days=3)).startswith("expired 3 days ago")
    assert f"{CERTIFICATE.not_after:%Y-%m-%d %H:%M:%S}" in expired(CERTIFICATE, CERTIFICATE.not_after + SECOND)
    assert "2 hours" in not_yet_valid(CERTIFICATE, CERTIFICATE.not_before - timedelta(hours=2))
    assert f"{CERTIFICATE.not_before:%Y-%m-%d %H:%M:%S}" in not_yet_valid(CERTIFICATE, CERTIFICATE.not_before - SECOND)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (3599, "59 minutes"), (3600, "1 hour"),
        (7199, "1 hour"), (7200, "2 hours"), (86399, "23 hours"), (86400, "1 day"), (172799, "1 day"),
        (172800, "2 days"),
    ],
)  # fmt: skip
def test_a_span_is_told_in_the_largest_unit_that_fits_rounded_down(seconds, text):
    assert span(timedelta(seconds=seconds)) == text
