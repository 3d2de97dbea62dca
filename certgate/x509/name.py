"""Distinguished names: as encoded, as text, and compared as RFC 5280 §7.1 has it."""

import unicodedata
import warnings
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.x509.errors import Malformed

__all__ = ["Name", "read_name"]

# The library warns of overlong attributes wherever it reads a name, and foreign bytes are not to write to our stderr.
warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)


class Name:
    """A distinguished name. Two names are equal by RFC 5280 §7.1: case and runs of white space do not count.

    Names that cannot be read are equal only when their bytes are.
    """

    __slots__ = ("__dict__", "der")

    def __init__(self, der: bytes) -> None:
        self.der = der

    @cached_property
    def native(self) -> x509.Name:
        """The library's own object. Raises Malformed."""
        try:
            return x509.Name.from_bytes(self.der)
        except (ValueError, TypeError) as error:
            raise Malformed(f"a distinguished name cannot be read: {error}") from error

    @property
    def is_empty(self) -> bool:
        """Whether it has no RDN at all."""
        return self.der == b"\x30\x00"

    @cached_property
    def text(self) -> str:
        """RFC 4514 text, for people only; never raises. Foreign text: every sink escapes it."""
        try:
            return self.native.rfc4514_string() or "(empty name)"
        except (Malformed, ValueError, TypeError):
            return f"(unreadable name {self.der[:16].hex()}…)"

    @property
    def common_names(self) -> tuple[str, ...]:
        """Values of all CN attributes as text. Raises Malformed."""
        attributes = self.native.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(a.value if isinstance(a.value, str) else a.value.decode("latin-1") for a in attributes)

    @cached_property
    def short(self) -> str:
        """What people call it: the CN, or else the whole name as text; never raises."""
        try:
            names = self.common_names
        except Malformed:
            names = ()
        return names[0] if names else self.text

    @cached_property
    def rdns(self) -> tuple[frozenset[tuple[str, str | bytes]], ...]:
        """RDNs prepared for comparison by RFC 5280 §7.1 (case folded, white space compressed). Raises Malformed."""
        return tuple(frozenset((a.oid.dotted_string, _prepared(a.value)) for a in rdn) for rdn in self.native.rdns)

    def __eq__(self, other: object) -> bool:
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
    """The name in `der`; the same object for the same bytes, for a CA's name stands in all that it issues."""
    return Name(der)


def _prepared(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
