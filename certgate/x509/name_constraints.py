"""The name constraints extension, as encoded (RFC 5280 §4.2.1.10)."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from certgate.model.frozen import frozen
from certgate.x509.certificate import Certificate
from certgate.x509.der import SEQUENCE, Element, NotDer, content_of, elements, number, sequence
from certgate.x509.dns import is_host
from certgate.x509.errors import Malformed
from certgate.x509.extension import tagged
from certgate.x509.name import Name

__all__ = ["NameConstraints", "Subtree", "read_constraints", "read_name_constraints"]

OID = "2.5.29.30"
_KINDS = ("other name", "e-mail", "DNS", "X.400", "directory", "EDI", "URI", "IP", "registered ID")
"""Kinds of names by tag number (RFC 5280 §4.2.1.6)."""


@frozen(slots=True)
class Subtree:
    """One constraint. `kind` is `DNS`, `IP`, `URI`, `e-mail`, `directory`, or a kind that cannot be evaluated."""

    kind: str
    value: str | IPv4Network | IPv6Network | Name | bytes
    """Lower case for DNS and URI, as encoded for e-mail, bytes if it cannot be evaluated."""

    def __str__(self) -> str:
        """The constraint for people: DNS corp.example."""
        match self.value:
            case Name():
                return f"{self.kind} {self.value.text}"
            case bytes():
                return f"{self.kind} {self.value[:16].hex()}"
            case _:
                return f"{self.kind} {self.value or '(all)'}"


@frozen(slots=True)
class NameConstraints:
    """The names for which a CA may issue: within `permitted` for each kind listed there, and none in `excluded`."""

    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


def read_name_constraints(certificate: Certificate) -> NameConstraints | None:
    """The extension, None if absent. Raises Malformed, also for an empty one or a range, which RFC 5280 forbids."""
    return certificate.value(OID, read_constraints)


def read_constraints(value: bytes) -> NameConstraints:
    """The constraints in an extension's value. Raises NotDer and Malformed, as `read_name_constraints`."""
    parts = sequence(value)
    permitted, excluded = tagged(parts, 0xA0), tagged(parts, 0xA1)
    if parts:
        raise NotDer("it is not a list of permitted and one of excluded names")
    if not permitted and not excluded:
        raise Malformed("the name constraints are empty")
    return NameConstraints(_read(permitted), _read(excluded))


def _read(subtrees: bytes | None) -> tuple[Subtree, ...]:
    found = []
    for subtree in elements(subtrees or b""):
        base, *bounds = elements(content_of(subtree, SEQUENCE)) or [Element(0, b"", b"")]
        if any(bound.tag != 0x80 or number(bound.content) for bound in bounds):
            raise Malformed("a name constraint has a minimum or maximum, which RFC 5280 does not allow")
        found.append(_subtree(base.tag & 0x1F, base.content))
    return tuple(found)


def _subtree(tag: int, content: bytes) -> Subtree:
    kind = _KINDS[tag] if tag < len(_KINDS) else "unknown"
    match kind:
        case "directory":
            name = Name(content)
            _ = name.rdns
            return Subtree(kind, name)
        case "IP":
            return Subtree(kind, _network(content))
        case "DNS" | "URI" | "e-mail":
            return Subtree(kind, _text(kind, content))
        case _:
            return Subtree(kind, content)


def _network(content: bytes) -> IPv4Network | IPv6Network:
    half = len(content) // 2
    if len(content) not in {8, 32}:
        raise Malformed(f"an IP name constraint has {len(content)} octets, 8 or 32 required")
    address, mask = content[:half], int.from_bytes(content[half:], "big")
    ones = mask.bit_count()
    if mask != ((1 << ones) - 1) << (half * 8 - ones):
        raise Malformed("the mask of an IP name constraint is not contiguous")
    return ip_network(((int.from_bytes(address, "big") & mask).to_bytes(half, "big"), ones))


def _text(kind: str, content: bytes) -> str:
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed(f"a {kind} name constraint is not ASCII") from error
    mailbox, at, host = text.rpartition("@") if kind == "e-mail" else ("", "", text)
    suffix = host[1:] if host.startswith(".") and kind != "DNS" and not at else host
    if text and (not is_host(suffix) or (at and (not mailbox or "@" in mailbox))):
        raise Malformed(f"the {kind} name constraint {text!a} is not valid (RFC 5280 §4.2.1.10)")
    return f"{mailbox}{at}{host.lower()}"
