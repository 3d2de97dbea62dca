"""One certificate revocation list as encoded (RFC 5280 §5), each part read on its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from certgate.model.cached import cached_property
from certgate.model.frozen import frozen
from certgate.x509.crl_entries import Entry, reason_name
from certgate.x509.crl_frame import read_crl_frame
from certgate.x509.crl_survey import Survey
from certgate.x509.der import INTEGER, NotDer, guarded, number, only, sequence
from certgate.x509.distribution_point import CrlScope, read_crl_scope
from certgate.x509.errors import Malformed
from certgate.x509.extension import Extension, read_authority_key_identifier, read_extension
from certgate.x509.general_names import read_general_names
from certgate.x509.name import Name, read_name
from certgate.x509.signature import read_signature_algorithm
from certgate.x509.time import EncodedTime

__all__ = ["Crl", "CrlEntry", "parse_crl", "parse_published_crl"]

R = TypeVar("R")

_KEY_IDENTIFIER, _NUMBER, _DELTA, _SCOPE = "2.5.29.35", "2.5.29.20", "2.5.29.27", "2.5.29.28"
_PROCESSED = frozenset({_KEY_IDENTIFIER, _NUMBER, _DELTA, _SCOPE, "2.5.29.18", "2.5.29.46"})
"""Includes issuerAltName and freshestCRL, which do not limit the CRL."""
_REASON, _CERTIFICATE_ISSUER = "2.5.29.21", "2.5.29.29"
_PROCESSED_IN_ENTRIES = frozenset({_REASON, "2.5.29.24", _CERTIFICATE_ISSUER})
"""Includes invalidityDate."""
_CERTIFICATE_ISSUER_OID = bytes.fromhex("0603551d1d")
_PROCESSED_OIDS = frozenset({bytes.fromhex("0603551d15"), bytes.fromhex("0603551d18"), _CERTIFICATE_ISSUER_OID})


@frozen(slots=True)
class CrlEntry:
    """What a CRL says about one certificate."""

    reason: str
    """The CRLReason's name, `unspecified` if there is none. An unreadable reason is described."""
    revoked_at: datetime | None
    """None if the date is unreadable."""

    @property
    def removes_entry(self) -> bool:
        """Whether it removes an entry of the base CRL (removeFromCRL: delta CRLs only)."""
        return self.reason == "removeFromCRL"


