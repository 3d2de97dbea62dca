"""Rules of the family eku: the purposes of a certificate's key (extendedKeyUsage)."""

from collections.abc import Iterator
from datetime import date

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.br import midnight
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, PURPOSES, SERVER_AUTH, other_use, purpose_name

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_WANTED = frozenset({SERVER_AUTH, CLIENT_AUTH})
_FORBIDDEN = PURPOSES.keys() - _WANTED
_NO_EKU = NotApplicable("no extendedKeyUsage")
_A_ROOT = NotApplicable("the certificate is a root")
_FOR_CLIENTS = NotApplicable("the leaf is for a client")


@check(
    "eku.server-auth",
    citation="CA/B BR §7.1.2.7.10; Apple 103769",
    roles=_SERVER,
    presumes=[Premise.LEAF, Premise.EXTENSIONS],
)
def server_auth(subject: TemplateInRole, *, allow_absent: bool = False) -> Iterator[Answer]:
    """A server's certificate is for servers: extendedKeyUsage has serverAuth.

    anyExtendedKeyUsage is not enough. If the extension is absent, RFC 5280 allows every purpose, but clients do not:
    `allow_absent` follows RFC 5280. If the certificate is for code, mail, time stamps or documents alone, that is the
    only finding: what else a server's certificate needs is not checked.

    Why: clients refuse a server whose certificate is not for servers.

    Fix: reissue it with `extendedKeyUsage = serverAuth`.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        if not allow_absent:
            yield Problem("no extendedKeyUsage, serverAuth required")
    elif kind := other_use(ekus):
        names = listed(sorted(map(purpose_name, ekus)))
        text = f"this is {kind} certificate, not one for a TLS server: extendedKeyUsage has {names}"
        yield Problem(text, denies=Premise.TLS)
    elif SERVER_AUTH not in ekus:
        yield Problem(f"extendedKeyUsage lacks serverAuth, it has {listed(sorted(map(purpose_name, ekus)))}")


@check("eku.client-auth-public", citation="Chrome Root Program 1.8 §1.3.2(2)", roles=_SERVER)
def client_auth_public(subject: IssuedInRole, *, error_from: date = date(2027, 3, 15)) -> Iterator[Answer]:
    """A public server certificate is for servers only: extendedKeyUsage has no clientAuth.

    For certificates issued before `error_from` the problem is a warning.

    Why: public CAs stop issuing for client authentication; mutual TLS that relies on it will break.

    Fix: use client certificates from an internal CA, and leave clientAuth out of the next request.
    """
    certificate = subject.certificate
    if CLIENT_AUTH in (certificate.ekus or ()):
        late = certificate.not_before >= midnight(error_from)
        yield Problem("extendedKeyUsage has clientAuth", severity=None if late else Severity.WARNING)


@check(
    "eku.forbidden",
    citation="CA/B BR §7.1.2.7.10; Mozilla Root Store Policy §5.2",
    roles=_SERVER,
    presumes=[Premise.TLS],
)
def forbidden(subject: TemplateInRole) -> Iterator[Answer]:
    """A server certificate is not for code, mail, time stamps, OCSP, precertificates or every purpose.

    Why: a stolen web server key could sign code or OCSP responses.

    Fix: reissue it with `extendedKeyUsage = serverAuth`.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield _NO_EKU
        return
    for oid in sorted(ekus & _FORBIDDEN):
        yield Problem(f"extendedKeyUsage has {purpose_name(oid)}", key=oid)


