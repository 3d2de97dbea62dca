"""Whether a path holds by RFC 5280 §6 alone."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.path_validity import PATH_RULES, PathVerdict, judge_path, judge_paths
from certgate.checks.subjects import Path
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])


def path(*chain: Credential, to: Credential | None = ROOT) -> Path:
    return Path(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


def test_a_path_that_breaks_no_rule_holds():
    assert judge_path(path(LEAF, CA), CLOCK) == PathVerdict()
    assert judge_path(path(LEAF, CA), CLOCK).holds


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        (path(LEAF, CA, to=None), ["trust.anchor"]),
        (path(LEAF, CA, to=issue("Root", ca=True)), ["trust.anchor", "chain.signature"]),
        (path(issue("a.example", issuer=CA, ekus=[CLIENT_AUTH]), CA), ["chain.eku-nesting"]),
    ],
)
def test_every_rule_that_is_broken_is_named(broken, rules):
    verdict = judge_path(broken, CLOCK)
    assert [rule for rule, _ in verdict.problems] == rules
    assert not verdict.holds


def test_dates_count_to_the_second_and_are_told_of_their_certificate():
    leaf = parse_certificate(LEAF.der)
    assert judge_path(path(LEAF, CA), leaf.not_before).holds
    assert judge_path(path(LEAF, CA), leaf.not_after).holds
    early = judge_path(path(LEAF, CA), leaf.not_before - timedelta(seconds=1))
    assert [rule for rule, _ in early.problems] == ["validity.not-yet-valid"] * 2
    assert [message.partition(" is")[0].split(" ")[0] for _, message in early.problems] == ["leaf", "issuer"]


def test_the_purpose_must_hold_in_the_leaf_and_need_not_if_none_is_asked_for():
    client = path(issue("a.example", issuer=CA, ekus=[CLIENT_AUTH]), CA)
    assert judge_path(client, CLOCK, ("client",)).holds
    assert judge_path(client, CLOCK, ()).holds
    assert not judge_path(client, CLOCK, ("client", "server")).holds


def test_what_cannot_be_read_is_undecided_and_no_path_that_holds():
    odd = issue(
        "a.example",
        issuer=CA,
        extensions={x509.ExtendedKeyUsage: None},
        raw_extensions=[("2.5.29.37", False, b"\x05\x00")],
    )
    verdict = judge_path(path(odd, CA), CLOCK)
    assert verdict.problems == ()
    assert verdict.undecided.startswith("extension ExtendedKeyUsage (2.5.29.37) cannot be read")
    assert not verdict.holds


def test_of_several_paths_the_best_counts():
    assert judge_paths([path(LEAF, CA, to=None), path(LEAF, CA)], CLOCK).holds


def test_every_rule_is_judged(monkeypatch):
    from certgate.checks import path_validity

    asked = []
    monkeypatch.setattr(path_validity, "_answers", lambda rule, *_: asked.append(rule) or iter(()))
    judge_path(path(LEAF, CA), CLOCK)
    assert tuple(asked) == PATH_RULES
