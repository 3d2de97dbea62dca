"""A certification request as the certificate that it asks for (RFC 2986): what the CA adds is not there."""

from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, NoReturn

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtensionOID

from certgate.model.observation import Plan
from certgate.x509 import der as raw
from certgate.x509.certificate import Certificate, Extension
from certgate.x509.errors import Malformed, NotInRequest
from certgate.x509.name import Name

__all__ = ["Request"]

_OF_THE_CA = {
    "version": "version of a certificate",
    "serial": "serial number",
    "has_unique_ids": "unique identifiers",
    "validity_der": "dates",
    "tbs_signature_algorithm": "signature of a CA",
}
_STAND_IN_VALIDITY = bytes.fromhex("301e170d3235303130313030303030305a170d3235303130313030303030305a")
_EXTENSION_REQUEST = x509.ObjectIdentifier("1.2.840.113549.1.9.14")
_SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string


@asn1.sequence
class _Info:
    version: int
    subject: asn1.TLV
    spki: asn1.TLV
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]


@asn1.sequence
class _Signed:
    info: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class _Extensions:
    extensions: list[raw.RawExtension]


class Request(Certificate):
    """A request, read as a certificate of which only subject, key and the extensions asked for exist.

    Every other fact raises NotInRequest; so does an extension that the request leaves to the CA. Names are not left
    to it: a request without a subjectAltName asks for none.
    """

    def __init__(self, der: bytes, plan: Plan | None = None) -> None:
        """Read a CertificationRequest. With a `plan`, its key and its signature are stand-ins. Raises Malformed."""
        try:
            super().__init__(_as_certificate(der))
        except (ValueError, TypeError, x509.InvalidVersion) as error:
            raise Malformed(f"the certification request cannot be read: {error}") from error
        self.request = der
        self.plan = plan
        self.sha256 = sha256(der).hexdigest()
        for name in _OF_THE_CA:
            delattr(self, name)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_THE_CA:
            _absent(_OF_THE_CA[name])
        raise AttributeError(name)

    @cached_property
    def native(self) -> x509.Certificate:
        """The stand-in certificate. Raises Malformed."""
        try:
            return x509.load_der_x509_certificate(self.der)
        except Exception as error:
            raise Malformed(f"the certification request cannot be read: {error}") from error

    @property
    def issuer(self) -> Name:
        """Raises NotInRequest."""
        _absent("issuer")

    @property
    def is_self_issued(self) -> bool:
        """Raises NotInRequest."""
        _absent("issuer")

    @property
    def not_before(self) -> datetime:
        """Raises NotInRequest."""
        _absent("dates")

    @property
    def not_after(self) -> datetime:
        """Raises NotInRequest."""
        _absent("dates")

    @property
    def lifetime(self) -> timedelta:
        """What was asked for beside the request. Raises NotInRequest."""
        return self.plan.duration if self.plan else _absent("lifetime")

    @property
    def signature_algorithm(self) -> str:
        """Of the request's own signature. Raises NotInRequest, Malformed."""
        return _absent("signature yet") if self.plan else super().signature_algorithm

    @property
    def signature_algorithm_der(self) -> bytes:
        """Of the request's own signature. Raises NotInRequest."""
        return _absent("signature yet") if self.plan else self._signature_algorithm

    @signature_algorithm_der.setter
    def signature_algorithm_der(self, der: bytes) -> None:
        self._signature_algorithm = der

    def extension(self, oid: str) -> Extension | None:
        """As of a certificate, but raises NotInRequest for what is not asked for, names excepted."""
        return super().extension(oid) or (None if oid == _SAN else _absent(f"extension {oid}: it is left to the CA"))


def _absent(what: str) -> NoReturn:
    raise NotInRequest(f"a request has no {what}")


def _as_certificate(der: bytes) -> bytes:
    """A certificate with the request's subject, key and extensions, and stand-ins for the rest. Raises ValueError."""
    outer = asn1.decode_der(_Signed, der)
    info = outer.info.parse(_Info)
    extensions = _extensions(x509.load_der_x509_csr(der))
    tbs = raw.RawTbs(
        version=2,
        serial=1,
        signature=outer.algorithm,
        issuer=asn1.decode_der(asn1.TLV, b"\x30\x00"),
        validity=asn1.decode_der(asn1.TLV, _STAND_IN_VALIDITY),
        subject=info.subject,
        spki=info.spki,
        issuer_unique_id=None,
        subject_unique_id=None,
        extensions=extensions or None,
    )
    certificate = raw.RawCertificate(tbs=tbs, signature_algorithm=outer.algorithm, signature=outer.signature)
    return asn1.encode_der(certificate)


def _extensions(csr: x509.CertificateSigningRequest) -> list[raw.RawExtension]:
    """What the extensionRequest attribute holds (RFC 2985 §5.4.2). Raises ValueError."""
    try:
        attribute = csr.attributes.get_attribute_for_oid(_EXTENSION_REQUEST)
    except x509.AttributeNotFound:
        return []
    return asn1.decode_der(_Extensions, raw.wrapped(raw.encoded(b"\x30", attribute.value))).extensions
