"""Rules of the family spiffe on the profile of an X.509-SVID and of its signing certificates."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH, purpose_name
from certgate.x509.spiffe_id import split_spiffe_id

__all__: list[str] = []

_SVID = frozenset({Role.SPIFFE})
_OF_LEAVES = frozenset({"digitalSignature", "keyAgreement", "keyEncipherment"})


@check("spiffe.san-critical", citation="X509-SVID §3.1", roles=_SVID)
def san_critical(subject: CertificateInRole) -> Iterator[Answer]:
    """The subjectAltName is critical if the subject is empty.

    Why: a client that does not read the extension must not accept a certificate without a subject.

    Fix: mark the extension critical, or set a subject.
    """
    certificate = subject.certificate
    if not certificate.subject.is_empty:
        yield NotApplicable("the subject is not empty")
    elif not certificate.san_critical:
        yield Problem("the subject is empty, but the subjectAltName is not critical")


@check("spiffe.leaf-not-ca", citation="X509-SVID §4.1, §5.2", roles=_SVID)
def leaf_not_ca(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf is not a CA.

    Why: a signing certificate must not authenticate a workload, because its key can issue identities.

    Fix: give the workload a leaf SVID and keep the signing key with the issuer.
    """
    if subject.certificate.is_ca:
        text = "the leaf is a CA: basicConstraints says CA:TRUE"
        yield Problem(text, cause="spiffe.signer-as-leaf", denies=Premise.LEAF)


@check(
    "spiffe.signer-as-leaf",
    unshipped="spiffe.leaf-not-ca and spiffe.leaf-ku say the same in parts",
    citation="X509-SVID §3.2",
    roles=_SVID,
)
def signer_as_leaf(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf is not a signing certificate.

    A signing certificate is a CA and has keyCertSign; spiffe.leaf-not-ca and spiffe.leaf-ku check each of the two.

    Why: the key that issues identities is exposed on a server.

    Fix: give the workload a leaf SVID, and move the signing key back to the issuer.
    """
    certificate = subject.certificate
    if certificate.is_ca and "keyCertSign" in (certificate.key_usage or ()):
        yield Problem("the leaf is a signing certificate: CA:TRUE and keyCertSign")


@check("spiffe.leaf-ku", citation="X509-SVID §4.3, §5.2", roles=_SVID, presumes=[Premise.LEAF])
def leaf_ku(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's keyUsage is critical and has digitalSignature, but neither keyCertSign nor cRLSign.

    Why: validators reject a leaf that may sign certificates, and TLS needs the signature.

    Fix: issue the SVID with `keyUsage = critical, digitalSignature`.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield Problem("no keyUsage", key="absent")
        return
    if not _is_critical(subject, "2.5.29.15"):
        yield Problem("keyUsage is not critical", key="critical")
    if "digitalSignature" not in usage:
        yield Problem("keyUsage lacks digitalSignature", key="digitalSignature")
    for bit in sorted({"keyCertSign", "cRLSign"} & usage):
        yield Problem(f"keyUsage has {bit}", key=bit)


@check("spiffe.leaf-ku-extra", citation="X509-SVID §4.3, Appendix A", roles=_SVID)
def leaf_ku_extra(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's keyUsage has only digitalSignature, keyEncipherment and keyAgreement.

    spiffe.leaf-ku reports keyCertSign and cRLSign.

    Why: bits that no SVID needs point to a profile for something else.

    Fix: issue the SVID with only digitalSignature.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield NotApplicable("no keyUsage")
        return
    known = {"digitalSignature", "keyEncipherment", "keyAgreement", "keyCertSign", "cRLSign"}
    for bit in sorted(usage - known):
        yield Problem(f"keyUsage has {bit}", key=bit)


@check("spiffe.leaf-eku", citation="X509-SVID §4.4", roles=_SVID, presumes=[Premise.LEAF])
def leaf_eku(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's extendedKeyUsage has both serverAuth and clientAuth.

    A missing extension is a warning.

    Why: workloads act as client and server with the same SVID.

    Fix: issue the SVID with `extendedKeyUsage = serverAuth, clientAuth`.
    """
    ekus = subject.certificate.ekus
    if ekus is None:
        yield Problem("no extendedKeyUsage", key="absent", severity=Severity.WARNING)
        return
    for oid in (SERVER_AUTH, CLIENT_AUTH):
        if oid not in ekus:
            yield Problem(f"extendedKeyUsage lacks {purpose_name(oid)}", key=purpose_name(oid))


@check("spiffe.signer-ca", citation="X509-SVID §3.2, §4.1, §4.3, Appendix A", roles=ISSUER)
def signer_ca(subject: CertificateInRole) -> Iterator[Answer]:
    """A signing certificate is a CA with a critical keyUsage that has keyCertSign.

    digitalSignature, keyAgreement and keyEncipherment are a warning: only the appendix of the specification says that
    they are for leaves.

    Why: a certificate without these must not sign SVIDs, and strict validators refuse the chain.

    Fix: reissue the signing certificate with `basicConstraints = CA:TRUE` and `keyUsage = critical, keyCertSign`.
    """
    certificate = subject.certificate
    if not certificate.is_ca:
        yield Problem("not a CA: basicConstraints does not say CA:TRUE", key="cA", cause="chain.issuer-ca")
    usage = certificate.key_usage
    if usage is None:
        yield Problem("no keyUsage", key="absent")
        return
    if not _is_critical(subject, "2.5.29.15"):
        yield Problem("keyUsage is not critical", key="critical")
    if "keyCertSign" not in usage:
        yield Problem("keyUsage lacks keyCertSign", key="keyCertSign", cause="chain.issuer-keycertsign")
    for bit in sorted(_OF_LEAVES & usage):
        yield Problem(f"keyUsage has {bit}, which is for leaves", key=bit, severity=Severity.WARNING)


def _is_critical(subject: CertificateInRole, oid: str) -> bool:
    entry = subject.certificate.extension(oid)
    return entry is not None and entry.critical


@check("spiffe.signer-id-no-path", citation="X509-SVID §3.2", roles=ISSUER)
def signer_id_no_path(subject: CertificateInRole) -> Iterator[Answer]:
    """The SPIFFE ID of a signing certificate, if present, has no path.

    Every intermediate is a signing certificate.

    Why: an ID with a path names a workload, and a workload must not sign.

    Fix: reissue the signing certificate with the ID of its trust domain: spiffe://TRUST-DOMAIN.
    """
    ids = [uri for uri in subject.certificate.uris if split_spiffe_id(uri).scheme.lower() == "spiffe"]
    if not ids:
        yield NotApplicable("no SPIFFE ID")
        return
    yield from capped(
        Problem(f"SPIFFE ID {shortened(uri)} has a path", key=shortened(uri))
        for uri in ids
        if split_spiffe_id(uri).path
    )


@check("spiffe.signer-is-svid", citation="X509-SVID §3.2; SPIFFE-ID §2.1, §3.1", roles=ISSUER)
def signer_is_svid(subject: CertificateInRole) -> Iterator[Answer]:
    """A signing certificate has a SPIFFE ID of its own.

    Why: the ID shows the trust domain for which the certificate may sign.

    Fix: reissue the signing certificate with one URI, spiffe://TRUST-DOMAIN.
    """
    uris = subject.certificate.uris
    if len(uris) != 1:
        yield Problem(f"{len(uris)} URIs in the subjectAltName, 1 SPIFFE ID required")
        return
    found = split_spiffe_id(uris[0])
    if problem := found.scheme_problem() or found.trust_domain_problem():
        yield Problem(f"{shortened(uris[0])} {problem}")
