"""OCSP requests for one certificate (RFC 6960 §4.1)."""

from hashlib import sha1

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from certgate.x509.certificate import Certificate
from certgate.x509.der import guarded
from certgate.x509.key import key_bits

__all__ = ["make_ocsp_request"]


def make_ocsp_request(certificate: Certificate, issuer: Certificate, nonce: bytes = b"") -> bytes:
    """A request, DER, with `nonce` (RFC 9654) unless it is empty. The CertID uses SHA-1, which all responders support.

    Raises Malformed for a certificate for which no CertID can be made.
    """
    name, key = (sha1(d, usedforsecurity=False).digest() for d in (certificate.issuer.der, key_bits(issuer.spki)))

    def build() -> bytes:
        builder = OCSPRequestBuilder().add_certificate_by_hash(name, key, certificate.serial, SHA1())  # noqa: S303
        if nonce:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(Encoding.DER)

    return guarded("the certificate's serial number", build)
