"""A certification request (RFC 2986)."""

from datetime import timedelta
from hashlib import sha256
from typing import NoReturn

from cryptography.x509.oid import ExtensionOID

from certgate.model.observation import IssuancePlan
from certgate.x509.der import (
    INTEGER,
    SEQUENCE,
    SET,
    Element,
    NotDer,
    content_of,
    elements,
    guarded,
    oid,
    only,
    sequence,
)
from certgate.x509.errors import NotInRequest
from certgate.x509.extension import Extension, read_extension
from certgate.x509.facts import CertificateFacts
from certgate.x509.name import read_name

__all__ = ["CertificateRequest"]

_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
_SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string


class CertificateRequest(CertificateFacts):
    """Facts of a request and of its issuance plan. A fact that neither contains raises NotInRequest.

    So does an extension that the request leaves to the CA. Names are not left to the CA: a request without a
    subjectAltName requests none.
    """

    def __init__(self, der: bytes, plan: IssuancePlan | None = None) -> None:
        """Read a CertificationRequest. Raises Malformed."""
        info, self._algorithm = guarded("the certification request", lambda: _parts(der))
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.plan = plan
        self.subject = read_name(info[1].der)
        self.spki = info[2].der
        requested = guarded("the certification request", lambda: _requested_extensions(info[3:]))
        self._extensions = guarded("the list of extensions", lambda: tuple(map(read_extension, requested)))

    @property
    def is_drafted(self) -> bool:
        """Whether the request does not exist yet and has placeholders for key and signature."""
        return self.plan is not None and self.plan.is_drafted

    @property
    def lifetime(self) -> timedelta:
        """The lifetime in the issuance plan. Raises NotInRequest."""
        return (self.plan and self.plan.duration) or _absent("lifetime")

    @property
    def is_self_issued(self) -> bool:
        """True if the issuer makes self-signed certificates. Raises NotInRequest for any other issuer."""
        return (self.plan is not None and self.plan.self_signed) or _absent("issuer")

    @property
    def signature_algorithm_der(self) -> bytes:
        """The AlgorithmIdentifier of the request's own signature. Raises NotInRequest."""
        return _absent("signature yet") if self.is_drafted else self._algorithm

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The requested extensions, in order."""
        return self._extensions

    def extension(self, oid: str) -> Extension | None:
        """As for a certificate, but raises NotInRequest for an extension that is not requested, except names."""
        return super().extension(oid) or (None if oid == _SAN else _absent(f"extension {oid}: it is left to the CA"))


def _absent(what: str) -> NoReturn:
    raise NotInRequest(f"a request has no {what}")


def _parts(der: bytes) -> tuple[list[Element], bytes]:
    """The parts of the signed CertificationRequestInfo, and the signature algorithm. Raises NotDer."""
    outer = sequence(der)
    info = elements(content_of(outer[0], SEQUENCE)) if len(outer) == 3 else []
    if len(info) not in {3, 4} or info[0].tag != INTEGER:
        raise NotDer("it is not a SEQUENCE of the request, the algorithm and the signature")
    return info, outer[1].der


def _requested_extensions(attributes: list[Element]) -> list[Element]:
    """The content of the extensionRequest attribute (RFC 2985 §5.4.2), empty if there is none. Raises NotDer."""
    found: list[Element] | None = None
    for attribute in elements(content_of(attributes[0], 0xA0)) if attributes else ():
        parts = sequence(attribute.der)
        if len(parts) != 2:
            raise NotDer("an attribute of it is not a type and its values")
        if oid(parts[0]) == _EXTENSION_REQUEST:
            if found is not None:
                raise NotDer("it requests extensions twice")
            found = elements(only(content_of(parts[1], SET), SEQUENCE))
    return found or []
