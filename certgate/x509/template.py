"""What the certificates of a CA have in common: the kind of key, and the extensions except a few values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from certgate.model.cached import cached_property
from certgate.x509.alone import reader_of
from certgate.x509.der import guarded
from certgate.x509.extension import (
    AccessDescription,
    AuthorityKeyIdentifier,
    BasicConstraints,
    Extension,
    PolicyInformation,
    Withheld,
    read_access_descriptions,
    read_authority_key_identifier,
    read_basic_constraints,
    read_crl_names,
    read_key_usage,
    read_numbers,
    read_oids,
    read_policies,
)
from certgate.x509.key import KeyKind
from certgate.x509.oids import EXTENSION_NAMES, extension_name

__all__ = ["OF_ONE", "Template", "TemplateFacts", "description", "template_of"]

_AUTHORITY_INFORMATION_ACCESS = ExtensionOID.AUTHORITY_INFORMATION_ACCESS.dotted_string
_AUTHORITY_KEY_IDENTIFIER = ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string
_BASIC_CONSTRAINTS = ExtensionOID.BASIC_CONSTRAINTS.dotted_string
_CERTIFICATE_POLICIES = ExtensionOID.CERTIFICATE_POLICIES.dotted_string
_CRL_DISTRIBUTION_POINTS = ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string
_EXTENDED_KEY_USAGE = ExtensionOID.EXTENDED_KEY_USAGE.dotted_string
_KEY_USAGE = ExtensionOID.KEY_USAGE.dotted_string
_TLS_FEATURE = ExtensionOID.TLS_FEATURE.dotted_string
OF_ONE = frozenset(
    {
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string,
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS.dotted_string,
    }
)
"""The extensions whose value is about one certificate alone."""
_STATUS_REQUEST = 5
"""The TLS feature by which a certificate requires a staple (RFC 7633 §4.2.3.1)."""
_MOST_VALUES = 64

R = TypeVar("R")
T = TypeVar("T", bound=x509.ExtensionType)


class TemplateFacts(ABC):
    """Facts of what certificates have in common.

    Properties that interpret untrusted bytes raise Malformed if they cannot; the others never raise. A damaged or
    unusual part does not make other parts unreadable.
    """

    @property
    @abstractmethod
    def key(self) -> KeyKind:
        """Facts of the subject's public key; an unknown algorithm is a fact too. Never raises."""

    @property
    @abstractmethod
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions in order. Raises Malformed if the list is unreadable or an extension has no readable OID."""

    @cached_property
    def _first_by_oid(self) -> Mapping[str, Extension]:
        return {e.oid: e for e in reversed(self.extensions)}

    def extension(self, oid: str) -> Extension | None:
        """The (first) extension with this OID as encoded. Raises Malformed if the list of extensions is unreadable."""
        return self._first_by_oid.get(oid)

    def has(self, oid: x509.ObjectIdentifier) -> bool:
        """Whether an extension with this OID is present, readable or not. Raises Malformed as `extension`."""
        return self.extension(oid.dotted_string) is not None

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """An extension's value as `reader` returns it, None if absent. Raises Malformed, whatever `reader` raises."""
        entry = self.extension(oid)
        return None if entry is None else guarded(description(entry), lambda: reader(entry.value))

    def read(self, kind: type[T]) -> T | None:
        """The library's typed value of an extension, None if absent. Raises Malformed if it cannot be read."""
        return self.value(kind.oid.dotted_string, reader_of(kind))

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


class Template(TemplateFacts):
    """What certificates have in common, without any of them. Reads each value once for all."""

    def __init__(self, key: KeyKind, extensions: tuple[Extension, ...]) -> None:
        self._key = key
        self._extensions = extensions
        self._values: dict[tuple[str, Callable[[bytes], Any]], Any] = {}

    @property
    def key(self) -> KeyKind:
        """The kind of the subject's public key."""
        return self._key

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions in order; those of one certificate alone are `Withheld`."""
        return self._extensions

    @cached_property
    def critical_extensions(self) -> tuple[Extension, ...]:
        """The extensions that are critical, in order."""
        return tuple(extension for extension in self._extensions if extension.critical)

    def value(self, oid: str, reader: Callable[[bytes], R]) -> R | None:
        """As `TemplateFacts.value`. Raises TypeError for an extension of one certificate alone."""
        if oid in OF_ONE:
            raise TypeError(f"the value of {oid} is withheld")
        try:
            known: R | None = self._values[oid, reader]
        except KeyError:
            known = super().value(oid, reader)
            if len(self._values) < _MOST_VALUES:
                self._values[oid, reader] = known
        return known


def template_of(key: KeyKind, extensions: tuple[Extension, ...]) -> Template:
    """The template of a certificate with this kind of key and these extensions; the same object for equal ones."""
    entries = tuple(_withheld(e.oid, e.critical, e.flag, e.problem) if e.oid in OF_ONE else e for e in extensions)
    return _template(key, entries)


@lru_cache(maxsize=1024)
def _template(key: KeyKind, extensions: tuple[Extension, ...]) -> Template:
    return Template(key, extensions)


@lru_cache(maxsize=64)
def _withheld(oid: str, critical: bool, flag: bytes, problem: str) -> Withheld:
    return Withheld(oid, critical, flag, problem)


_CALLED = {oid: f"the extension {extension_name(oid)}" for oid in EXTENSION_NAMES}


def description(entry: Extension) -> str:
    """How messages name an extension."""
    return _CALLED.get(entry.oid) or f"the extension {entry.oid}"
