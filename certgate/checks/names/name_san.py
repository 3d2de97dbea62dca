"""Rules of the family name on the entries of the subjectAltName."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.dns import host_problem, wildcard_problem
from certgate.x509.general_names import KINDS, GeneralName
from certgate.x509.identity import read_address
from certgate.x509.special_address import special_network

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_NO_SAN = NotApplicable("it has no subjectAltName")
_NO_DNS_NAME = NotApplicable("it has no DNS name")


@check("name.wildcard-form", citation="RFC 9525 §6.3; CA/B BR §1.6.1", roles=LEAF)
def wildcard_form(subject: CertificateInRole) -> Iterator[Answer]:
    """A wildcard is the whole left-most label, and the only one.

    Why: clients ignore every other form, and old ones match more with it than was meant.

    Fix: issue the certificate anew with names like `*.corp.example`.
    """
    wildcards = [name for name in subject.certificate.dns_names if "*" in name]
    if not wildcards:
        yield NotApplicable("it has no wildcard name")
        return
    yield from capped(
        Problem(f"{shortened(name)} {problem}", key=shortened(name))
        for name in wildcards
        if (problem := wildcard_problem(name))
    )


@check("name.wildcard-forbidden", citation="certgate: one name, one service", roles=LEAF)
def wildcard_forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate has no wildcard name.

    Why: its key, stolen from one host, can pose as every other one.

    Fix: issue a certificate for the names that the service has.
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    yield from capped(
        Problem(f"{shortened(name)} is a wildcard name", key=shortened(name)) for name in names if "*" in name
    )


@check("name.dns-syntax", citation="CA/B BR §7.1.2.7.12; RFC 5280 §4.2.1.6", roles=LEAF)
def dns_syntax(subject: CertificateInRole, *, tolerate_underscore: bool = False) -> Iterator[Answer]:
    """DNS names are made of letters, digits and inner hyphens, or of valid Punycode labels.

    No final dot, no empty label, 63 characters in a label, 253 in all, no IP address. With `tolerate_underscore` an
    underscore is a warning.

    Why: clients disagree about such names: some match them, some refuse the certificate.

    Fix: issue the certificate anew with names that are host names, addresses as iPAddress (`IP:`).
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    yield from capped(filter(None, (_syntax(name, tolerate_underscore) for name in names)))


def _syntax(name: str, tolerate_underscore: bool) -> Problem | None:
    if "*" in name and wildcard_problem(name):
        return None
    host = name.removeprefix("*.")
    problem = "is an IP address" if read_address(host) else host_problem(host)
    if problem is None:
        return None
    only_underscore = tolerate_underscore and host_problem(host, underscore=True) is None and not read_address(host)
    severity = Severity.WARNING if only_underscore else None
    return Problem(f"{shortened(name) or 'a name'} {problem}", key=shortened(name), severity=severity)


@check("name.san-critical", citation="CA/B BR §7.1.2.7.12; RFC 5280 §4.2.1.6", roles=LEAF)
def san_critical(subject: CertificateInRole) -> Iterator[Answer]:
    """The subjectAltName is critical when the subject is empty, and only then.

    Why: a client that does not read it must not take a certificate without subject for valid.

    Fix: correct the CA's profile: critical for an empty subject, otherwise not.
    """
    certificate = subject.certificate
    if not certificate.has(ExtensionOID.SUBJECT_ALTERNATIVE_NAME):
        yield _NO_SAN
    elif certificate.subject.is_empty and not certificate.san_critical:
        yield Problem("the subject is empty, but the subjectAltName is not critical")
    elif certificate.san_critical and not certificate.subject.is_empty:
        yield Problem("the subjectAltName is critical, but the subject is not empty")


@check("name.reserved-ip", citation="CA/B BR §7.1.2.7.12", roles=_SERVER)
def reserved_ip(subject: CertificateInRole) -> Iterator[Answer]:
    """No IP address of the certificate belongs to a special-purpose range.

    The ranges are those of IANA's IPv4 and IPv6 special-purpose address registries.

    Why: everybody's network has such addresses, so a public CA can prove nobody's right to one.

    Fix: use a name, or a certificate of the internal CA.
    """
    addresses = [name for name in subject.certificate.san or () if name.kind == "IP"]
    if not addresses:
        yield NotApplicable("it has no IP address")
        return
    yield from capped(filter(None, (_reserved(address) for address in addresses)))


