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
    """Facts of a request, and what is said beside it. What nobody said yet raises NotInRequest.

    So does an extension that the request leaves to the CA. Names are not left to it: a request without a
    subjectAltName asks for none.
    """

    def __init__(self, der: bytes, plan: IssuancePlan | None = None) -> None:
        """Read a CertificationRequest. Raises Malformed."""
        info, self._algorithm = guarded("the certification request", lambda: _parts(der))
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.plan = plan
        self.subject = read_name(info[1].der)
        self.spki = info[2].der
        asked = guarded("the certification request", lambda: _asked(info[3:]))
        self._extensions = guarded("the list of extensions", lambda: tuple(map(read_extension, asked)))

    @property
    def is_drafted(self) -> bool:
        """Whether it is still to be made, with stand-ins for key and signature."""
        return self.plan is not None and self.plan.is_drafted

    @property
    def lifetime(self) -> timedelta:
        """What was asked for beside the request. Raises NotInRequest."""
        return (self.plan and self.plan.duration) or _absent("lifetime")

    @property
    def is_self_issued(self) -> bool:
        """Whether its issuer lets certificates sign themselves. Raises NotInRequest where the issuer is another."""
        return (self.plan is not None and self.plan.self_signed) or _absent("issuer")

    @property
    def signature_algorithm_der(self) -> bytes:
        """Of the request's own signature. Raises NotInRequest."""
        return _absent("signature yet") if self.is_drafted else self._algorithm

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The extensions that are asked for, in order."""
        return self._extensions

    def extension(self, oid: str) -> Extension | None:
        """As of a certificate, but raises NotInRequest for what is not asked for, names excepted."""
        return super().extension(oid) or (None if oid == _SAN else _absent(f"extension {oid}: it is left to the CA"))


def _absent(what: str) -> NoReturn:
    raise NotInRequest(f"a request has no {what}")


def _parts(der: bytes) -> tuple[list[Element], bytes]:
    """The parts of what is signed, and the algorithm by which it is. Raises NotDer."""
    outer = sequence(der)
    info = elements(content_of(outer[0], SEQUENCE)) if len(outer) == 3 else []
    if len(info) not in {3, 4} or info[0].tag != INTEGER:
        raise NotDer("it is not a SEQUENCE of the request, the algorithm and the signature")
    return info, outer[1].der


def _asked(attributes: list[Element]) -> list[Element]:
    """What the extensionRequest attribute holds (RFC 2985 §5.4.2), nothing if there is none. Raises NotDer."""
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
