"""Distinguished names: as encoded, as text, and compared by RFC 5280 §7.1."""

import unicodedata
import warnings
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cryptography import x509

from certgate.model.cached import cached_property
from certgate.x509.der import guarded
from certgate.x509.errors import Malformed
from certgate.x509.rdn import Attribute, read_rdns

__all__ = ["Name", "read_name"]

# The library warns about overlong attributes in every name it reads; untrusted input must not write to stderr.
warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)

_COMMON_NAME = "2.5.4.3"
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        _COMMON_NAME: "CN",
        "2.5.4.6": "C",
        "2.5.4.7": "L",
        "2.5.4.8": "ST",
        "2.5.4.9": "STREET",
        "2.5.4.10": "O",
        "2.5.4.11": "OU",
        "0.9.2342.19200300.100.1.1": "UID",
        "0.9.2342.19200300.100.1.25": "DC",
    }
)
"""Attribute names from RFC 4514 §3; other attributes use their OIDs."""
_ESCAPED = str.maketrans({**{c: f"\\{c}" for c in '\\"+,;<>'}, "\0": "\\00"})


class Name:
    """A distinguished name. Names compare by RFC 5280 §7.1: case and runs of white space are ignored.

    Unreadable names are equal only if their bytes are.
    """

    __slots__ = ("__dict__", "der")

    def __init__(self, der: bytes) -> None:
        self.der = der

    @cached_property
    def native(self) -> x509.Name:
        """The library's object. Raises Malformed, also for names that only the library refuses."""
        return guarded("a distinguished name", lambda: x509.Name.from_bytes(self.der))

    @property
    def is_empty(self) -> bool:
        """Whether it has no RDN at all."""
        return self.der == b"\x30\x00"

    @cached_property
    def attributes(self) -> tuple[tuple[Attribute, ...], ...]:
        """The RDNs with their attributes, as encoded. Raises Malformed."""
        return read_rdns(self.der)

    @cached_property
    def text(self) -> str:
        """RFC 4514 text, for people only; never raises. Untrusted text: every output escapes it."""
        try:
            rdns = self.attributes
        except Malformed:
            return f"(unreadable name {self.der[:16].hex()}…)"
        return ",".join("+".join(map(_rfc4514, rdn)) for rdn in reversed(rdns)) or "(empty name)"

    def values(self, oid: str) -> tuple[str, ...]:
        """Values of all attributes of a type as text. Raises Malformed."""
        return tuple(
            value if isinstance(value := a.value, str) else value.decode("latin-1")
            for rdn in self.attributes
            for a in rdn
            if a.oid == oid
        )

    @cached_property
    def common_names(self) -> tuple[str, ...]:
        """Values of all CN attributes as text. Raises Malformed."""
        return self.values(_COMMON_NAME)

    @cached_property
    def short(self) -> str:
        """A short name for people: the CN, or else the whole name as text; never raises."""
        try:
            names = self.common_names
        except Malformed:
            names = ()
        return names[0] if names else self.text

    @cached_property
    def rdns(self) -> tuple[frozenset[tuple[tuple[str, str | bytes], int]], ...]:
        """RDNs prepared for comparison by RFC 5280 §7.1 (case folded, white space compressed). Raises Malformed.

        Each attribute comes with its number of occurrences: clients do not treat a duplicate as a single attribute.
        """
        return tuple(frozenset(Counter((a.oid, _prepared(a.value)) for a in rdn).items()) for rdn in self.attributes)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Name):
            return NotImplemented
        return self.der == other.der or self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"<Name {self.text}>"

    @cached_property
    def _key(self) -> object:
        try:
            return self.rdns
        except Malformed:
            return self.der


@lru_cache(maxsize=1024)
def read_name(der: bytes) -> Name:
    """The name in `der`; the same object for the same bytes, because a CA's name is in every certificate it issues."""
    return Name(der)


def _prepared(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _rfc4514(attribute: Attribute) -> str:
    name, value = _SHORT.get(attribute.oid, attribute.oid), attribute.value
    return f"{name}={_escaped(value) if isinstance(value, str) else '#' + value.hex()}"


def _escaped(value: str) -> str:
    """RFC 4514 §2.4."""
    text = value.translate(_ESCAPED)
    if value.startswith("#") or (value.startswith(" ") and len(value) > 1):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if value.endswith(" ") else text