@check("eku.unlisted", citation="CA/B BR §7.1.2.7.10", roles=_SERVER, presumes=[Premise.TLS])
def unlisted(subject: TemplateInRole) -> Iterator[Answer]:
    """A server certificate has no purpose that the Baseline Requirements do not list.

    Why: the effect of a purpose that clients do not know is undefined.

    Fix: reissue it with `extendedKeyUsage = serverAuth`.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield _NO_EKU
        return
    unknown = sorted(ekus - PURPOSES.keys())
    if unknown:
        yield Problem(f"extendedKeyUsage has {listed(unknown)}")


@check("eku.critical", citation="CA/B BR §7.1.2.7.6", roles=_SERVER | ISSUER)
def critical(subject: TemplateInRole) -> Iterator[Answer]:
    """extendedKeyUsage is not critical.

    Why: a client that does not know a listed purpose may refuse the certificate.

    Fix: correct the CA's profile.
    """
    entry = subject.certificate.extension(ExtensionOID.EXTENDED_KEY_USAGE.dotted_string)
    if entry is None:
        yield _NO_EKU
    elif entry.critical:
        yield Problem("extendedKeyUsage is critical")


@check(
    "eku.subca", citation="CA/B BR §7.1.2.10.6; Chrome Root Program 1.8 §1.3.2(1)", roles=ISSUER, presumes=[Premise.TLS]
)
def subca(subject: CertificateInRole) -> Iterator[Answer]:
    """An intermediate is for serverAuth, optionally clientAuth, and nothing else.

    A self-issued certificate with the role `ca` is a root, which eku.root checks.

    Cross-certificates may omit the extension or have only anyExtendedKeyUsage, and look like other intermediates: both
    cases are warnings. Purposes that the Baseline Requirements do not list are infos.

    Why: if an intermediate may issue for mail and code, mistakes in those uses endanger TLS servers.

    Fix: have the CA issue from an intermediate that is dedicated to TLS servers.
    """
    if subject.is_root or subject.is_for_clients:
        yield _A_ROOT if subject.is_root else _FOR_CLIENTS
        return
    ekus = subject.certificate.ekus
    if ekus is None:
        yield Problem("no extendedKeyUsage", key="absent", severity=Severity.WARNING)
        return
    if ekus == {ANY_PURPOSE}:
        yield Problem("extendedKeyUsage has only anyExtendedKeyUsage", key="any", severity=Severity.WARNING)
        return
    if SERVER_AUTH not in ekus:
        cause = "chain.eku-nesting" if Role.ISSUER in subject.roles else ""
        yield Problem("extendedKeyUsage lacks serverAuth", key="serverAuth", cause=cause)
    for oid in sorted(ekus & _FORBIDDEN):
        yield Problem(f"extendedKeyUsage has {purpose_name(oid)}", key=oid)
    for oid in sorted(ekus - PURPOSES.keys())[:5]:
        yield Problem(f"extendedKeyUsage has {oid}", key=oid, severity=Severity.INFO)


@check("eku.subca-dedicated", citation="Chrome Root Program 1.8 §1.3.2(1)", roles=ISSUER, presumes=[Premise.TLS])
def subca_dedicated(subject: IssuedInRole, *, issued_from: date = date(2026, 6, 15)) -> Iterator[Answer]:
    """A new intermediate is for servers alone: extendedKeyUsage has no clientAuth.

    Chrome requires it of CAs that are disclosed from 2026-06-15 on. The certificate's notBefore stands for that day: a
    CA certificate issued on `issued_from` or later cannot have been disclosed before. Older ones pass.

    Why: Chrome removes hierarchies that break the rule, and with them every chain that ends there.

    Fix: have the CA issue from an intermediate whose extendedKeyUsage is serverAuth alone.
    """
    ekus = subject.certificate.ekus
    if subject.is_root or subject.is_for_clients:
        yield _A_ROOT if subject.is_root else _FOR_CLIENTS
    elif ekus is None:
        yield _NO_EKU
    elif CLIENT_AUTH in ekus and subject.certificate.not_before >= midnight(issued_from):
        yield Problem("extendedKeyUsage has clientAuth")


@check("eku.root", citation="CA/B BR §7.1.2.1.2", roles=frozenset({Role.CA}))
def root(subject: CertificateInRole) -> Iterator[Answer]:
    """A root has no extendedKeyUsage.

    The rule checks self-issued certificates with the role `ca`, not the trusted root of a path.

    Why: the trust store decides the purposes of a root, but some clients obey the extension.

    Fix: reissue the root without the extension.
    """
    if not subject.is_root:
        yield NotApplicable("the certificate is not a root")
    elif subject.certificate.has(ExtensionOID.EXTENDED_KEY_USAGE):
        yield Problem("extendedKeyUsage is present")


@check("eku.any-critical", citation="RFC 5280 §4.2.1.12")
def any_critical(subject: TemplateInRole) -> Iterator[Answer]:
    """extendedKeyUsage with anyExtendedKeyUsage is not critical.

    Why: a critical extension limits the purposes, and this purpose removes the limit.

    Fix: correct the CA's profile.
    """
    entry = subject.certificate.extension(ExtensionOID.EXTENDED_KEY_USAGE.dotted_string)
    if entry is None:
        yield _NO_EKU
    elif entry.critical and ANY_PURPOSE in (subject.certificate.ekus or ()):
        yield Problem("extendedKeyUsage has anyExtendedKeyUsage and is critical", cause="eku.critical")
