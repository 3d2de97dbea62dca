"""Rules of the family name on the entries of the subjectAltName."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import CLIENT, LEAF, Answer, NotApplicable, Problem, Vocabulary, check
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
_NO_SAN = NotApplicable("no subjectAltName")
_NO_DNS_NAME = NotApplicable("no DNS name")


@check("name.wildcard-form", citation="RFC 9525 §6.3; CA/B BR §1.6.1", roles=LEAF)
def wildcard_form(subject: CertificateInRole) -> Iterator[Answer]:
    """A wildcard is the whole leftmost label, and the only one.

    Why: clients ignore every other form, and old clients match more names than intended.

    Fix: reissue the certificate with names like `*.corp.example`.
    """
    wildcards = [name for name in subject.certificate.dns_names if "*" in name]
    if not wildcards:
        yield NotApplicable("no wildcard name")
        return
    yield from capped(
        Problem(f"{shortened(name)} {problem}", key=shortened(name))
        for name in wildcards
        if (problem := wildcard_problem(name))
    )


@check("name.wildcard-forbidden", citation="certgate: one name, one service", roles=LEAF)
def wildcard_forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate has no wildcard name.

    Why: a key stolen from one host can impersonate every other host.

    Fix: issue a certificate with the names of the service.
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
    """DNS names have a valid form: letters, digits and inner hyphens, or valid Punycode labels.

    Not allowed are a final dot, an empty label, labels of more than 63 characters, names of more than 253, and IP
    addresses. With `tolerate_underscore` an underscore is a warning.

    Why: some clients match such names, others refuse the certificate.

    Fix: reissue the certificate with valid host names, and with IP addresses as iPAddress (`IP:`).
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    unreadable = {name.text for name in subject.certificate.san or () if name.problem}
    yield from capped(
        replace(problem, cause="ext.form" if name in unreadable else "")
        for name in names
        if (problem := _syntax(name, tolerate_underscore))
    )


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
    """The subjectAltName is critical if the subject is empty, and only then.

    Why: a client that does not read the extension must not accept a certificate without a subject.

    Fix: correct the CA's profile: critical for an empty subject, otherwise not critical.
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
    """The certificate has no IP address from a special-purpose range.

    The ranges are those in IANA's IPv4 and IPv6 special-purpose address registries.

    Why: such addresses exist in every network, so a public CA cannot validate them.

    Fix: use a host name, or a certificate from the internal CA.
    """
    addresses = [name for name in subject.certificate.san or () if name.kind == "IP"]
    if not addresses:
        yield NotApplicable("no IP address")
        return
    yield from capped(filter(None, (_reserved(address) for address in addresses)))


def _reserved(name: GeneralName) -> Problem | None:
    if not isinstance(name.value, IPv4Address | IPv6Address):
        return Problem(f"{shortened(name.text)} is not an IP address", key=shortened(name.text))
    network = special_network(name.value)
    return Problem(f"{name.text} is in the special-purpose range {network}", key=name.text) if network else None


@check("name.ip-reverse-zone", citation="CA/B BR §7.1.2.7.12 (SC-086)", roles=_SERVER)
def ip_reverse_zone(subject: CertificateInRole) -> Iterator[Answer]:
    """No DNS name is in a reverse lookup zone.

    Why: since 2026-03-15 public CAs may not issue for names under in-addr.arpa and ip6.arpa.

    Fix: use the service's own name, or its address as iPAddress.
    """
    names = subject.certificate.dns_names
    if not names:
        yield _NO_DNS_NAME
        return
    yield from capped(
        Problem(f"{shortened(name)} is in a reverse lookup zone", key=shortened(name))
        for name in names
        if f".{name.lower()}".endswith((".in-addr.arpa", ".ip6.arpa"))
    )


@check("name.san-types", citation="CA/B BR §7.1.2.7.12", roles=LEAF - CLIENT, presumes=[Premise.TLS])
def san_types(
    subject: CertificateInRole, *, allowed: Annotated[tuple[str, ...], Vocabulary(KINDS)] = ("DNS", "IP")
) -> Iterator[Answer]:
    """The subjectAltName of a server has only names of allowed types.

    Types have OpenSSL's names: otherName, email, DNS, X400Name, DirName, EdiPartyName, URI, IP, RID.

    Why: names of other types were not validated, but clients may trust them.

    Fix: reissue the certificate without these names.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
        return
    for kind in sorted({name.kind for name in names} - set(allowed)):
        yield Problem(f"a name of type {kind}, only {', '.join(allowed) or 'none'} allowed", key=kind)


@check(
    "name.san-allowlist",
    unshipped="its list is empty until a team fills it",
    citation="certgate: approver-policy's 'allowed'",
    roles=LEAF,
)
def san_allowlist(subject: CertificateInRole, *, patterns: tuple[str, ...] = ()) -> Iterator[Answer]:
    """Every name in the subjectAltName matches a pattern in `patterns`.

    A pattern is OpenSSL's name of a type, a colon, and a value: `DNS:*.corp.example`, `URI:spiffe://corp.example/*`,
    `IP:10.0.0.0/8`. An asterisk stands for any characters, including dots and slashes. A name that matches no pattern
    fails, even if certgate does not know its type.

    Why: a certificate with a name that is not yours can impersonate somebody else.

    Fix: reissue the certificate without the name, or add a pattern for it to the policy.
    """
    if not patterns:
        yield NotApplicable("the policy lists no pattern")
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
            return _matches_glob(value, name.text)
    if kind == "DNS":
        return _matches_glob(value.lower(), name.text.lower())
    return _matches_glob(value, name.text)


def _matches_glob(pattern: str, text: str) -> bool:
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


@check(
    "name.san-count",
    unshipped="no source sets a number",
    citation="certgate: a certificate is for one service",
    roles=LEAF,
)
def san_count(subject: CertificateInRole, *, max_names: int = 100) -> Iterator[Answer]:
    """The subjectAltName has at most `max_names` names.

    Why: with more names one key serves many services, and every handshake grows.

    Fix: split the names over several certificates.
    """
    names = subject.certificate.san
    if names is None:
        yield _NO_SAN
    elif len(names) > max_names:
        yield Problem(f"{len(names)} names, at most {max_names} allowed")
