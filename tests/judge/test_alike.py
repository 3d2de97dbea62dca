"""Rules that look at nothing but what subjects have in common say of each what they say of it alone."""

from dataclasses import replace
from functools import cache

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Problem
from certgate.checks.framework.subjects import Handshake, IssuedInRole, RevocationEvidence, Staple
from certgate.judge.apply import RuleIndex, apply
from certgate.lab.pki import CLOCK
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts
from certgate.model.target import Role
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.policy.settings import Settings
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.trust.leaves import CA, ROOT, leaf, leaves

ISSUER, ANCHOR = parse_certificate(CA.der), parse_certificate(ROOT.der)
SETTINGS = Settings(((Setting.PURPOSES, ("server",)),))
SHAKEN = HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519")


def rule(check, **parameters):
    usual = {name: parameter.default for name, parameter in check.parameters.items()}
    return TargetRule(check=check, severity=Severity.ERROR, required=True, parameters=usual | parameters)


@cache
def drawn():
    return tuple(leaves(60, seed=2))


def path(certificate, anchor=ANCHOR):
    return CertificatePath((certificate, ISSUER), anchor)


SUBJECTS = [
    path,
    lambda one: path(one, None),
    lambda one: CertificatePath((one,), one),
    lambda one: IssuedInRole(one, "leaf", frozenset({Role.SERVER})),
    lambda one: IssuedInRole(one, "issuer 1", frozenset({Role.ISSUER}), frozenset({Role.CLIENT})),
    lambda one: Staple(None, one, ISSUER),
    lambda one: Staple(b"?", one, ISSUER),
    lambda one: RevocationEvidence(path=path(one), index=0),
    lambda one: Handshake(SHAKEN, one),
]


@pytest.mark.parametrize("subject_of", SUBJECTS)
def test_every_rule_says_the_same_of_a_subject_among_others_as_of_it_alone(subject_of):
    subjects = []
    for der in drawn():
        try:
            subjects.append(subject_of(parse_certificate(der)))
        except Malformed:
            continue
    kind = subjects[0]
    judging = (
        c for c in all_checks().values() if isinstance(kind, c.subject) and Setting.NAMES not in c.binds.values()
    )
    clients = [(c, {"clients": ("go", "openssl")} if "clients" in c.parameters else {}) for c in judging]
    every = tuple(rule(c, **parameters) for c, parameters in clients)
    index = RuleIndex(TargetPolicy("test", every))
    for subject in subjects:
        supplied = {one.id: SETTINGS.parameters(one.check) for one in every}
        applying = [one for one in every if getattr(subject, "roles", one.check.roles) & one.check.roles]
        alone = [f for one in applying for f in apply(one.always, subject, subject.label, CLOCK, supplied[one.id])]
        assert list(index.evaluate(subject, CLOCK, SETTINGS)) == alone


def runs(read, number=4):
    """How often a rule on paths that reads this runs for leaves that are alike, and what it says."""
    seen = []

    def run(subject):
        seen.append(subject)
        yield Problem(str(read(subject.leaf)))

    check = replace(all_checks()["chain.issuer-ca"], run=run)
    index = RuleIndex(TargetPolicy("test", (rule(check),)))
    names = [f"{n}.example" for n in range(number)]
    said = [index.evaluate(path(parse_certificate(leaf(subject=n, sans=[n]).der)), CLOCK) for n in names]
    return len(seen), [finding for found in said for finding in found]


def test_a_rule_that_looks_at_the_issuer_alone_runs_for_the_first_subject_and_once_for_all_others():
    ran, said = runs(lambda one: one.issuer.text)
    assert ran == 2
    assert {finding.message for finding in said} == {"CN=CA"}


def swallowing(one):
    try:
        return one.sha256
    except BaseException:
        return "?"


def of_key(one):
    try:
        return one.key.sha256
    except BaseException:
        return "?"


@pytest.mark.parametrize(
    "read", [lambda one: one.subject.text, lambda one: one.key.sha256, lambda one: one.san, swallowing, of_key]
)
def test_a_rule_that_looks_at_the_leaf_runs_for_each_even_if_it_hides_that_it_looked(read):
    ran, said = runs(read)
    assert ran == 5
    assert {finding.outcome for finding in said} == {Outcome.FAIL}
    assert "?" not in {finding.message for finding in said}
