"""What the shipped packs say of issuer names that are equal only as RFC 5280 §7.1 compares them."""

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import FileSource, Target
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)


def common_name(text, kind=_ASN1Type.UTF8String):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, kind)])


def severity(pack, name):
    leaf = issue("a.example", issuer=ROOT, sans=["a.example"], issuer_name=name)
    observation = Observation(observed_at=CLOCK, presented=(leaf.der,))
    target = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))
    judge = Judge(TargetPolicies(load_policy(pack)).of(target), TrustStore("root", (parse_certificate(ROOT.der),)))
    found = judge.judge(Observed(target, (observation,)), CLOCK).findings
    return next((f.severity for f in found if f.rule == "chain.name-chaining" and f.outcome is Outcome.FAIL), None)


OTHER_BYTES = [
    common_name("ROOT"),
    common_name("Root ", _ASN1Type.UTF8String),
    common_name("Root", _ASN1Type.PrintableString),
]


@pytest.mark.parametrize("name", OTHER_BYTES)
@pytest.mark.parametrize(
    ("pack", "said"),
    [
        ("kubernetes-workload", Severity.ERROR),
        ("spiffe-svid", Severity.ERROR),
        ("webpki-public", Severity.ERROR),
        ("internal-pki", Severity.WARNING),
    ],
)
def test_other_bytes_are_an_error_where_clients_compare_bytes(pack, said, name):
    assert severity(pack, name) is said
    assert severity(pack, common_name("Root")) is None
