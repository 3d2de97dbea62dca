"""A certification request as the certificate that it asks for (RFC 2986): what the CA adds is not there."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NoReturn

from cryptography.x509.oid import ExtensionOID

from certgate.model.observation import IssuancePlan
from certgate.x509.certificate import Certificate, Extension
from certgate.x509.der import (
    INTEGER,
    SEQUENCE,
    SET,
    NotDer,
    content_of,
    elements,
    encoded,
    guarded,
    oid,
    only,
    sequence,
)
from certgate.x509.errors import NotInRequest
from certgate.x509.name import Name

__all__ = ["Request"]

_VERSION_3 = bytes.fromhex("a003020102")
_SERIAL = bytes.fromhex("020101")
_NO_NAME = bytes.fromhex("3000")
_VALIDITY = bytes.fromhex("301e170d3235303130313030303030305a170d3235303130313030303030305a")
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
_SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string


class Request(Certificate):
    """A request, read as a certificate of which only subject, key and the extensions asked for exist.

    Every other fact raises NotInRequest; so does an extension that the request leaves to the CA. Names are not left
    to it: a request without a subjectAltName asks for none.
    """

    def __init__(self, der: bytes, plan: IssuancePlan | None = None) -> None:
        """Read a CertificationRequest. Raises Malformed."""
        super().__init__(guarded("the certification request", lambda: _as_certificate(der)))
        self.request = der
        self.plan = plan
        self._is_drafted = plan is not None and plan.is_drafted
        self.sha256 = sha256(der).hexdigest()

    @property
    def version(self) -> int:
        """Raises NotInRequest."""
        _absent("version of a certificate")

    @property
    def serial(self) -> int:
        """Raises NotInRequest."""
        _absent("serial number")

    @property
    def has_unique_ids(self) -> bool:
        """Raises NotInRequest."""
        _absent("unique identifiers")

    @property
    def validity_der(self) -> bytes:
        """Raises NotInRequest."""
        _absent("dates")

    @property
    def tbs_signature_algorithm(self) -> bytes:
        """Raises NotInRequest."""
        _absent("signature of a CA")

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
        return (self.plan and self.plan.duration) or _absent("lifetime")

    @property
    def signature_algorithm(self) -> str:
        """Of the request's own signature. Raises NotInRequest, Malformed."""
        return _absent("signature yet") if self._is_drafted else super().signature_algorithm

    @property
    def signature_algorithm_der(self) -> bytes:
        """Of the request's own signature. Raises NotInRequest."""
        return _absent("signature yet") if self._is_drafted else self._signature_algorithm

    @signature_algorithm_der.setter
    def signature_algorithm_der(self, der: bytes) -> None:
        self._signature_algorithm = der

    def extension(self, oid: str) -> Extension | None:
        """As of a certificate, but raises NotInRequest for what is not asked for, names excepted."""
        return super().extension(oid) or (None if oid == _SAN else _absent(f"extension {oid}: it is left to the CA"))


def _absent(what: str) -> NoReturn:
    raise NotInRequest(f"a request has no {what}")


def _as_certificate(der: bytes) -> bytes:
    """A certificate with the request's subject, key and extensions, and stand-ins for the rest. Raises NotDer."""
    outer = sequence(der)
    info = elements(content_of(outer[0], SEQUENCE)) if len(outer) == 3 else []
    if len(info) not in {3, 4} or info[0].tag != INTEGER:
        raise NotDer("it is not a SEQUENCE of the request, the algorithm and the signature")
    _, subject, spki, *attributes = info
    _, algorithm, signature = outer
    asked = _extensions(content_of(attributes[0], 0xA0)) if attributes else b""
    extensions = encoded(b"\xa3", asked) if asked else b""
    parts = (_VERSION_3, _SERIAL, algorithm.der, _NO_NAME, _VALIDITY, subject.der, spki.der, extensions)
    return encoded(b"\x30", encoded(b"\x30", b"".join(parts)) + algorithm.der + signature.der)


def _extensions(attributes: bytes) -> bytes:
    """The list of extensions of the extensionRequest attribute (RFC 2985 §5.4.2), empty if none. Raises NotDer."""
    found = b""
    for attribute in elements(attributes):
        parts = sequence(attribute.der)
        if len(parts) != 2:
            raise NotDer("an attribute of it is not a type and its values")
        if oid(parts[0]) == _EXTENSION_REQUEST:
            if found:
                raise NotDer("it asks for extensions twice")
            found = encoded(b"\x30", only(content_of(parts[1], SET), SEQUENCE))
    return found