class Crl:
    """Facts of one CRL. Properties that interpret untrusted bytes raise Malformed if they cannot."""

    def __init__(self, der: bytes, *, for_clients: bool = True) -> None:
        """Read the outer structure. Raises Malformed.

        Clients refuse a CRL of an unknown version or with two different algorithms; without `for_clients` it is read.
        """
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        try:
            self._frame = read_crl_frame(der)
        except NotDer as error:
            raise Malformed(f"the CRL cannot be read: {error}") from error
        if for_clients and self.algorithms_differ:
            raise Malformed("the two signature algorithms of the CRL differ")
        if for_clients and self._frame.version not in {None, 1, 2}:
            raise Malformed(f"the CRL has the unknown version {self._frame.version}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crl) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def issuer(self) -> Name:
        """Who issued the CRL. Never raises."""
        return read_name(self._frame.issuer)

    @property
    def version(self) -> int:
        """The version; 1 if none is encoded."""
        return self._frame.version or 1

    @property
    def algorithms_differ(self) -> bool:
        """Whether the two signature algorithm fields are not the same, byte for byte (RFC 5280 §5.1.1.2)."""
        return self._frame.algorithm != self._frame.outer_algorithm

    @property
    def signature_algorithm(self) -> str:
        """Dotted OID of its signature algorithm. Raises Malformed."""
        return read_signature_algorithm(self._frame.algorithm).oid

    @property
    def signature_hash(self) -> str | None:
        """Name of the signature's hash, such as `sha256`; None if it has none (Ed25519). Raises Malformed."""
        return read_signature_algorithm(self._frame.algorithm).hash

    @cached_property
    def this_update(self) -> datetime:
        """When it was issued, UTC. Raises Malformed."""
        return guarded("thisUpdate of the CRL", EncodedTime(*self._frame.this_update[:2]).moment)

    @cached_property
    def next_update(self) -> datetime | None:
        """When the next CRL is due, UTC; None if there is no nextUpdate. Raises Malformed."""
        end = self._frame.next_update
        return None if end is None else guarded("nextUpdate of the CRL", EncodedTime(*end[:2]).moment)

    @property
    def times(self) -> Mapping[str, EncodedTime]:
        """thisUpdate and nextUpdate, if present, as encoded, by name."""
        found = {"thisUpdate": self._frame.this_update, "nextUpdate": self._frame.next_update}
        return {name: EncodedTime(*element[:2]) for name, element in found.items() if element}

    @property
    def lists_nothing(self) -> bool:
        """Whether it has a list of entries with nothing in it."""
        return self._frame.has_list and not len(self._frame.entries)

    @cached_property
    def survey(self) -> Survey:
        """All its entries, counted by what they say. Reads each; never raises."""
        return Survey.of(self._frame.entries)

    @property
    def extensions(self) -> Sequence[Extension]:
        """Its extensions. Raises Malformed if their list is unreadable or has one twice."""
        return tuple(self._extensions.values())

    def extension(self, oid: str) -> Extension | None:
        """The extension with this OID as encoded. Raises Malformed as `extensions`."""
        return self._extensions.get(oid)

    @cached_property
    def number(self) -> int | None:
        """cRLNumber. Raises Malformed."""
        return self._value(_NUMBER, "cRLNumber", _read_integer)

    @cached_property
    def base_number(self) -> int | None:
        """BaseCRLNumber of a delta CRL; None for a complete one. Raises Malformed."""
        return self._value(_DELTA, "deltaCRLIndicator", _read_integer)

    @cached_property
    def scope(self) -> CrlScope | None:
        """issuingDistributionPoint; None if the CRL covers all certificates of its issuer. Raises Malformed."""
        return self._value(_SCOPE, "issuingDistributionPoint", read_crl_scope)

    @cached_property
    def key_identifier(self) -> bytes | None:
        """The key identifier of authorityKeyIdentifier. Raises Malformed."""
        found = self._value(_KEY_IDENTIFIER, "authorityKeyIdentifier", read_authority_key_identifier)
        return None if found is None else found.key_identifier

    @cached_property
    def profile_problem(self) -> str | None:
        """What RFC 5280 §5.2.3 requires and the CRL lacks, although validation does not need it. Raises Malformed."""
        found = self._extensions.get(_NUMBER)
        return "there is no cRLNumber" if found is None else "cRLNumber is critical" if found.critical else None

    @cached_property
    def form_problem(self) -> str:
        """Why it cannot show that a certificate is good, whatever its dates; empty if it can. Raises Malformed.

        Version 1 is not encoded explicitly, and extensions, of the CRL or of an entry, require version 2
        (RFC 5280 §5.1.2.1, §5.1.2.6).
        """
        if self._frame.version == 2:
            return ""
        if self._frame.version == 1:
            return "the CRL writes out that it is of version 1"
        extended = bool(self._extensions) or guarded("an entry of the CRL", self._frame.entries.have_extensions)
        return "the CRL is of version 1 and has extensions" if extended else ""

    @cached_property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions, of the CRL or an entry, that certgate does not process. Raises Malformed.

        A single one, in any entry, makes the whole CRL unusable (RFC 5280 §5.2, §5.3).
        """
        entries = self._frame.entries
        suspects = map(self._entry, entries.holding_critical(_PROCESSED_OIDS))
        of_list = [e.oid for e in self._extensions.values() if e.critical and e.oid not in _PROCESSED]
        of_entries = [
            x.oid for e in suspects for x in e.extensions if x.critical and x.oid not in _PROCESSED_IN_ENTRIES
        ]
        return tuple(dict.fromkeys((*of_list, *of_entries)))

    def entry(self, issuer: Name, serial: int) -> CrlEntry | None:
        """The entry for the certificate with this issuer and serial number; None if there is none. Raises Malformed.

        The usual answer, None, is cheap even with a million entries. Of several entries, one that revokes wins.
        """
        places = [p for p in self._frame.entries.of(serial) if self._issuer_at(p) == issuer]
        found = [_interpreted(self._entry(place)) for place in places]
        return min(found, key=lambda e: e.removes_entry, default=None)

    def _entry(self, place: int) -> Entry:
        return guarded("an entry of the CRL", lambda: self._frame.entries.read(place))

    def _issuer_at(self, place: int) -> Name:
        """The certificate issuer of an entry: from it or from the nearest entry before it (RFC 5280 §5.3.3)."""
        before: int | None = place
        while before is not None and before >= 0:
            before = self._frame.entries.last_with(_CERTIFICATE_ISSUER_OID, before)
            if before is None:
                break
            for extension in self._entry(before).extensions:
                if extension.oid == _CERTIFICATE_ISSUER:
                    return _directory_name(extension.value)
            before -= 1
        return self.issuer

    @cached_property
    def _extensions(self) -> dict[str, Extension]:
        def read() -> dict[str, Extension]:
            if not self._frame.extensions:
                return {}
            found = [read_extension(element) for element in sequence(self._frame.extensions)]
            by_oid = {extension.oid: extension for extension in found}
            if len(by_oid) < len(found):
                raise NotDer("one of them is present twice")
            return by_oid

        return guarded("the list of extensions of the CRL", read)

    def _value(self, oid: str, name: str, reader: Callable[[bytes], R]) -> R | None:
        entry = self._extensions.get(oid)
        return None if entry is None else guarded(f"{name} of the CRL", lambda: reader(entry.value))


def _read_integer(value: bytes) -> int:
    return number(only(value, INTEGER))


def _interpreted(entry: Entry) -> CrlEntry:
    """The entry, interpreted. An unreadable part never makes it less severe. Never raises."""
    reasons = [e.problem or reason_name(e.value) for e in entry.extensions if e.oid == _REASON] or ["unspecified"]
    try:
        revoked_at = EncodedTime(entry.time.tag, entry.time.content).moment()
    except NotDer:
        revoked_at = None
    return CrlEntry(min(reasons, key="removeFromCRL".__eq__), revoked_at)


def _directory_name(value: bytes) -> Name:
    for name in read_general_names(value):
        if isinstance(name.value, Name):
            return name.value
    raise Malformed("the issuer in a CRL entry cannot be read")


@lru_cache(maxsize=64)
def parse_crl(der: bytes) -> Crl:
    """The CRL in `der`; the same object for the same bytes. Raises Malformed."""
    return Crl(der)


@lru_cache(maxsize=16)
def parse_published_crl(der: bytes) -> Crl:
    """The CRL in `der` to be judged on its own, even if clients refuse it. Raises Malformed."""
    return Crl(der, for_clients=False)
