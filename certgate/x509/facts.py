"""The facts that certificates and requests share: names, key, extensions, signature algorithm."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtensionOID

from certgate.x509.alone import read_alone
from certgate.x509.der import guarded, oid, sequence
from certgate.x509.extension import (
    AccessDescription,
    AuthorityKeyIdentifier,
    BasicConstraints,
    Extension,
    PolicyInformation,
    read_access_descriptions,
    read_authority_key_identifier,
    read_basic_constraints,
    read_crl_names,
    read_key_identifier,
    read_key_usage,
    read_numbers,
    read_oids,
    read_policies,
)
from certgate.x509.general_names import GeneralName, read_general_names
from certgate.x509.key import Key, load_public_key, read_key
from certgate.x509.name import Name
from certgate.x509.oids import EXTENSION_NAMES, extension_name
from certgate.x509.signature import read_signature_algorithm

__all__ = ["CertificateFacts"]

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
"""The TLS feature by which a certificate requires a staple (RFC 7633 §4.2.3.1)."""

T = TypeVar("T", bound=x509.ExtensionType)
R = TypeVar("R")


class CertificateFacts(ABC):
    """Facts of an issued or a requested certificate.

    Properties that interpret untrusted bytes raise Malformed if they cannot; the others never raise. A damaged or
    unusual part does not make other parts unreadable.
    """

    sha256: str
    subject: Name
    spki: bytes
    """SubjectPublicKeyInfo."""

    @property
    @abstractmethod
    def lifetime(self) -> timedelta:
        """Validity period, both ends included. Raises Malformed."""

    @property
    @abstractmethod
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280 §3.2)."""

    @property
    @abstractmethod
    def signature_algorithm_der(self) -> bytes:
        """The AlgorithmIdentifier of its signature. Raises Malformed."""

    @property
    @abstractmethod
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions in order. Raises Malformed if the list is unreadable or an extension has no readable OID."""

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
        """Dotted OID of its signature algorithm. Raises Malformed."""
        return guarded("the signature algorithm", lambda: oid(sequence(self.signature_algorithm_der)[0]))

    @property
    def signature_hash(self) -> str | None:
        """Name of the signature's hash, such as `sha256`; None if it has none (Ed25519). Raises Malformed."""
        return read_signature_algorithm(self.signature_algorithm_der).hash

    @cached_property
    def _first_by_oid(self) -> Mapping[str, Extension]:
        return {e.oid: e for e in reversed(self.extensions)}

    def extension(self, oid: str) -> Extension | None:
        """The (first) extension with this OID as encoded. Raises Malformed if the list of extensions is unreadable."""
        return self._first_by_oid.get(oid)

    def has(self, oid: x509.ObjectIdentifier) -> bool:
        """Whether an extension with this OID is present, readable or not. Raises Malformed as `extension`."""
        return self.extension(oid.dotted_string) is not None

    def read(self, kind: type[T]) -> T | None:
        """The library's typed value of an extension, None if absent. Raises Malformed if it cannot be read."""
        entry = self.extension(kind.oid.dotted_string)
        if entry is None:
            return None
        return guarded(_description(entry), lambda: read_alone(kind, entry))

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """An extension's value as `reader` returns it, None if absent. Raises Malformed, whatever `reader` raises."""
        entry = self.extension(oid)
        return None if entry is None else guarded(_description(entry), lambda: reader(entry.value))

    @cached_property
    def basic_constraints(self) -> BasicConstraints | None:
        """RFC 5280 §4.2.1.9. Raises Malformed."""
        return self.value(_BASIC_CONSTRAINTS, read_basic_constraints)

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints sets cA. Raises Malformed."""
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
        """The subject alternative names in order, including damaged ones, None if absent. Raises Malformed."""
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
        """Whether the TLS feature extension contains status_request (RFC 7633). Raises Malformed."""
        return _STATUS_REQUEST in (self.value(_TLS_FEATURE, read_numbers) or ())


_CALLED = {oid: f"the extension {extension_name(oid)}" for oid in EXTENSION_NAMES}


def _description(entry: Extension) -> str:
    return _CALLED.get(entry.oid) or f"the extension {entry.oid}"
