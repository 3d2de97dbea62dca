"""One check on one certificate, and what it answers."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat import asn1

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import Answer
from certgate.checks.framework.subjects import CertificateInRole
from certgate.lab.pki import CLOCK, Credential
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import read_certificate


@pytest.fixture
def ask() -> Callable[..., list[Answer]]:
    """`ask("key.rsa-min", credential, min_bits=3072)`: the answers of that check, judged as a server leaf."""

    def run(
        rule: str,
        certificate: Credential | bytes,
        *roles: Role,
        now: datetime = CLOCK,
        **parameters: Any,
    ) -> list[Answer]:
        der = certificate.der if isinstance(certificate, Credential) else certificate
        judged_as = frozenset(roles or {Role.SERVER})
        found = all_checks()[rule]
        assert found.roles & judged_as, f"{rule} does not judge this role"
        label = "issuer 1" if Role.ISSUER in judged_as else "leaf"
        subject = CertificateInRole(parse_certificate(der), label, judged_as)
        clock: Iterable[datetime] = [now] if found.takes_clock else []
        return list(found.run(subject, *clock, **parameters))

    return run


@pytest.fixture
def rework() -> Callable[..., bytes]:
    """`rework(credential, validity=DER)`: the certificate with parts of its TBS replaced, its signature no longer right.

    `signature_algorithm` replaces the outer one.
    """

    def run(credential: Credential, **parts: Any) -> bytes:
        outer = read_certificate(credential.der)
        for name, value in parts.items():
            owner = outer if name == "signature_algorithm" else outer.tbs
            setattr(owner, name, asn1.decode_der(asn1.TLV, value) if isinstance(value, bytes) else value)
        return asn1.encode_der(outer)

    return run
