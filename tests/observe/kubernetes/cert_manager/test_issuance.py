"""How long a certificate shall live and when it is renewed, by what cert-manager's resources say."""

from datetime import timedelta

import pytest

from certgate.observe.kubernetes.cert_manager.issuance import Lifetime
from certgate.observe.kubernetes.go_duration import go_duration
from certgate.observe.kubernetes.scalar import Scalar

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def lifetime(**fields):
    found = Lifetime(
        {name: {"policy": Scalar(v, 1)} if name == "renewal" else Scalar(v, 1) for name, v in fields.items()}
    )
    return found.duration, found.renew_before


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (90 * DAY, 30 * DAY)),
        ({"duration": "30h"}, (30 * HOUR, 10 * HOUR)),
        ({"duration": "30h", "renewBefore": "1h"}, (30 * HOUR, HOUR)),
        ({"duration": "100h", "renewBeforePercentage": "25"}, (100 * HOUR, 25 * HOUR)),
        ({"duration": "30h", "renewBeforePercentage": "100"}, (30 * HOUR, 10 * HOUR)),
        ({"duration": "30h", "renewBeforePercentage": "0"}, (30 * HOUR, 10 * HOUR)),
        ({"renewal": "RenewBefore"}, (90 * DAY, 30 * DAY)),
        ({"renewal": "Disabled"}, (90 * DAY, timedelta())),
    ],
)
def test_defaults_are_cert_managers(fields, expected):
    assert lifetime(**fields) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2160h0m0s", 90 * DAY),
        ("1.5h", 90 * timedelta(minutes=1)),
        (".5h", 30 * timedelta(minutes=1)),
        ("1h30m", 90 * timedelta(minutes=1)),
        ("-1h", -HOUR),
        ("+1h", HOUR),
        ("0", timedelta()),
        ("1500ms", timedelta(seconds=1.5)),
        ("1500us", timedelta(milliseconds=1.5)),
        ("3µs", timedelta(microseconds=3)),
        ("1000ns", timedelta(microseconds=1)),
    ],
)
def test_durations_are_those_of_go(text, expected):
    assert go_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "1d", "1 h", "h", "-", "1h ", "1e3h", "1,5h", ".h", "1hh", "٣h", "99999999h"]
)
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError, match=r"is not a duration|is longer than"):
        go_duration(text)
