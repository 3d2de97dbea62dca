"""The contents of a caIssuers URL (RFC 5280 §4.2.2.1): one certificate, or a PKCS#7 bundle of them."""

from cryptography.hazmat.primitives.serialization import Encoding

from certgate.x509.certificate import parse_certificate
from certgate.x509.der import guarded
from certgate.x509.errors import Malformed

__all__ = ["MAX_CERTIFICATES", "certificates_in"]

MAX_CERTIFICATES = 16
"""The maximum number of certificates read from a bundle; one would suffice."""


def certificates_in(content: bytes) -> tuple[bytes, ...]:
    """The certificates in `content`, DER. Raises Malformed if it is neither a certificate nor a bundle."""
    try:
        return (parse_certificate(content).der,)
    except Malformed as error:
        from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

        try:
            bundle = guarded("the bundle", lambda: load_der_pkcs7_certificates(content))
        except Malformed:
            raise error from None
        return tuple(c.public_bytes(Encoding.DER) for c in bundle[:MAX_CERTIFICATES])
