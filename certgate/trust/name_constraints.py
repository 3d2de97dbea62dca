"""Name constraints: which names on a path the CAs above do not allow (RFC 5280 §6.1.3(b), (c), §6.1.4(g))."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from certgate.model.frozen import frozen
from certgate.trust.limit import LimitExceeded
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import Certificate
from certgate.x509.dns import is_host
from certgate.x509.errors import Malformed
from certgate.x509.identity import read_address
from certgate.x509.name import Name
from certgate.x509.name_constraints import NameConstraints, Subtree, read_name_constraints

__all__ = ["MAX_COMPARISONS", "Refusal", "refusals"]

MAX_COMPARISONS = 100_000
"""The maximum number of comparisons of a name with a constraint on one path: about 0.1 s."""

_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""The characters of RFC 3986 §2."""
_EMAIL = "1.2.840.113549.1.9.1"
_KINDS = {
    "DNS": "DNS",
    "IP": "IP",
    "URI": "URI",
    "email": "e-mail",
    "DirName": "directory",
    "otherName": "other name",
    "X400Name": "X.400",
    "EdiPartyName": "EDI",
    "RID": "registered ID",
}
"""The names that constraints use for the types of names."""
_JUDGED = frozenset({"DNS", "IP", "URI", "e-mail", "directory"})


@frozen(slots=True)
class Refusal:
    """A certificate that the constraints of a CA above it do not allow. Indexes are positions on the path."""

    index: int
    by: int
    """Position of the constraining CA; one past the last certificate for the anchor."""
    reason: str
    name: str = ""
    """The refused name; empty if the constraints or the list of names is unreadable."""


@frozen(slots=True)
class _Subject:
    """A name of a certificate, in the form for comparison with constraints."""

    kind: str
    value: str | IPv4Address | IPv6Address | Name | bytes

    def __str__(self) -> str:
        match self.value:
            case Name():
                return self.value.text
            case bytes():
                return self.kind
            case _:
                return f"{self.kind} {self.value}"


def refusals(path: CertificatePath, *, from_anchor: bool = False) -> Iterator[Refusal]:
    """Every name on the path that constraints above it refuse, and unreadable constraints.

    Self-issued certificates other than the leaf are exempt. The anchor's own constraints count with `from_anchor`
    (RFC 5937). A common name does not count as a DNS name. Raises LimitExceeded, before the first comparison.
    """
    above: list[tuple[int, NameConstraints]] = []
    left = MAX_COMPARISONS
    chain = (*path.certificates, path.anchor) if from_anchor and path.anchor else path.certificates
    found: list[Refusal] = []
    for index in range(len(chain) - 1, -1, -1):
        certificate = chain[index]
        judged = index < len(path.certificates) and (index == 0 or not certificate.is_self_issued)
        if above and judged:
            try:
                names = _names(certificate)
            except Malformed as error:
                found.append(Refusal(index, above[0][0], str(error)))
                names = []
            left -= len(names) * sum(len(c.permitted) + len(c.excluded) for _, c in above)
            if left < 0:
                raise LimitExceeded(
                    f"names times constraints exceed the limit max-name-comparisons ({MAX_COMPARISONS})"
                )
            found += [
                Refusal(index, by, reason, str(name))
                for by, constraints in above
                for name in names
                if (reason := _refusal(constraints, name))
            ]
        try:
            constraints = read_name_constraints(certificate) if index else None
        except Malformed as error:
            found.append(Refusal(0, index, str(error)))
            continue
        if constraints:
            above.append((index, constraints))
    yield from found


def _names(certificate: Certificate) -> list[_Subject]:
    """All names to which constraints apply (RFC 5280 §4.2.1.10). Raises Malformed."""
    names = [] if certificate.subject.is_empty else [_Subject("directory", _readable(certificate.subject))]
    if certificate.san is None:
        return names + [_Subject("e-mail", value) for value in certificate.subject.values(_EMAIL)]
    for name in certificate.san:
        kind = _KINDS.get(name.kind, "unknown")
        names.append(_Subject(kind, name.value if kind in _JUDGED and not name.problem else b""))
    return names


def _refusal(constraints: NameConstraints, name: _Subject) -> str | None:
    """Why the constraints do not allow the name; None if they do."""
    permitted = [s for s in constraints.permitted if s.kind == name.kind]
    excluded = [s for s in constraints.excluded if s.kind == name.kind]
    if not permitted and not excluded:
        return None
    if not _is_comparable(name):
        return "is of a kind that cannot be compared with the constraint"
    culprit = next((s for s in excluded if _within(name, s, excluding=True)), None)
    if culprit:
        return f"is excluded by {culprit}"
    if permitted and not any(_within(name, s) for s in permitted):
        return f"is outside the permitted names: {', '.join(str(s) for s in permitted[:5])}"
    return None


def _is_comparable(name: _Subject) -> bool:
    """Whether the name has a form that its kind of constraint is defined for."""
    match name.kind, name.value:
        case "DNS", str(text):
            return is_host(text.removeprefix("*."))
        case "e-mail", str(text):
            mailbox, _, host = text.rpartition("@")
            return bool(mailbox) and "@" not in mailbox and is_host(host)
        case "URI", str(text):
            return bool(_uri_host(text))
        case _, value:
            return not isinstance(value, bytes)


def _within(name: _Subject, subtree: Subtree, *, excluding: bool = False) -> bool:
    """Whether the name is within the subtree; for an exclusion, whether any name that it matches is."""
    match name.value, subtree.value:
        case Name() as inner, Name() as outer:
            return inner.rdns[: len(outer.rdns)] == outer.rdns
        case (IPv4Address() | IPv6Address()) as address, (IPv4Network() | IPv6Network()) as network:
            return address in network
        case str(text), str(outer):
            match name.kind:
                case "DNS":
                    return _dns_within(text.lower(), outer, excluding=excluding)
                case "e-mail":
                    return _mail_within(text, outer)
                case _:
                    return _host_within(_uri_host(text), outer)
    return False


def _dns_within(text: str, outer: str, *, excluding: bool) -> bool:
    if not outer or text == outer or text.endswith(f".{outer}"):
        return True
    return excluding and text.startswith("*.") and outer.partition(".")[2] == text[2:]


def _mail_within(text: str, outer: str) -> bool:
    mailbox, _, host = text.rpartition("@")
    if "@" in outer:
        return f"{mailbox}@{host.lower()}" == outer
    return _host_within(host.lower(), outer)


def _host_within(host: str, outer: str) -> bool:
    """Whether a host is within a constraint: with a leading dot, only hosts below; without, that host; empty, all."""
    return not outer or host == outer or (outer.startswith(".") and host.endswith(outer))


def _uri_host(text: str) -> str:
    """The host name in a URI, lower case; empty if it has none (RFC 5280 demands a name, not an address).

    A text with characters that are invalid in URIs has none: other parsers may find another host in it.
    """
    try:
        host = (urlsplit(text).hostname or "") if _URI.fullmatch(text) else ""
    except ValueError:
        return ""
    return host if is_host(host) and read_address(host) is None else ""


def _readable(name: Name) -> Name:
    """The name, if it is readable. Raises Malformed."""
    _ = name.rdns
    return name
