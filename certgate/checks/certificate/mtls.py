"""Rules of the family mtls: certificates for mutual TLS."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.purposes import CLIENT_AUTH, purpose_name

__all__: list[str] = []


@check("mtls.client-eku", citation="RFC 5280 §4.2.1.12; X509-SVID §4.4", roles=frozenset({Role.CLIENT}))
def client_auth(subject: CertificateInRole, *, allow_absent: bool = True) -> Iterator[Answer]:
    """A client's certificate is for clients: extendedKeyUsage has clientAuth.

    anyExtendedKeyUsage is not enough. If the extension is absent, the certificate is for everything, servers included,
    and servers accept it: with `allow_absent: false` that is a warning.

    Why: servers refuse a client whose certificate is not for clients.

    Fix: reissue it with `extendedKeyUsage = clientAuth`.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        if allow_absent:
            yield NotApplicable("no extendedKeyUsage")
        else:
            text = "no extendedKeyUsage: the certificate is for everything, not for clients alone"
            yield Problem(text, key="absent", severity=Severity.WARNING)
    elif CLIENT_AUTH not in ekus:
        yield Problem(f"extendedKeyUsage lacks clientAuth, it has {listed(sorted(map(purpose_name, ekus)))}")
