"""Containers that hold certificates as a set: PKCS#7 (RFC 5652 §5.1) and PKCS#12 (RFC 7292)."""

import warnings
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import MAX_CERTIFICATES, Contents, PrivateKeyNote, UnusableInput
from certgate.observe.files.unlock import unlock_pkcs12
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["ends", "read_pkcs7", "read_pkcs12"]


def read_pkcs7(der: bytes) -> Contents:
    """The certificates of a PKCS#7 container, the leaf first. Raises UnusableInput."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = [_der(certificate) for certificate in pkcs7.load_der_pkcs7_certificates(der)]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        detail = "the PKCS#7 container cannot be read; write it again (openssl crl2pkcs7 -nocrl -certfile FILE)"
        raise UnusableInput(FailureKind.UNREADABLE, detail) from None
    return Contents(certificates=_leaf_first("PKCS#7", found), container="PKCS#7")


def read_pkcs12(der: bytes, password: bytes | None) -> Contents:
    """The certificates of a PKCS#12 container, the leaf (the key's own) first. Raises UnusableInput."""
    certificates, public_key = unlock_pkcs12(der, password)
    return Contents(
        certificates=_leaf_first("PKCS#12", certificates, public_key),
        container="PKCS#12",
        key=PrivateKeyNote(public_key),
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _leaf_first(container: str, ders: Sequence[bytes], public_key: bytes | None = None) -> tuple[bytes, ...]:
    if not ders:
        raise UnusableInput(FailureKind.NO_CERTIFICATE, f"the {container} container holds no certificate")
    if len(ders) > MAX_CERTIFICATES:
        detail = f"the {container} container holds more than {MAX_CERTIFICATES} certificates, the limit for one chain"
        raise UnusableInput(FailureKind.LIMIT, detail)
    leaf = _leaf(container, ders, public_key)
    return (leaf, *(der for der in ders if der != leaf))


def _leaf(container: str, ders: Sequence[bytes], public_key: bytes | None) -> bytes:
    """The key's certificate; without a key, the only certificate that issued no other, preferably not a CA's."""
    of_key = [der for der in ders if public_key is not None and _spki(der) == public_key]
    candidates = of_key or ends(ders)
    if len(candidates) > 1:
        candidates = [der for der in candidates if not _is_ca(der)] or candidates
    if len(candidates) != 1:
        detail = (
            f"the leaf among the {len(ders)} certificates in the {container} container is ambiguous: "
            f"{len(candidates)} of them issued none of the others; write one container per chain"
        )
        raise UnusableInput(FailureKind.UNREADABLE, detail)
    return candidates[0]


def ends(ders: Sequence[bytes]) -> list[bytes]:
    """The certificates that issued none of the others, by name, and the unreadable certificates."""
    distinct = list(dict.fromkeys(ders))
    readable = {der: certificate for der in distinct if (certificate := _parsed(der))}
    issuers = {c.issuer.der for c in readable.values() if c.subject.der != c.issuer.der}
    return [der for der in distinct if der not in readable or readable[der].subject.der not in issuers]


def _parsed(der: bytes) -> Certificate | None:
    try:
        return parse_certificate(der)
    except Malformed:
        return None


def _spki(der: bytes) -> bytes | None:
    certificate = _parsed(der)
    return certificate.spki if certificate else None


def _is_ca(der: bytes) -> bool:
    try:
        return parse_certificate(der).is_ca
    except Malformed:
        return False
