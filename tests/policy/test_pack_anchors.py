"""What the shipped packs say of a chain whose root's own certificate clients refuse."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509

from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Role, Target
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH

DAY = timedelta(days=1)
RULES = {"trust.anchor-expiry", "trust.anchor-constraints"}
PACKS = sorted(name for name in pack_names() if name != "rfc5280-path")
EXPIRED = {"not_before": CLOCK - 900 * DAY, "not_after": CLOCK - DAY}
EARLY = {"not_before": CLOCK + DAY}
REFUSED = (
    {"path_length": 0},
    {"ca": False},
    {"key_usage": ["crl_sign"]},
    {"ekus": [CLIENT_AUTH]},
    {"raw_extensions": [("1.2.3.4", True, b"\x05\x00")]},
    {"extensions": {x509.NameConstraints: (x509.NameConstraints([x509.DNSName("corp.example")], None), True)}},
)


@cache
def policies(pack):
    return TargetPolicies(load_policy(pack))


def of_anchors(policy):
    """The policy without the rules that are about something else."""
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.id in RULES))


def said(pack, root, role=Role.SERVER):
    """What is said of the anchor of a leaf below one intermediate, by rule."""
    top = issue(**({"subject": "Root", "ca": True, "days": 3650} | root))
    middle = issue("CA", issuer=top, ca=True)
    leaf = issue("a.example", issuer=middle, sans=["a.example"])
    target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"), roles=frozenset({role}))
    observation = Observation(observed_at=CLOCK, presented=(leaf.der, middle.der))
    judge = Judge(of_anchors(policies(pack).of(target)), TrustStore("root", (parse_certificate(top.der),)))
    found = judge.judge(Observed(target, (observation,)), CLOCK).findings
    return {f.rule: f.severity for f in found if f.outcome is Outcome.FAIL}


@pytest.mark.parametrize("role", [Role.SERVER, Role.CLIENT, Role.SPIFFE])
@pytest.mark.parametrize("pack", PACKS)
def test_a_root_outside_of_its_dates_is_an_error_for_every_client(pack, role):
    error = {"trust.anchor-expiry": Severity.ERROR}
    assert said(pack, EXPIRED, role) == said(pack, EARLY, role) == error
    assert said(pack, {}, role) == {}


@pytest.mark.parametrize("root", REFUSED, ids=lambda root: next(iter(root)))
@pytest.mark.parametrize("pack", [name for name in PACKS if name != "lint"])
def test_a_root_whose_extensions_do_not_allow_the_path_is_an_error_for_every_client(pack, root):
    assert said(pack, root) == {"trust.anchor-constraints": Severity.ERROR}


@pytest.mark.parametrize("root", [EXPIRED, EARLY, *REFUSED])
def test_rfc_5280_takes_nothing_but_name_and_key_from_a_root(root):
    assert said("rfc5280-path", root) == {}
