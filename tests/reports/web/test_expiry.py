"""When certificates expire, counted as results come."""

from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.model.verdict import Verdict
from certgate.reports.web.expiry import Expiry


@pytest.fixture
def expiry(endpoint, certificate):
    """expiry(*ends) has a target for each number of days after which its leaf expires."""

    def made(*ends):
        counts = Expiry()
        for number, days in enumerate(ends, 1):
            result = endpoint(f"h{number}.example", number, Verdict.COMPLIANT)
            leaf = certificate(
                "leaf",
                f"CN=h{number}.example",
                sha256=f"{number:064x}",
                not_after=result.clock + timedelta(days=days, minutes=1),
            )
            counts.add(replace(result, certificates=(leaf,)))
        return counts

    return made


def test_the_calendar_begins_with_the_month_of_evaluation_and_has_twelve(expiry):
    months = expiry(0, 300).months

    assert [months[0].title, months[-1].title, len(months)] == ["June 2026", "May 2027", 12]
    assert [day.day.day for day in months[0].days if day.is_today] == [15]
    assert [(day.label, day.urgency) for month in months for day in month.days if day.targets] == [
        ("15 June: 1 target has a certificate that expires", "soon"),
        ("11 April: 1 target has a certificate that expires", "later"),
    ]


def test_what_expires_after_these_months_is_counted(expiry):
    counts = expiry(349, 350, 351, 399, 401, 10_000)

    assert counts.months[-1].targets == 2
    assert counts.later == 4


def test_a_certificate_of_several_targets_is_listed_once_and_counted_for_each(endpoint, expiry):
    counts = expiry()
    for number in range(1, 6):
        counts.add(endpoint(f"h{number}.example", number, Verdict.COMPLIANT))

    (one,) = counts.first
    assert (one.targets, [name for name, _ in one.names]) == (
        5,
        ["h1.example:443", "h2.example:443", "h3.example:443"],
    )


def test_the_first_of_thousands_are_kept_whatever_the_order(expiry):
    days = [*range(3_000, 30, -1), 5, 7]

    assert [one.days_left for one in expiry(*days).first[:4]] == [5, 7, 31, 32]


def test_days_are_marked_by_how_soon_they_come(expiry):
    counts = expiry(6, 7, 29, 30)

    found = [day.urgency for month in counts.months for day in month.days if day.targets]
    assert found == ["soon", "near", "near", "later"]


def test_a_certificate_without_a_subject_is_called_by_its_first_name(endpoint, certificate, expiry):
    counts = expiry()
    leaf = certificate("leaf", "(empty name)", names=("URI:spiffe://corp.example/db", "DNS:x"))
    counts.add(replace(endpoint("a.example", 1, Verdict.COMPLIANT), certificates=(leaf,)))

    assert counts.first[0].subject == "(empty name) URI:spiffe://corp.example/db"


def test_without_a_certificate_there_is_no_calendar(endpoint, expiry):
    counts = expiry()
    counts.add(replace(endpoint("a.example", 1, Verdict.INCOMPLETE), certificates=()))

    assert (counts.months, counts.first, counts.unknown, counts.later) == ((), [], 1, 0)
