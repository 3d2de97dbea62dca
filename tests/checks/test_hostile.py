"""Certificates with damaged bytes: every check answers or says that it cannot read them, and none crashes."""

import random

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import ISSUER, LEAF
from certgate.checks.framework.subjects import CertificateInRole
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

GIVEN = {
    "names": ("a.example", "192.0.2.1"),
    "ids": ("spiffe://corp.example/*",),
    "patterns": ("DNS:*",),
    "oids": ("1.2.3",),
}
SUBJECT = x509.Name(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "AA"), x509.NameAttribute(NameOID.COMMON_NAME, "a.example")]
)
NAMES = [
    "a.example",
    "*.b.example",
    "192.0.2.1",
    "spiffe://corp.example/db",
    x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
]


def answers(certificate):
    subject = CertificateInRole(certificate, "leaf", LEAF | ISSUER)
    for check in all_checks().values():
        if check.subject is CertificateInRole and check.roles & subject.roles:
            given = {name: value for name, value in GIVEN.items() if name in check.parameters}
            try:
                yield from check.run(subject, *([CLOCK] if check.takes_clock else []), **given)
            except Malformed:
                continue


@pytest.mark.parametrize("kind", ["P-256", "RSA-2048", "Ed25519"])
def test_no_check_crashes_on_damaged_bytes(kind):
    damage = random.Random(kind)
    whole = issue(SUBJECT, issuer=issue("Root", ca=True), sans=NAMES, key=kind).der
    readable = 0
    for _ in range(60):
        der = bytearray(whole)
        for _ in range(damage.choice([1, 1, 2, 4])):
            der[damage.randrange(len(der))] = damage.choice([0, 1, 0x7F, 0x80, 0xFF, damage.randrange(256)])
        try:
            certificate = Certificate(bytes(der))
        except Malformed:
            continue
        readable += 1
        assert all(str(answer) for answer in answers(certificate))
    assert readable > 20
