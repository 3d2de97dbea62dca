"""CRLs with exactly the contents asked for, faults included."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.pki import CLOCK, Credential, PrivateKey

__all__ = ["make_crl"]


def make_crl(
    issuer: Credential,
    *revoked: Credential,
    this_update: datetime = CLOCK - timedelta(hours=1),
    next_update: datetime = CLOCK + timedelta(days=3),
    number: int = 1,
    reason: x509.ReasonFlags | None = None,
    scope: Mapping[str, object] | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signing_key: PrivateKey | None = None,
) -> bytes:
    """A CRL of `issuer` that lists `revoked` and is right at `CLOCK` by default, DER.

    `scope` are fields of its issuingDistributionPoint; `signing_key` replaces the issuer's, to break the signature.
    """
    key = signing_key or issuer.key
    builder = x509.CertificateRevocationListBuilder(issuer.native.subject, this_update, next_update)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if scope is not None:
        builder = builder.add_extension(_scope(scope), critical=True)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for credential in revoked:
        entry = x509.RevokedCertificateBuilder(credential.native.serial_number, CLOCK - timedelta(days=2))
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def _scope(fields: Mapping[str, object]) -> x509.IssuingDistributionPoint:
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual | dict(fields)))  # type: ignore[arg-type]  # (the library checks what it is given)
