"""One certificate as encoded, each part read on demand."""

import warnings
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import TypeVar

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from certgate.model.cached import cached_property
from certgate.x509.der import INTEGER, NotDer, elements, encoded, guarded, integer, number, only, sequence
from certgate.x509.errors import Malformed
from certgate.x509.extension import (
    Extension,
    read_extension,
)
from certgate.x509.facts import CertificateFacts
from certgate.x509.frame import Frame, read_frame
from certgate.x509.name import Name, read_name
from certgate.x509.template import OF_ONE, Template, template_of
from certgate.x509.time import EncodedTime, encoded_times

__all__ = ["Certificate", "Extension", "parse_certificate"]

R = TypeVar("R")
_in_common = attrgetter(
    "template", "issuer.der", "is_self_issued", "version", "frame.algorithm.der", "frame.tbs_algorithm.der"
)


class Certificate(CertificateFacts):
    """Facts of one certificate (RFC 5280 §4.1). Equal when the DER is equal.

    Properties that interpret untrusted bytes raise Malformed if they cannot; the others never raise. A damaged or
    unusual part does not make other parts unreadable.
    """

    def __init__(self, der: bytes) -> None:
        """Split the certificate into its parts. Raises Malformed if that fails: then it is not a certificate."""
        try:
            frame = read_frame(der)
        except NotDer as error:
            raise Malformed(f"not a DER certificate: {error}") from error
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self._hash = hash(self.sha256)
        self.frame: Frame = frame
        self.spki = frame.spki.der
        self.subject: Name = read_name(frame.subject.der)
        self.issuer: Name = read_name(frame.issuer.der)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Certificate) and self.der == other.der)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Callable[[bytes], "Certificate"], tuple[bytes]]:
        """Pickle the DER."""
        return parse_certificate, (self.der,)

    def __repr__(self) -> str:
        return f"<Certificate {self.sha256[:12]}>"

    @cached_property
    def native(self) -> x509.Certificate:
        """The library's object, for the library's verifier. Raises Malformed if the library refuses the certificate."""

        def load() -> x509.Certificate:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                return x509.load_der_x509_certificate(self.der)

        return guarded("the certificate", load)

    # --- the outer fields ---

    @cached_property
    def version(self) -> int:
        """1, 2 or 3, or any other encoded version. Raises Malformed."""
        field = self.frame.version
        return 1 if field is None else _version(field.content)

    @cached_property
    def serial(self) -> int:
        """The serial number. Raises Malformed."""
        return guarded("the serial number", lambda: integer(self.frame.serial))

    @property
    def signature_algorithm_der(self) -> bytes:
        """The AlgorithmIdentifier of its signature, as encoded."""
        return self.frame.algorithm.der

    @property
    def tbs_signature_algorithm(self) -> bytes:
        """The AlgorithmIdentifier in the signed part, as encoded."""
        return self.frame.tbs_algorithm.der

    @property
    def has_unique_ids(self) -> bool:
        """Whether issuerUniqueID or subjectUniqueID is present."""
        return self.frame.issuer_id is not None or self.frame.subject_id is not None

    @property
    def validity_der(self) -> bytes:
        """The validity as encoded."""
        return self.frame.validity.der

    # --- names, dates, keys ---

    @cached_property
    def times(self) -> tuple[EncodedTime, EncodedTime]:
        """notBefore and notAfter as encoded. Raises Malformed."""
        return encoded_times(self.frame.validity.content)

    @cached_property
    def not_before(self) -> datetime:
        """Start of validity, UTC. Raises Malformed."""
        return guarded("notBefore", self.times[0].moment)

    @cached_property
    def not_after(self) -> datetime:
        """End of validity, UTC, the second included (RFC 5280 §4.1.2.5). Raises Malformed."""
        return guarded("notAfter", self.times[1].moment)

    @cached_property
    def lifetime(self) -> timedelta:
        """Validity period, both ends included: notAfter - notBefore + 1 s (CA/B BR §1.6.1). Raises Malformed."""
        return self.not_after - self.not_before + timedelta(seconds=1)

    @cached_property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280 §3.2)."""
        return self.subject == self.issuer

    # --- extensions ---

    @cached_property
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions in order. Raises Malformed if the list is unreadable or an extension has no readable OID."""
        field = self.frame.extensions
        if field is None:
            return ()
        return guarded("the list of extensions", lambda: tuple(map(_known_extension, sequence(field.content))))

    @cached_property
    def template(self) -> Template:
        """What it has in common with others that its CA issues alike. Raises Malformed as `extensions`."""
        return template_of(self.key.kind, self.extensions)

    @cached_property
    def in_common(self) -> Hashable:
        """Equal for certificates that differ in what is of one of them alone. Raises Malformed."""
        return _in_common(self)

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """As `TemplateFacts.value`; what others have too is read once for all of them."""
        return super().value(oid, reader) if oid in OF_ONE else self.template.value(oid, reader)

    def tbs_without(self, id: str) -> bytes:
        """The TBSCertificate without the extension `id`, as CT logs sign it (RFC 6962 §3.2). Raises Malformed."""
        field = self.frame.extensions

        def cut() -> bytes:
            tbs = self.frame.tbs.content
            if field is None:
                return self.frame.tbs.der
            kept = b"".join(e.der for e in sequence(field.content) if read_extension(e).oid != id)
            rest = encoded(b"\xa3", encoded(b"\x30", kept)) if kept else b""
            before = b"".join(e.der for e in elements(tbs) if e.tag != field.tag)
            return encoded(b"\x30", before + rest)

        return guarded("the signed part", cut)


@lru_cache(maxsize=64)
def _version(content: bytes) -> int:
    """The number in the field of the version. Raises Malformed."""
    return guarded("the version", lambda: number(only(content, INTEGER))) + 1


_known_extension = lru_cache(maxsize=4096)(read_extension)
"""The same object for the same bytes: most extensions are the same in all certificates of a CA."""


@lru_cache(maxsize=2048)
def parse_certificate(der: bytes) -> Certificate:
    """The certificate in `der`; the same object for the same bytes. Raises Malformed."""
    return Certificate(der)
