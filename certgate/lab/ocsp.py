"""OCSP responses with exactly the given contents, faults included."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import new as new_hash
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.lab.pki import (
    CLOCK,
    Credential,
    PrivateKey,
    algorithm_identifier,
    encoded_extension,
    issue,
    key_bits,
    key_id,
    sign,
)
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import encoded
from certgate.x509.ocsp_der import BASIC_RESPONSE

__all__ = ["issue_responder", "make_staple", "successful_staple", "unsuccessful_staple"]

Status = Literal["good", "revoked", "unknown"]
_HASH_OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}


def issue_responder(issuer: Credential, name: str = "OCSP responder", **options: Any) -> Credential:
    """A delegated responder as CA/B BR §7.1.2.8 requires; `options` go to `issue`."""
    usual: dict[str, Any] = {
        "ekus": ["1.3.6.1.5.5.7.3.9"],
        "policies": [],
        "extensions": {x509.OCSPNoCheck: (x509.OCSPNoCheck(), False), x509.CRLDistributionPoints: None},
    }
    return issue(name, issuer=issuer, **(usual | options))


def make_staple(
    leaf: Credential,
    issuer: Credential,
    *,
    status: Status = "good",
    this_update: datetime = CLOCK - timedelta(hours=1),
    next_update: datetime | None = CLOCK + timedelta(days=3),
    produced_at: datetime | None = None,
    revoked_at: datetime = CLOCK - timedelta(days=2),
    reason: int | None = None,
    responder: Credential | None = None,
    by_name: bool = False,
    embed: Sequence[Credential] | None = None,
    signing_key: PrivateKey | None = None,
    hash_name: str = "sha256",
    id_hash: str = "sha1",
    also: Sequence[Credential] = (),
    extensions: Sequence[tuple[str, bool, bytes]] = (),
    single_extensions: Sequence[tuple[str, bool, bytes]] = (),
    version: int = 1,
    alter: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """A successful response about `leaf`, issued by `issuer`, that is valid at `CLOCK` by default.

    The signer is the issuer or `responder`, a delegate that is then embedded (`embed` replaces what is embedded).
    `signing_key` replaces the signer's key, to break the signature. `produced_at` defaults to `this_update`.
    `also` are further certificates of the issuer, listed as good before `leaf`.
    `extensions` and `single_extensions` are (oid, critical, DER); `reason` is a CRLReason. `alter` changes the signed
    part, without its length, before it is signed.
    """
    signer = responder or issuer
    key = signing_key or signer.key
    times = _generalized(this_update) + (b"" if next_update is None else encoded(b"\xa0", _generalized(next_update)))
    good = [encoded(b"\x30", _cert_id(c, issuer, id_hash) + encoded(b"\x80", b"") + times) for c in also]
    answer = _cert_id(leaf, issuer, id_hash) + _status(status, revoked_at, reason) + times
    single = encoded(b"\x30", answer + _extensions(single_extensions))
    name = parse_certificate(signer.der).subject.der
    contents = [
        b"" if version == 1 else encoded(b"\xa0", encoded(b"\x02", bytes([version - 1]))),
        encoded(b"\xa1", name) if by_name else encoded(b"\xa2", encoded(b"\x04", key_id(signer.key))),
        _generalized(produced_at or this_update),
        encoded(b"\x30", b"".join((*good, single))),
        _extensions(extensions),
    ]
    signed = alter(encoded(b"\x30", b"".join(contents)))
    embedded = embed if embed is not None else ([responder] if responder else [])
    basic = [
        signed,
        algorithm_identifier(key, hash_name),
        encoded(b"\x03", b"\0" + sign(key, signed, hash_name)),
        encoded(b"\xa0", encoded(b"\x30", b"".join(c.der for c in embedded))) if embedded else b"",
    ]
    return successful_staple(encoded(b"\x30", b"".join(basic)))


def successful_staple(basic: bytes) -> bytes:
    """A successful response that contains this BasicOCSPResponse, DER."""
    body = encoded(b"\x30", asn1.encode_der(x509.ObjectIdentifier(BASIC_RESPONSE)) + encoded(b"\x04", basic))
    return encoded(b"\x30", _enumerated(0) + encoded(b"\xa0", body))


def unsuccessful_staple(status: int) -> bytes:
    """A response without a body: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized."""
    return encoded(b"\x30", _enumerated(status))


def _cert_id(certificate: Credential, issuer: Credential, hash_name: str) -> bytes:
    facts = parse_certificate(certificate.der)
    algorithm = asn1.encode_der(x509.ObjectIdentifier(_HASH_OIDS[hash_name])) + b"\x05\x00"
    hashes = (new_hash(hash_name, data).digest() for data in (facts.issuer.der, key_bits(issuer.key)))
    named = b"".join(encoded(b"\x04", digest) for digest in hashes)
    return encoded(b"\x30", encoded(b"\x30", algorithm) + named + asn1.encode_der(facts.serial))


def _status(status: Status, revoked_at: datetime, reason: int | None) -> bytes:
    if status != "revoked":
        return encoded(b"\x80" if status == "good" else b"\x82", b"")
    boxed = b"" if reason is None else encoded(b"\xa0", _enumerated(reason))
    return encoded(b"\xa1", _generalized(revoked_at) + boxed)


def _extensions(entries: Sequence[tuple[str, bool, bytes]]) -> bytes:
    whole = b"".join(encoded_extension(*entry) for entry in entries)
    return encoded(b"\xa1", encoded(b"\x30", whole)) if entries else b""


def _generalized(moment: datetime) -> bytes:
    return encoded(b"\x18", moment.strftime("%Y%m%d%H%M%SZ").encode())


def _enumerated(value: int) -> bytes:
    return bytes([0x0A, 1, value])
