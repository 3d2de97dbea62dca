"""CRLs with exactly the given contents, faults included.

Encoded here and signed with the raw key, because the library's builder refuses what the lab is for: no nextUpdate, an
unknown version, an entry that is damaged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.lab.pki import CLOCK, Credential, PrivateKey, algorithm_identifier, encoded_extension, encoded_time, sign
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import encoded

__all__ = ["crl_entry", "make_crl"]

RawExtensions = Sequence[tuple[str, bool, bytes]]
"""Extensions as (oid, critical, DER)."""


def make_crl(
    issuer: Credential,
    *revoked: Credential | bytes,
    this_update: datetime = CLOCK - timedelta(hours=1),
    next_update: datetime | None = CLOCK + timedelta(days=3),
    number: int | None = 1,
    reason: x509.ReasonFlags | None = None,
    scope: Mapping[str, object] | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    raw_extensions: RawExtensions = (),
    signing_key: PrivateKey | None = None,
    hash_name: str = "sha256",
    inner_hash: str | None = None,
    version: int | None = 2,
) -> bytes:
    """A CRL of `issuer` that lists `revoked` and is valid at `CLOCK` by default, DER.

    `revoked` are certificates, for `reason`, or entries from `crl_entry`. `scope` are fields of its
    issuingDistributionPoint. `signing_key` replaces the issuer's key, to break the signature; `inner_hash` replaces
    the hash in the signed part. A `version` of None is not encoded, as in version 1.
    """
    key = signing_key or issuer.key
    entries = [entry if isinstance(entry, bytes) else crl_entry(entry, reason=reason) for entry in revoked]
    values: list[tuple[x509.ExtensionType, bool]] = [] if number is None else [(x509.CRLNumber(number), False)]
    values += [] if scope is None else [(_scope(scope), True)]
    written = [(v.oid.dotted_string, critical, v.public_bytes()) for v, critical in (*values, *extensions)]
    contents = [
        b"" if version is None else encoded(b"\x02", bytes([version - 1])),
        algorithm_identifier(key, inner_hash or hash_name),
        parse_certificate(issuer.der).subject.der,
        encoded_time(this_update),
        b"" if next_update is None else encoded_time(next_update),
        encoded(b"\x30", b"".join(entries)) if entries else b"",
        _extensions(b"\xa0", [*written, *raw_extensions]),
    ]
    signed = encoded(b"\x30", b"".join(contents))
    signature = encoded(b"\x03", b"\0" + sign(key, signed, hash_name))
    return encoded(b"\x30", signed + algorithm_identifier(key, hash_name) + signature)


def crl_entry(
    certificate: Credential | int,
    *,
    reason: x509.ReasonFlags | None = None,
    revoked_at: datetime = CLOCK - timedelta(days=2),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    raw_extensions: RawExtensions = (),
) -> bytes:
    """A CRL entry, DER, for a certificate or a serial number."""
    serial = certificate if isinstance(certificate, int) else parse_certificate(certificate.der).serial
    values = [*([] if reason is None else [(x509.CRLReason(reason), False)]), *extensions]
    written = [(v.oid.dotted_string, critical, v.public_bytes()) for v, critical in values]
    contents = asn1.encode_der(serial) + encoded_time(revoked_at) + _extensions(b"", [*written, *raw_extensions])
    return encoded(b"\x30", contents)


def _extensions(tag: bytes, entries: RawExtensions) -> bytes:
    """The list of extensions within the explicit `tag`, if any; empty for no extensions."""
    if not entries:
        return b""
    whole = encoded(b"\x30", b"".join(encoded_extension(*entry) for entry in entries))
    return encoded(tag, whole) if tag else whole


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
    return x509.IssuingDistributionPoint(**(usual | dict(fields)))  # type: ignore[arg-type]  # (the library checks these)
