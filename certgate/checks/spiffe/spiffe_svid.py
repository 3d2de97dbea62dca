"""Rules of the family spiffe on the profile of an X.509-SVID and of its signing certificates."""

from collections.abc import Iterator

from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH, purpose_name
from certgate.x509.spiffe_id import split_spiffe_id

__all__: list[str] = []

_SVID = frozenset({Role.SPIFFE})


@check("spiffe.san-critical", citation="X509-SVID §3.1", roles=_SVID)
def san_critical(subject: CertificateInRole) -> Iterator[Answer]:
    """The subjectAltName is critical if the subject is empty.

    Why: a client that does not read it would take the certificate for nobody's.

    Fix: mark the extension critical, or set a subject.
    """
    certificate = subject.certificate
    if not certificate.subject.is_empty:
        yield NotApplicable("it has a subject")
    elif not certificate.san_critical:
        yield Problem("the subject is empty, but the subjectAltName is not critical")


@check("spiffe.leaf-not-ca", citation="X509-SVID §4.1, §5.2", roles=_SVID)
def leaf_not_ca(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf is no CA.

    Why: a signing certificate must not authenticate; whoever holds its key can issue identities.

    Fix: give the workload a leaf SVID and keep the signing key with the issuer.
    """
    if subject.certificate.is_ca:
        yield Problem("is a CA certificate: basicConstraints says cA TRUE")


@check("spiffe.signer-as-leaf", citation="X509-SVID §3.2", roles=_SVID)
def signer_as_leaf(subject: CertificateInRole) -> Iterator[Answer]:
    """No signing certificate is presented for authentication.

    A signing certificate is a CA and has keyCertSign; spiffe.leaf-not-ca and spiffe.leaf-ku judge each by itself.

    Why: the key that issues identities then lies on a server in the open.

    Fix: give the workload a leaf SVID and move the signing key back to the issuer.
    """
    certificate = subject.certificate
    if certificate.is_ca and "keyCertSign" in (certificate.key_usage or ()):
        yield Problem("is a signing certificate: it is a CA and has keyCertSign")


@check("spiffe.leaf-ku", citation="X509-SVID §4.3, §5.2", roles=_SVID)
def leaf_ku(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's keyUsage is present, critical, and has digitalSignature but neither keyCertSign nor cRLSign.

    Why: validators reject a leaf that may sign certificates; TLS needs the signature.

    Fix: issue the SVID with keyUsage critical, digitalSignature.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield Problem("has no keyUsage", key="absent")
        return
    if not _is_critical(subject, "2.5.29.15"):
        yield Problem("keyUsage is not critical", key="critical")
    if "digitalSignature" not in usage:
        yield Problem("keyUsage lacks digitalSignature", key="digitalSignature")
    for bit in sorted({"keyCertSign", "cRLSign"} & usage):
        yield Problem(f"keyUsage has {bit}", key=bit)


@check("spiffe.leaf-ku-extra", citation="X509-SVID §4.3, Appendix A", roles=_SVID)
def leaf_ku_extra(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's keyUsage has nothing beyond digitalSignature, keyEncipherment and keyAgreement.

    keyCertSign and cRLSign are spiffe.leaf-ku's business.

    Why: bits that no SVID needs hint at a profile that was made for something else.

    Fix: issue the SVID with digitalSignature alone.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield NotApplicable("it has no keyUsage")
        return
    known = {"digitalSignature", "keyEncipherment", "keyAgreement", "keyCertSign", "cRLSign"}
    for bit in sorted(usage - known):
        yield Problem(f"keyUsage has {bit}", key=bit)


@check("spiffe.leaf-eku", citation="X509-SVID §4.4", roles=_SVID)
def leaf_eku(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's extKeyUsage has both serverAuth and clientAuth.

    It should be there: its absence is a warning.

    Why: workloads act as client and as server with the same SVID.

    Fix: issue the SVID with extendedKeyUsage serverAuth, clientAuth.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield Problem("has no extKeyUsage", key="absent", severity=Severity.WARNING)
        return
    for oid in (SERVER_AUTH, CLIENT_AUTH):
        if oid not in ekus:
            yield Problem(f"extKeyUsage lacks {purpose_name(oid)}", key=purpose_name(oid))


@check("spiffe.signer-ca", citation="X509-SVID §3.2, §4.1, §4.3", roles=ISSUER)
def signer_ca(subject: CertificateInRole) -> Iterator[Answer]:
    """A signing certificate is a CA, and its keyUsage is critical and has keyCertSign.

    Why: a certificate without these may not sign SVIDs, and strict validators refuse the chain.

    Fix: issue the signing certificate with basicConstraints CA:TRUE and keyUsage critical, keyCertSign.
    """
    certificate = subject.certificate
    if not certificate.is_ca:
        yield Problem("is no CA certificate: basicConstraints does not say cA TRUE", key="cA")
    usage = certificate.key_usage
    if usage is None:
        yield Problem("has no keyUsage", key="absent")
        return
    if not _is_critical(subject, "2.5.29.15"):
        yield Problem("keyUsage is not critical", key="critical")
    if "keyCertSign" not in usage:
        yield Problem("keyUsage lacks keyCertSign", key="keyCertSign")


def _is_critical(subject: CertificateInRole, oid: str) -> bool:
    entry = subject.certificate.extension(oid)
    return entry is not None and entry.critical


@check("spiffe.signer-id-no-path", citation="X509-SVID §3.2", roles=ISSUER)
def signer_id_no_path(subject: CertificateInRole) -> Iterator[Answer]:
    """The SPIFFE ID of a signing certificate, if it has one, has no path.

    Every certificate between leaf and anchor is a signing certificate.

    Why: an ID with a path names a workload, and a workload must not sign.

    Fix: issue the signing certificate with the ID of its trust domain: spiffe://TRUST-DOMAIN.
    """
    ids = [uri for uri in subject.certificate.uris if split_spiffe_id(uri).scheme.lower() == "spiffe"]
    if not ids:
        yield NotApplicable("it has no SPIFFE ID")
        return
    yield from capped(
        Problem(f"{shortened(uri)} has a path", key=shortened(uri)) for uri in ids if split_spiffe_id(uri).path
    )


@check("spiffe.signer-is-svid", citation="X509-SVID §3.2; SPIFFE-ID §3.1", roles=ISSUER)
def signer_is_svid(subject: CertificateInRole) -> Iterator[Answer]:
    """A signing certificate carries a SPIFFE ID of its own.

    Why: it shows for which trust domain the certificate may sign.

    Fix: issue the signing certificate with one URI name, spiffe://TRUST-DOMAIN.
    """
    uris = subject.certificate.uris
    if len(uris) != 1:
        yield Problem(f"has {len(uris) or 'no'} URI names, not one SPIFFE ID")
    elif problem := split_spiffe_id(uris[0]).scheme_problem():
        yield Problem(f"{shortened(uris[0])} {problem}")
