"""Labels of vantages, and what is said of a target that shows nothing."""

from dataclasses import fields, replace

import pytest

from certgate.lab.pki import CLOCK
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    Observation,
    Observed,
    Phase,
    PreludeFacts,
    Vantage,
    vantage_labels,
)
from certgate.model.target import Endpoint, Target

TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443))
A, B = "192.0.2.1:443", "[2001:db8::3]:443"


@pytest.mark.parametrize(
    ("vantages", "labels"),
    [
        ([(A, "a")], [""]),
        ([(A, "a"), (B, "a")], [A, B]),
        ([(A, "a"), (A, "b")], ["#a", "#b"]),
        ([(A, "a"), (B, "b")], [f"{A}#a", f"{B}#b"]),
        ([(A, None), (A, "b")], ["#", "#b"]),
        ([("", None)], [""]),
    ],
)
def test_a_label_holds_what_differs_between_vantages(vantages, labels):
    assert vantage_labels([Observation(observed_at=CLOCK, vantage=Vantage(*one)) for one in vantages]) == tuple(labels)


def test_without_its_content_an_observation_keeps_everything_else():
    content = {"presented", "staple", "evidence", "public_key", "request", "published", "kubernetes"}
    whole = Observation(**{field.name: object() for field in fields(Observation)})
    kept = whole.without_content()
    assert {f.name for f in fields(Observation) if getattr(kept, f.name) is getattr(whole, f.name)} == {
        field.name for field in fields(Observation)
    } - content
    assert kept == replace(whole, **{f.name: f.default for f in fields(Observation) if f.name in content})


DOWN = Failure(FailureKind.TIMED_OUT, Phase.CONNECT, "no answer")


@pytest.mark.parametrize(
    "shown",
    [
        {"presented": (b"x",)},
        {"staple": b"x"},
        {"prelude": PreludeFacts("smtp")},
        {"handshake": HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")},
        {"client_certificate": "ab"},
        {"failure": None},
        {"failure": replace(DOWN, kind=FailureKind.INTERNAL)},
    ],
)
def test_whoever_shows_anything_or_fails_otherwise_is_not_unreachable(shown):
    nothing = Observation(observed_at=CLOCK, failure=DOWN)
    assert Observed(TARGET, (nothing, nothing)).is_unreachable
    assert not Observed(TARGET, (nothing, replace(nothing, **shown))).is_unreachable
    assert not Observed(TARGET, ()).is_unreachable
