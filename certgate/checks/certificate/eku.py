"""Rules of the family eku: what a certificate's key may be used for (extKeyUsage)."""

from collections.abc import Iterator
from datetime import date

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.br import midnight
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, PURPOSES, SERVER_AUTH, purpose_name

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_WANTED = frozenset({SERVER_AUTH, CLIENT_AUTH})
_FORBIDDEN = PURPOSES.keys() - _WANTED
_NO_EKU = NotApplicable("it has no extKeyUsage")
_A_ROOT = NotApplicable("it is self-issued, so it is a root")


@check("eku.server-auth", citation="CA/B BR §7.1.2.7.10; Apple 103769", roles=_SERVER)
def server_auth(subject: CertificateInRole, *, allow_absent: bool = False) -> Iterator[Answer]:
    """The certificate may authenticate a server: extKeyUsage has serverAuth.

    anyExtendedKeyUsage does not stand for it. Without the extension RFC 5280 restricts nothing, but clients do:
    `allow_absent` follows RFC 5280.

    Why: clients refuse a server whose certificate is not for servers.

    Fix: issue it anew with extendedKeyUsage = serverAuth.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        if not allow_absent:
            yield Problem("has no extKeyUsage, so no serverAuth")
    elif SERVER_AUTH not in ekus:
        yield Problem(f"extKeyUsage lacks serverAuth: it has {listed(sorted(map(purpose_name, ekus)))}")


@check("eku.client-auth-public", citation="Chrome Root Program 1.8 §1.3.2(2)", roles=_SERVER)
def client_auth_public(subject: IssuedInRole, *, error_from: date = date(2027, 3, 15)) -> Iterator[Answer]:
    """A public server certificate is for servers alone: extKeyUsage has no clientAuth.

    For certificates issued before `error_from` it is a warning.

    Why: public CAs stop issuing for client authentication; mutual TLS that relies on it will break.

    Fix: take client certificates from an internal CA, and drop clientAuth from the next request.
    """
    certificate = subject.certificate
    if CLIENT_AUTH in (certificate.ekus or ()):
        late = certificate.not_before >= midnight(error_from)
        yield Problem("extKeyUsage has clientAuth", severity=None if late else Severity.WARNING)


@check("eku.forbidden", citation="CA/B BR §7.1.2.7.10; Mozilla Root Store Policy §5.2", roles=_SERVER)
def forbidden(subject: CertificateInRole) -> Iterator[Answer]:
    """A server certificate is not for code, mail, time stamps, OCSP, precertificates or everything.

    Why: a web server's key, once stolen, could sign code or revocation answers.

    Fix: issue it anew with extendedKeyUsage = serverAuth.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield _NO_EKU
        return
    for oid in sorted(ekus & _FORBIDDEN):
        yield Problem(f"extKeyUsage has {purpose_name(oid)}", key=oid)


@check("eku.unlisted", citation="CA/B BR §7.1.2.7.10", roles=_SERVER)
def unlisted(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate has no purpose that the requirements do not name.

    Why: nobody can say what a purpose unknown to clients permits.

    Fix: issue it anew with extendedKeyUsage = serverAuth.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield _NO_EKU
        return
    unknown = sorted(ekus - PURPOSES.keys())
    if unknown:
        yield Problem(f"extKeyUsage has {listed(unknown)}")


@check("eku.critical", citation="CA/B BR §7.1.2.7.6", roles=_SERVER | ISSUER)
def critical(subject: CertificateInRole) -> Iterator[Answer]:
    """extKeyUsage is not critical.

    Why: the requirements say so; a client that does not know a listed purpose may refuse the certificate.

    Fix: correct the CA's profile.
    """
    entry = subject.certificate.extension(ExtensionOID.EXTENDED_KEY_USAGE.dotted_string)
    if entry is None:
        yield _NO_EKU
    elif entry.critical:
        yield Problem("extKeyUsage is critical")


@check("eku.subca", citation="CA/B BR §7.1.2.10.6; Chrome Root Program 1.8 §1.3.2(1)", roles=ISSUER)
def subca(subject: CertificateInRole) -> Iterator[Answer]:
    """An intermediate is for serverAuth, perhaps clientAuth, and nothing else.

    A self-issued certificate that is judged as CA is a root, which eku.root judges.

    Cross-certificates may do without the extension, or hold anyExtendedKeyUsage alone, and cannot be told apart from
    other intermediates: both are warnings. Purposes that the requirements do not name are notes.

    Why: an intermediate that may issue for mail and code puts the web at the mercy of those uses.

    Fix: have the CA issue from an intermediate that is dedicated to TLS servers.
    """
    if subject.is_root:
        yield _A_ROOT
        return
    ekus = subject.certificate.ekus
    if ekus is None:
        yield Problem("has no extKeyUsage", key="absent", severity=Severity.WARNING)
        return
    if ekus == {ANY_PURPOSE}:
        yield Problem("extKeyUsage is anyExtendedKeyUsage alone", key="any", severity=Severity.WARNING)
        return
    if SERVER_AUTH not in ekus:
        yield Problem("extKeyUsage lacks serverAuth", key="serverAuth")
    for oid in sorted(ekus & _FORBIDDEN):
        yield Problem(f"extKeyUsage has {purpose_name(oid)}", key=oid)
    for oid in sorted(ekus - PURPOSES.keys())[:5]:
        yield Problem(f"extKeyUsage has {oid}", key=oid, severity=Severity.INFO)


@check("eku.root", citation="CA/B BR §7.1.2.1.2", roles=frozenset({Role.CA}))
def root(subject: CertificateInRole) -> Iterator[Answer]:
    """A root has no extKeyUsage.

    Only self-issued certificates that are judged as CA are roots here; anchors of a path are not judged.

    Why: what a root is trusted for is the store's decision, yet some clients heed the extension.

    Fix: issue the root anew without the extension.
    """
    if not subject.is_root:
        yield NotApplicable("it is not self-issued, so no root")
    elif subject.certificate.has(ExtensionOID.EXTENDED_KEY_USAGE):
        yield Problem("has an extKeyUsage")
