"""One certificate revocation list as its DER says (RFC 5280 §5)."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from certgate.x509.der import guarded
from certgate.x509.name import Name

__all__ = ["Crl", "CrlEntry", "parse_crl"]

T = TypeVar("T", bound=x509.ExtensionType)

_PROCESSED = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.DELTA_CRL_INDICATOR,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    }
)
_PROCESSED_IN_ENTRIES = frozenset(
    {
        CRLEntryExtensionOID.CERTIFICATE_ISSUER,
        CRLEntryExtensionOID.CRL_REASON,
        CRLEntryExtensionOID.INVALIDITY_DATE,
    }
)
_CRITICAL = b"\x01\x01\xff\x04"
"""The end of the flag of a critical extension, and the tag of its value."""
_CERTIFICATE_ISSUER = bytes.fromhex("0603551d1d")
_WORTH_AN_INDEX = 64
"""Lookups from which on an index of the serials is cheaper than searching the bytes: it takes 3 s for a million."""


@dataclass(frozen=True, slots=True)
class CrlEntry:
    """What a CRL says of one certificate."""

    reason: x509.ReasonFlags
    """`unspecified` if none is given; `remove_from_crl` takes an entry of the base back (delta CRLs only)."""
    revoked_at: datetime


class Crl:
    """Facts of one CRL. Properties that have to interpret foreign bytes raise Malformed when they cannot."""

    def __init__(self, der: bytes) -> None:
        """Read the outer structure. Raises Malformed."""
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self._lookups = 0
        self._native = guarded("the CRL", lambda: x509.load_der_x509_crl(der))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crl) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def issuer(self) -> Name:
        """Who issued the CRL. Raises Malformed."""
        return Name(guarded("the issuer", self._native.issuer.public_bytes))

    @cached_property
    def this_update(self) -> datetime:
        """When it was issued, UTC. Raises Malformed."""
        return guarded("thisUpdate", lambda: self._native.last_update_utc)

    @cached_property
    def next_update(self) -> datetime | None:
        """When a newer one is due, UTC; None if it does not say. Raises Malformed."""
        return guarded("nextUpdate", lambda: self._native.next_update_utc)

    @cached_property
    def number(self) -> int | None:
        """cRLNumber. Raises Malformed."""
        value = self._read(x509.CRLNumber)
        return None if value is None else value.crl_number

    @cached_property
    def base_number(self) -> int | None:
        """BaseCRLNumber of a delta CRL; None for a complete one. Raises Malformed."""
        value = self._read(x509.DeltaCRLIndicator)
        return None if value is None else value.crl_number

    @cached_property
    def scope(self) -> x509.IssuingDistributionPoint | None:
        """issuingDistributionPoint; None if the CRL covers all that its issuer issued. Raises Malformed."""
        return self._read(x509.IssuingDistributionPoint)

    @cached_property
    def key_identifier(self) -> bytes | None:
        """The key identifier of authorityKeyIdentifier. Raises Malformed."""
        value = self._read(x509.AuthorityKeyIdentifier)
        return None if value is None else value.key_identifier

    @cached_property
    def profile_problem(self) -> str | None:
        """What it lacks of what RFC 5280 §5.2.3 demands, though validation does without: a number. Raises Malformed."""
        critical = [e.critical for e in self._extensions if e.oid == ExtensionOID.CRL_NUMBER]
        return None if critical == [False] else "cRLNumber is critical" if critical else "there is no cRLNumber"

    @cached_property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions, of the CRL or an entry, that certgate does not process. Raises Malformed.

        One of them, in whatever entry, forbids the use of the whole CRL (RFC 5280 §5.2, §5.3).
        """
        of_list = [e.oid for e in self._extensions if e.critical]
        unknown = [oid for oid in of_list if oid not in _PROCESSED]
        if self.der.count(_CRITICAL) > len(of_list):
            unknown += guarded("the entries", self._unknown_in_entries)
        return tuple(oid.dotted_string for oid in unknown)

    def entry(self, issuer: Name, serial: int) -> CrlEntry | None:
        """What the CRL says of the certificate with this issuer and serial; None if nothing. Raises Malformed.

        The usual answer, nothing, is cheap even among a million entries.
        """
        if self._names_issuers or serial <= 0:
            return self._index.get((issuer, serial))
        if issuer != self.issuer or not self._may_list(serial):
            return None
        found = guarded("the entries", lambda: self._native.get_revoked_certificate_by_serial_number(serial))
        return None if found is None else guarded("an entry", lambda: _entry(found))

    @cached_property
    def _names_issuers(self) -> bool:
        return _CERTIFICATE_ISSUER in self.der

    def _may_list(self, serial: int) -> bool:
        """Whether the serial may be among the entries; false only if it is not."""
        self._lookups += 1
        if self._lookups < _WORTH_AN_INDEX:
            return _integer(serial) in self.der
        place = bisect_left(self._hashes, hash(serial))
        return place < len(self._hashes) and self._hashes[place] == hash(serial)

    @cached_property
    def _hashes(self) -> "array[int]":
        """Hashes of all serials, sorted: 8 bytes for each, where a dictionary takes 100."""
        return guarded(
            "the entries", lambda: array("q", sorted(hash(revoked.serial_number) for revoked in self._native))
        )

    @cached_property
    def _index(self) -> dict[tuple[Name, int], CrlEntry]:
        """All entries. An entry without a certificateIssuer has that of the one before (RFC 5280 §5.3.3)."""

        def read() -> dict[tuple[Name, int], CrlEntry]:
            found: dict[tuple[Name, int], CrlEntry] = {}
            issuer = self.issuer
            for revoked in self._native:
                issuer = _certificate_issuer(revoked) or issuer
                found[issuer, revoked.serial_number] = _entry(revoked)
            return found

        return guarded("the entries", read)

    def _unknown_in_entries(self) -> list[x509.ObjectIdentifier]:
        critical = {e.oid for revoked in self._native for e in revoked.extensions if e.critical}
        return sorted(critical - _PROCESSED_IN_ENTRIES, key=str)

    @cached_property
    def _extensions(self) -> x509.Extensions:
        return guarded("the extensions", lambda: self._native.extensions)

    def _read(self, kind: type[T]) -> T | None:
        try:
            return self._extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None


def _integer(value: int) -> bytes:
    """The DER of a positive INTEGER of less than 128 octets."""
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([0x02, len(content)]) + content if len(content) < 0x80 else b""


def _entry(revoked: x509.RevokedCertificate) -> CrlEntry:
    try:
        reason = revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        reason = x509.ReasonFlags.unspecified
    return CrlEntry(reason, revoked.revocation_date_utc)


def _certificate_issuer(revoked: x509.RevokedCertificate) -> Name | None:
    try:
        names = revoked.extensions.get_extension_for_class(x509.CertificateIssuer).value
    except x509.ExtensionNotFound:
        return None
    return next((Name(n.value.public_bytes()) for n in names if isinstance(n, x509.DirectoryName)), None)


@lru_cache(maxsize=64)
def parse_crl(der: bytes) -> Crl:
    """The CRL in `der`; the same object for the same bytes. Raises Malformed."""
    return Crl(der)
