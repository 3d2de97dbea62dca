"""One element of DER: a certificate, a request, a CRL, an OCSP response, a PKCS#7 or a PKCS#12 container."""

from certgate.model.observation import FailureKind
from certgate.model.published import Published
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.files.formats import Form, form_of, is_cut_short, length_announced
from certgate.observe.files.pkcs import read_pkcs7, read_pkcs12
from certgate.x509.crl_frame import looks_like_crl
from certgate.x509.errors import Malformed
from certgate.x509.request import CertificateRequest

__all__ = ["read_binary"]


def read_binary(data: bytes, password: bytes | None) -> Contents:
    """Read a file that is not PEM. Raises UnusableInput."""
    match form_of(data):
        case Form.PKCS12:
            return read_pkcs12(data, password)
        case Form.PKCS7:
            return read_pkcs7(data)
        case Form.ELEMENT | Form.OCSP:
            return _of_element(data)
        case Form.JAVA:
            raise UnusableInput(
                FailureKind.UNSUPPORTED,
                "the input is a Java key store, which certgate does not read: convert it to PKCS#12 (keytool "
                "-importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12)",
            )
        case Form.UTF_16:
            raise UnusableInput(FailureKind.UNSUPPORTED, "the input is UTF-16 text: save it as ASCII")
        case Form.UNKNOWN as unknown:
            raise UnusableInput(FailureKind.NO_CERTIFICATE, f"the input holds {unknown.text}")
        case other:
            raise UnusableInput(FailureKind.NO_CERTIFICATE, f"the input holds only {other.text}, no certificate")


def _of_element(data: bytes) -> Contents:
    announced = length_announced(data)
    if is_cut_short(data):
        detail = f"the input is truncated: {announced} bytes of DER are announced, {len(data)} are there"
        raise UnusableInput(FailureKind.UNREADABLE, detail)
    if rest := len(data) - announced:
        detail = f"{rest} bytes follow the certificate: a DER file holds one certificate; use PEM for a chain"
        if form_of(data) is Form.OCSP or looks_like_crl(data[:announced]):
            detail = f"{rest} bytes follow the end of its contents: write the file again"
        raise UnusableInput(FailureKind.UNREADABLE, detail)
    if form_of(data) is Form.OCSP:
        return Contents(published=Published(Role.OCSP, data))
    if looks_like_crl(data):
        return Contents(published=Published(Role.CRL, data))
    return Contents(request=data) if _is_request(data) else Contents(certificates=(data,))


def _is_request(data: bytes) -> bool:
    try:
        CertificateRequest(data)
    except Malformed:
        return False
    return True
