"""Signed certificate timestamps (RFC 6962 §3.2): read from their list, and verified with a log's key."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from certgate.model.frozen import frozen
from certgate.x509.certificate import Certificate
from certgate.x509.der import OCTET_STRING, NotDer, guarded, only
from certgate.x509.errors import Malformed
from certgate.x509.key import load_public_key
from certgate.x509.signature import SignatureAlgorithm, verify_signature

__all__ = ["EMBEDDED_SCTS", "STAPLED_SCTS", "Sct", "embedded_scts", "read_scts", "signed_data", "verify_sct"]

EMBEDDED_SCTS = "1.3.6.1.4.1.11129.2.4.2"
"""OID of the certificate extension."""
STAPLED_SCTS = "1.3.6.1.4.1.11129.2.4.5"
"""OID of the extension of a single OCSP response."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000)
_PRECERT_ENTRY = 1
_ALGORITHMS = {
    (4, 3): SignatureAlgorithm("1.2.840.10045.4.3.2", "sha256"),
    (4, 1): SignatureAlgorithm("1.2.840.113549.1.1.11", "sha256"),
}
"""The two algorithms of RFC 6962 §2.1.4, by TLS numbers of hash and signature."""


@frozen(slots=True)
class Sct:
    """A log's promise to include a certificate."""

    log_id: bytes
    """SHA-256 of the log's key."""
    milliseconds: int
    """Since 1970, as signed."""
    extensions: bytes
    algorithm: tuple[int, int]
    """TLS numbers of hash and signature."""
    signature: bytes

    @property
    def timestamp(self) -> datetime:
        """When the SCT was issued, UTC; a time after the year 9999 is read as the last day of that year."""
        return _EPOCH + timedelta(milliseconds=min(self.milliseconds, _LAST))


def embedded_scts(certificate: Certificate) -> tuple[Sct, ...] | None:
    """The SCTs in the certificate's extension, None if it has no such extension. Raises Malformed."""
    extension = certificate.extension(EMBEDDED_SCTS)
    return None if extension is None else read_scts(extension.value)


@lru_cache(maxsize=64)
def read_scts(value: bytes) -> tuple[Sct, ...]:
    """The SCTs in an extension's value, at least one; several rules look at them in turn. Raises Malformed."""
    found = guarded(
        "the list of signed certificate timestamps", lambda: tuple(map(_read, _items(only(value, OCTET_STRING))))
    )
    if not found:
        raise Malformed("the SCT list is empty")
    return found


def verify_sct(sct: Sct, certificate: Certificate, issuer: Certificate, log_key: bytes) -> str | None:
    """Why an embedded SCT does not verify with the log's key (DER SubjectPublicKeyInfo); None if it does."""
    algorithm = _ALGORITHMS.get(sct.algorithm)
    if algorithm is None:
        return f"the signature algorithm {sct.algorithm} is not used by logs"
    try:
        data = signed_data(sct.milliseconds, sct.extensions, certificate.tbs_without(EMBEDDED_SCTS), issuer.spki)
        return verify_signature(algorithm, load_public_key(log_key), sct.signature, data)
    except Malformed as error:
        return f"the signature cannot be verified: {error}"


def signed_data(milliseconds: int, extensions: bytes, tbs: bytes, issuer_spki: bytes) -> bytes:
    """What a log signs for a certificate; `tbs` is the TBSCertificate without the SCT list (RFC 6962 §3.2)."""
    head = struct.pack(">BBQH", 0, 0, milliseconds, _PRECERT_ENTRY)
    entry = sha256(issuer_spki).digest() + len(tbs).to_bytes(3, "big") + tbs
    return head + entry + struct.pack(">H", len(extensions)) + extensions


def _items(data: bytes) -> Iterator[bytes]:
    """The items of a TLS list of opaque values; the lengths of the list and of each item take two octets."""
    (length,) = struct.unpack_from(">H", data)
    if length != len(data) - 2:
        raise NotDer("its length is wrong")
    position = 2
    while position < len(data):
        item, position = _opaque(data, position)
        yield item


def _opaque(data: bytes, position: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", data, position)
    end = position + 2 + length
    if end > len(data):
        raise NotDer("it is truncated")
    return data[position + 2 : end], end


def _read(item: bytes) -> Sct:
    version, log_id, milliseconds = struct.unpack_from(">B32sQ", item)
    if version != 0:
        raise NotDer(f"unknown version {version + 1}")
    extensions, position = _opaque(item, 41)
    algorithm = struct.unpack_from(">BB", item, position)
    signature, end = _opaque(item, position + 2)
    if end != len(item):
        raise NotDer("octets follow a signature")
    return Sct(log_id, milliseconds, extensions, (algorithm[0], algorithm[1]), signature)
