"""OCSP responses with exactly the contents asked for, faults included."""

from collections.abc import Sequence
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
    element,
    issue,
    key_bits,
    key_id,
    sign,
)
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import RawExtension
from certgate.x509.ocsp_der import (
    BASIC_RESPONSE,
    RawBasicResponse,
    RawCertId,
    RawEnvelope,
    RawReason,
    RawResponseBytes,
    RawRevoked,
    RawSingle,
    RawTbsResponse,
)

__all__ = ["issue_responder", "make_staple", "unsuccessful_staple"]

Status = Literal["good", "revoked", "unknown"]
_HASH_OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}


def issue_responder(issuer: Credential, name: str = "OCSP responder", **options: Any) -> Credential:
    """A delegated responder as CA/B BR §7.1.2.8 wants it; `options` go to `issue`."""
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
) -> bytes:
    """A successful response about `leaf`, issued by `issuer`, that is right at `CLOCK` by default.

    The issuer signs, or `responder`, a delegate that is then embedded (`embed` replaces what is embedded).
    `signing_key` replaces the signer's key, to break the signature. `produced_at` is `this_update` unless given.
    `also` are further certificates of the issuer that the response calls good before it comes to `leaf`.
    `extensions` and `single_extensions` are (oid, critical, DER); `reason` is a CRLReason.
    """
    signer = responder or issuer
    key = signing_key or signer.key
    single = _single(leaf, issuer, id_hash, _status(status, revoked_at, reason), this_update, next_update)
    single.extensions = _extensions(single_extensions)
    good: Any = asn1.Variant(asn1.Null(), "good")
    others = [_single(other, issuer, id_hash, good, this_update, next_update) for other in also]
    name: Any = asn1.Variant(element(parse_certificate(signer.der).subject.der), "name")
    tbs = RawTbsResponse(
        version=version - 1,
        responder=name if by_name else asn1.Variant(key_id(signer.key), "key"),
        produced_at=asn1.GeneralizedTime(produced_at or this_update),
        responses=[element(asn1.encode_der(s)) for s in (*others, single)],
        extensions=_extensions(extensions),
    )
    encoded = asn1.encode_der(tbs)
    embedded = embed if embed is not None else ([responder] if responder else [])
    basic = RawBasicResponse(
        tbs=element(encoded),
        signature_algorithm=element(algorithm_identifier(key, hash_name)),
        signature=asn1.BitString(sign(key, encoded, hash_name), 0),
        certificates=[element(c.der) for c in embedded] or None,
    )
    body = RawResponseBytes(response_type=BASIC_RESPONSE, response=asn1.encode_der(basic))
    return asn1.encode_der(RawEnvelope(status=_enumerated(0), response_bytes=body))


def unsuccessful_staple(status: int) -> bytes:
    """A response without a body: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized."""
    return asn1.encode_der(RawEnvelope(status=_enumerated(status), response_bytes=None))


def _single(
    leaf: Credential,
    issuer: Credential,
    id_hash: str,
    status: Any,
    this_update: datetime,
    next_update: datetime | None,
) -> RawSingle:
    oid = asn1.encode_der(x509.ObjectIdentifier(_HASH_OIDS[id_hash])) + b"\x05\x00"
    cert_id = RawCertId(
        algorithm=element(bytes([0x30, len(oid)]) + oid),
        issuer_name_hash=new_hash(id_hash, parse_certificate(leaf.der).issuer.der).digest(),
        issuer_key_hash=new_hash(id_hash, key_bits(issuer.key)).digest(),
        serial=parse_certificate(leaf.der).serial,
    )
    end = None if next_update is None else asn1.GeneralizedTime(next_update)
    start = asn1.GeneralizedTime(this_update)
    return RawSingle(cert_id=cert_id, status=status, this_update=start, next_update=end, extensions=None)


def _status(status: Status, revoked_at: datetime, reason: int | None) -> Any:
    if status != "revoked":
        return asn1.Variant(asn1.Null(), status)
    boxed = None if reason is None else RawReason(value=_enumerated(reason))
    return asn1.Variant(RawRevoked(time=asn1.GeneralizedTime(revoked_at), reason=boxed), "revoked")


def _extensions(entries: Sequence[tuple[str, bool, bytes]]) -> list[RawExtension] | None:
    found = [RawExtension(extn_id=x509.ObjectIdentifier(o), critical=c, extn_value=v) for o, c, v in entries]
    return found or None


def _enumerated(value: int) -> Any:
    return element(bytes([0x0A, 1, value]))
