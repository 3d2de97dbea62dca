"""One certificate as its DER says, each part read by itself when it is asked for."""

import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtensionOID

from certgate.x509.alone import read_alone
from certgate.x509.der import INTEGER, NotDer, elements, encoded, guarded, integer, number, oid, only, sequence
from certgate.x509.errors import Malformed
from certgate.x509.extension import (
    EXTENSION_NAMES,
    AccessDescription,
    AuthorityKeyIdentifier,
    BasicConstraints,
    Extension,
    PolicyInformation,
    read_access_descriptions,
    read_authority_key_identifier,
    read_basic_constraints,
    read_crl_names,
    read_extension,
    read_key_identifier,
    read_key_usage,
    read_numbers,
    read_oids,
    read_policies,
)
from certgate.x509.frame import Frame, read_frame
from certgate.x509.general_names import GeneralName, read_general_names
from certgate.x509.key import Key, load_public_key, read_key
from certgate.x509.name import Name, read_name
from certgate.x509.signature import read_signature_algorithm
from certgate.x509.time import EncodedTime, encoded_times

__all__ = ["Certificate", "Extension", "parse_certificate"]

_AUTHORITY_INFORMATION_ACCESS = ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string
_AUTHORITY_KEY_IDENTIFIER = ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string
_BASIC_CONSTRAINTS = ExtensionOID.BASIC_CONSTRAINTS.dotted_string
_CERTIFICATE_POLICIES = ExtensionOID.CERTIFICATE_POLICIES.dotted_string
_CRL_DISTRIBUTION_POINTS = ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string
_EXTENDED_KEY_USAGE = ExtensionOID.EXTENDED_KEY_USAGE.dotted_string
_KEY_USAGE = ExtensionOID.KEY_USAGE.dotted_string
_SUBJECT_ALTERNATIVE_NAME = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string
_SUBJECT_KEY_IDENTIFIER = ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string
_TLS_FEATURE = ExtensionOID.TLS_FEATURE.dotted_string
_STATUS_REQUEST = 5
"""The TLS feature by which a certificate demands a staple (RFC 7633 §4.2.3.1)."""

T = TypeVar("T", bound=x509.ExtensionType)
R = TypeVar("R")