def _reserved(name: GeneralName) -> Problem | None:
    if not isinstance(name.value, IPv4Address | IPv6Address):
        return Problem(f"{shortened(name.text)} is no address", key=shortened(name.text))
    network = special_network(name.value)
    return Problem(f"{name.text} is in the special-purpose range {network}", key=name.text) if network else None


@check("name.ip-reverse-zone", citation="CA/B BR §7.1.2.7.12 (SC-086)", roles=_SERVER)
def ip_reverse_zone(subject: CertificateInRole) -> Iterator[Answer]:
    """No DNS name lies in a zone of reverse look-ups.

    Why: public CAs may not issue for names under in-addr.arpa and ip6.arpa since 2026-03-15.

    Fix: use the service's own name, or its address as iPAddress.
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    yield from capped(
        Problem(f"{shortened(name)} is a name for reverse look-ups", key=shortened(name))
        for name in names
        if f".{name.lower()}".endswith((".in-addr.arpa", ".ip6.arpa"))
    )


@check("name.san-types", citation="CA/B BR §7.1.2.7.12", roles=LEAF)
def san_types(
    subject: CertificateInRole, *, allowed: Annotated[tuple[str, ...], Vocabulary(KINDS)] = ("DNS", "IP")
) -> Iterator[Answer]:
    """The subjectAltName holds names of the allowed types alone.

    Types are called as OpenSSL does: otherName, email, DNS, X400Name, DirName, EdiPartyName, URI, IP, RID.

    Why: a name of another type was not validated, and somebody may trust it all the same.

    Fix: issue the certificate anew without these names.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
        return
    for kind in sorted({name.kind for name in names} - set(allowed)):
        yield Problem(f"has a name of the type {kind}", key=kind)


@check("name.san-allowlist", citation="certgate: approver-policy's 'allowed'", roles=LEAF)
def san_allowlist(subject: CertificateInRole, *, patterns: tuple[str, ...] = ()) -> Iterator[Answer]:
    """Every name of the subjectAltName matches a pattern of the policy.

    A pattern is a type as OpenSSL calls it, a colon, and a value: `DNS:*.corp.example`, `URI:spiffe://corp.example/*`,
    `IP:10.0.0.0/8`. An asterisk stands for any characters, dots and slashes included. What matches none is refused,
    types that certgate does not know among it.

    Why: a certificate with a name that is not yours can pose as somebody else.

    Fix: issue the certificate anew without the name, or add a pattern for it to the policy.
    """
    if not patterns:
        yield NotApplicable("no pattern was given")
        return
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
        return
    yield from capped(
        Problem(f"{shortened(str(name))} matches no pattern", key=shortened(str(name)))
        for name in names
        if not any(_allows(pattern, name) for pattern in patterns)
    )


def _allows(pattern: str, name: GeneralName) -> bool:
    kind, _, value = pattern.partition(":")
    if kind != name.kind:
        return False
    if kind == "IP":
        address = read_address(name.text)
        try:
            return address is not None and address in ip_network(value)
        except ValueError:
            return _globbed(value, name.text)
    if kind == "DNS":
        return _globbed(value.lower(), name.text.lower())
    return _globbed(value, name.text)


def _globbed(pattern: str, text: str) -> bool:
    """Whether `text` matches a pattern whose asterisks stand for any characters; linear in its length."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    position = len(first)
    for part in middle:
        position = text.find(part, position) + len(part)
        if position < len(part):
            return False
    return len(text) - position >= len(last) and text.endswith(last)


@check("name.san-count", citation="certgate: a certificate is for one service", roles=LEAF)
def san_count(subject: CertificateInRole, *, max_names: int = 100) -> Iterator[Answer]:
    """The subjectAltName does not hold too many names.

    Why: one key then stands for many services, and the handshake grows for all of them.

    Fix: split the names over several certificates.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
    elif len(names) > max_names:
        yield Problem(f"has {len(names)} names, more than {max_names}")
