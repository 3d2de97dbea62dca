"""Links: whether one certificate's signature verifies with another's key."""

from functools import lru_cache

from cryptography.hazmat import asn1

from certgate.x509.certificate import Certificate
from certgate.x509.der import BIT_STRING, Element, NotDer, bits, content_of, elements, guarded, sequence
from certgate.x509.errors import Malformed
from certgate.x509.general_names import read_general_name
from certgate.x509.key import load_public_key
from certgate.x509.name import Name
from certgate.x509.signature import read_signature_algorithm, verify_signature

__all__ = [
    "inherited",
    "is_self_signed",
    "issuer_ids_differ",
    "key_ids_differ",
    "may_issue",
    "verify_certificate",
    "verify_link",
    "verify_signed",
]


@asn1.sequence
class _Spki:
    algorithm: asn1.TLV
    key: asn1.BitString


_UNREADABLE = "the signature cannot be read"
_DSA = bytes.fromhex("06072a8648ce380401")
"""The DER of the OID id-dsa."""


@lru_cache(maxsize=2048)
def verify_link(certificate: Certificate, issuer: Certificate) -> str | None:
    """Why the signature on `certificate` does not verify with the key of `issuer`; None if it does. Never raises."""
    return verify_certificate(certificate, issuer.spki)


def verify_certificate(certificate: Certificate, spki: bytes) -> str | None:
    """As `verify_signed`, with the parts of a certificate that are known already."""
    frame = certificate.frame
    return _verify(frame.tbs, frame.algorithm, frame.signature, spki)


def verify_signed(der: bytes, spki: bytes) -> str | None:
    """Why the signature on a certificate, request or CRL does not verify with the key in `spki`; None if it does.

    Weak hashes and keys are accepted here: other rules check them. Never raises.
    """
    try:
        data, algorithm, signature = sequence(der)
    except ValueError:
        return _UNREADABLE
    return _verify(data, algorithm, signature, spki)


def _verify(data: Element, algorithm: Element, signature: Element, spki: bytes) -> str | None:
    """Verifies SIGNED{} of X.509, the three parts that certificates and CRLs share (RFC 5280 §4.1, §5.1)."""
    try:
        octets, unused = bits(content_of(signature, BIT_STRING))
    except NotDer:
        return _UNREADABLE
    try:
        named = read_signature_algorithm(algorithm.der)
        key = load_public_key(spki, "the issuer's key")
    except Malformed as error:
        return str(error)
    if unused:
        return "the signature is not a whole number of octets"
    return verify_signature(named, key, octets, data.der)


def is_self_signed(certificate: Certificate) -> bool:
    """Whether the certificate verifies with its own key (RFC 5280 §3.2). Never raises."""
    return certificate.is_self_issued and verify_link(certificate, certificate) is None


def may_issue(issuer: Certificate, certificate: Certificate) -> bool:
    """Whether names link and key identifiers, if both are present, do not differ. Never raises."""
    return issuer.subject == certificate.issuer and not key_ids_differ(certificate, issuer)


def key_ids_differ(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether authority and subject key identifier are both present and differ. Never raises."""
    try:
        authority_id = certificate.aki.key_identifier if certificate.aki else None
        subject_id = issuer.ski
    except Malformed:
        return False
    return authority_id is not None and subject_id is not None and authority_id != subject_id


def issuer_ids_differ(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the authority key identifier names another issuer name or serial number (RFC 5280 §4.2.1.1).

    Raises Malformed.
    """
    identified = certificate.aki
    if identified is None:
        return False
    serial = identified.authority_cert_serial_number
    if serial is not None and int.from_bytes(serial, "big", signed=True) != issuer.serial:
        return True
    if identified.authority_cert_issuer is None:
        return False
    named = identified.authority_cert_issuer
    names = guarded("the issuer's name", lambda: elements(named))
    found = (read_general_name(name).value for name in names)
    first = next((name for name in found if isinstance(name, Name)), None)
    return first is not None and first != issuer.issuer


def inherited(spki: bytes, working: bytes) -> bytes:
    """A key completed with the DSA parameters of `working`; empty if there is nothing to inherit. Never raises."""
    if _DSA not in spki[:16] or not working:
        return b""
    try:
        own = asn1.decode_der(_Spki, spki)
        if bytes(own.algorithm.data) != _DSA:
            return b""
        above = asn1.decode_der(_Spki, working)
    except ValueError:
        return b""
    if not bytes(above.algorithm.data).startswith(_DSA):
        return b""
    return asn1.encode_der(_Spki(algorithm=above.algorithm, key=own.key))