class Certificate:
    """Facts of one certificate (RFC 5280 §4.1). Equal when the DER is equal.

    Every property that has to interpret foreign bytes raises Malformed when it cannot; the others never raise. A part
    that is damaged or unusual makes no other part unreadable.
    """

    def __init__(self, der: bytes) -> None:
        """Tell the parts apart. Raises Malformed where that is impossible, so that it is no certificate."""
        try:
            frame = read_frame(der)
        except NotDer as error:
            raise Malformed(f"not a DER certificate: {error}") from error
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.frame: Frame = frame
        self.signature_algorithm_der = frame.algorithm.der
        self.spki = frame.spki.der
        self.subject: Name = read_name(frame.subject.der)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<Certificate {self.sha256[:12]}>"

    @cached_property
    def native(self) -> x509.Certificate:
        """The library's own object, for the library's own verifier. Raises Malformed where the library refuses it."""

        def load() -> x509.Certificate:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                return x509.load_der_x509_certificate(self.der)

        return guarded("the certificate", load)

    # --- the outer fields ---

    @cached_property
    def version(self) -> int:
        """1, 2 or 3, or what else was written. Raises Malformed."""
        field = self.frame.version
        if field is None:
            return 1
        return guarded("the version", lambda: number(only(field.content, INTEGER))) + 1

    @cached_property
    def serial(self) -> int:
        """The serial number. Raises Malformed."""
        return guarded("the serial number", lambda: integer(self.frame.serial))

    @property
    def tbs_signature_algorithm(self) -> bytes:
        """The AlgorithmIdentifier in the signed part, as encoded."""
        return self.frame.tbs_algorithm.der

    @property
    def has_unique_ids(self) -> bool:
        """Whether issuerUniqueID or subjectUniqueID is there."""
        return self.frame.issuer_id is not None or self.frame.subject_id is not None

    @property
    def validity_der(self) -> bytes:
        """The validity as encoded."""
        return self.frame.validity.der

    # --- names, dates, keys ---

    @property
    def issuer(self) -> Name:
        """The issuer."""
        return read_name(self.frame.issuer.der)

    @cached_property
    def _times(self) -> tuple[EncodedTime, EncodedTime]:
        return encoded_times(self.validity_der)

    @cached_property
    def not_before(self) -> datetime:
        """Start of validity, UTC. Raises Malformed."""
        return guarded("notBefore", self._times[0].moment)

    @cached_property
    def not_after(self) -> datetime:
        """End of validity, UTC, the second included (RFC 5280 §4.1.2.5). Raises Malformed."""
        return guarded("notAfter", self._times[1].moment)

    @property
    def lifetime(self) -> timedelta:
        """Validity period, both ends included: notAfter - notBefore + 1 s (CA/B BR §1.6.1). Raises Malformed."""
        return self.not_after - self.not_before + timedelta(seconds=1)

    @cached_property
    def key(self) -> Key:
        """Facts of the subject's public key; an unknown algorithm is a fact too. Never raises."""
        return read_key(self.spki)

    @property
    def public_key(self) -> PublicKeyTypes:
        """The usable public key. Raises Malformed."""
        return load_public_key(self.spki)

    @property
    def signature_algorithm(self) -> str:
        """Dotted OID of the algorithm of the signature on this certificate. Raises Malformed."""
        return guarded("the signature algorithm", lambda: oid(sequence(self.signature_algorithm_der)[0]))

    @property
    def signature_hash(self) -> str | None:
        """Name of the signature's hash, such as `sha256`; None if it has none (Ed25519). Raises Malformed."""
        return read_signature_algorithm(self.signature_algorithm_der).hash

    @cached_property
    def is_self_issued(self) -> bool:
        """Subject and issuer are the same name (RFC 5280 §3.2)."""
        return self.subject == self.issuer

    # --- extensions ---

    @cached_property
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions in order. Raises Malformed where there is no list of them, or one cannot be told at all."""
        field = self.frame.extensions
        if field is None:
            return ()
        return guarded("the list of extensions", lambda: tuple(map(read_extension, sequence(field.content))))

    @cached_property
    def _first_by_oid(self) -> Mapping[str, Extension]:
        return {e.oid: e for e in reversed(self.extensions)}

    def extension(self, oid: str) -> Extension | None:
        """The (first) extension with this OID as encoded. Raises Malformed where there is no list of extensions."""
        return self._first_by_oid.get(oid)

    def has(self, oid: x509.ObjectIdentifier) -> bool:
        """Whether an extension with this OID is present, readable or not. Raises Malformed as `extension`."""
        return self.extension(oid.dotted_string) is not None

    def read(self, kind: type[T]) -> T | None:
        """The library's typed value of an extension, None if absent. Raises Malformed if it cannot be read."""
        entry = self.extension(kind.oid.dotted_string)
        if entry is None:
            return None
        return guarded(_called(entry), lambda: read_alone(kind, entry))

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """What `reader` makes of an extension's value, None if absent. Raises Malformed, whatever `reader` raises."""
        entry = self.extension(oid)
        return None if entry is None else guarded(_called(entry), lambda: reader(entry.value))

    @cached_property
    def basic_constraints(self) -> BasicConstraints | None:
        """RFC 5280 §4.2.1.9. Raises Malformed."""
        return self.value(_BASIC_CONSTRAINTS, read_basic_constraints)

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints says cA. Raises Malformed."""
        constraints = self.basic_constraints
        return constraints is not None and constraints.ca

    @cached_property
    def key_usage(self) -> frozenset[str] | None:
        """Names of the asserted bits (RFC 5280 §4.2.1.3), None if the extension is absent. Raises Malformed."""
        return self.value(_KEY_USAGE, read_key_usage)

    @cached_property
    def ekus(self) -> frozenset[str] | None:
        """Dotted OIDs of extKeyUsage (RFC 5280 §4.2.1.12), None if absent. Raises Malformed."""
        usages = self.value(_EXTENDED_KEY_USAGE, read_oids)
        return None if usages is None else frozenset(usages)

    @cached_property
    def san(self) -> tuple[GeneralName, ...] | None:
        """The subject alternative names in order, damaged ones among them, None if absent. Raises Malformed."""
        return self.value(_SUBJECT_ALTERNATIVE_NAME, read_general_names)

    @property
    def san_critical(self) -> bool:
        """Whether the SAN is critical; False if absent. Raises Malformed as `extension`."""
        entry = self.extension(_SUBJECT_ALTERNATIVE_NAME)
        return entry is not None and entry.critical

    @property
    def dns_names(self) -> tuple[str, ...]:
        """dNSName values as encoded. Raises Malformed."""
        return self._names_of("DNS")

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """iPAddress values as text. Raises Malformed."""
        return self._names_of("IP")

    @property
    def uris(self) -> tuple[str, ...]:
        """uniformResourceIdentifier values as encoded. Raises Malformed."""
        return self._names_of("URI")

    def _names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(name.text for name in self.san or () if name.kind == kind)

    @cached_property
    def ski(self) -> bytes | None:
        """subjectKeyIdentifier. Raises Malformed."""
        return self.value(_SUBJECT_KEY_IDENTIFIER, read_key_identifier)

    @cached_property
    def aki(self) -> AuthorityKeyIdentifier | None:
        """authorityKeyIdentifier. Raises Malformed."""
        return self.value(_AUTHORITY_KEY_IDENTIFIER, read_authority_key_identifier)

    @cached_property
    def policy_information(self) -> tuple[PolicyInformation, ...] | None:
        """certificatePolicies in order, None if absent. Raises Malformed."""
        return self.value(_CERTIFICATE_POLICIES, read_policies)

    @property
    def policies(self) -> tuple[str, ...] | None:
        """Dotted OIDs of certificatePolicies in order, None if absent. Raises Malformed."""
        found = self.policy_information
        return None if found is None else tuple(policy.oid for policy in found)

    @cached_property
    def access_descriptions(self) -> tuple[AccessDescription, ...]:
        """authorityInfoAccess, in order. Raises Malformed."""
        return self.value(_AUTHORITY_INFORMATION_ACCESS, read_access_descriptions) or ()

    @property
    def ocsp_urls(self) -> tuple[str, ...]:
        """OCSP responders named in authorityInfoAccess. Raises Malformed."""
        return self._aia("1.3.6.1.5.5.7.48.1")

    @property
    def ca_issuer_urls(self) -> tuple[str, ...]:
        """caIssuers URLs named in authorityInfoAccess. Raises Malformed."""
        return self._aia("1.3.6.1.5.5.7.48.2")

    def _aia(self, method: str) -> tuple[str, ...]:
        found = self.access_descriptions
        return tuple(a.location.text for a in found if a.method == method and a.location.kind == "URI")

    @cached_property
    def crl_urls(self) -> tuple[str, ...]:
        """URLs named in cRLDistributionPoints. Raises Malformed."""
        names = self.value(_CRL_DISTRIBUTION_POINTS, read_crl_names) or ()
        return tuple(name.text for name in names if name.kind == "URI")

    @property
    def must_staple(self) -> bool:
        """Whether the TLS feature extension asks for status_request (RFC 7633). Raises Malformed."""
        return _STATUS_REQUEST in (self.value(_TLS_FEATURE, read_numbers) or ())

    def tbs_without(self, id: str) -> bytes:
        """The signed part without the extension `id`, which is what logs sign (RFC 6962 §3.2). Raises Malformed."""
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


_CALLED = {oid: f"the extension {name}" for oid, name in EXTENSION_NAMES.items()}


def _called(entry: Extension) -> str:
    return _CALLED.get(entry.oid) or f"the extension {entry.oid}"


@lru_cache(maxsize=2048)
def parse_certificate(der: bytes) -> Certificate:
    """The certificate in `der`; the same object for the same bytes. Raises Malformed."""
    return Certificate(der)
