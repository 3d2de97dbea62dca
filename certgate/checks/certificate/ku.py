"""Rules of the family ku: the operations that a certificate's key may be used for (keyUsage)."""

from collections.abc import Iterator

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import Handshake
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.template import TemplateFacts

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_BOTH_ENDS = frozenset({Role.SERVER, Role.CLIENT})
_USAGES = {
    Role.SERVER: frozenset({"digitalSignature", "keyAgreement", "keyEncipherment"}),
    Role.CLIENT: frozenset({"digitalSignature", "keyAgreement"}),
}
_NO_KU = NotApplicable("no keyUsage")
_RSA_BITS = frozenset({"digitalSignature", "keyEncipherment", "dataEncipherment"})
_EC_BITS = frozenset({"digitalSignature", "keyAgreement"})


@check(
    "ku.present", citation="CA/B BR §7.1.2.7.6", roles=LEAF, presumes=[Premise.TLS, Premise.LEAF, Premise.EXTENSIONS]
)
def present(subject: TemplateInRole) -> Iterator[Answer]:
    """The leaf has a critical keyUsage.

    Why: without it the key may be used for everything, and lax clients accept certificates that it signed.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`.
    """
    if subject.certificate.key_usage is None:
        yield Problem("no keyUsage")
    elif not _is_critical(subject.certificate):
        yield Problem("keyUsage is not critical")


def _is_critical(certificate: TemplateFacts) -> bool:
    entry = certificate.extension(ExtensionOID.KEY_USAGE.dotted_string)
    return entry is not None and entry.critical


@check("ku.rsa-leaf", citation="CA/B BR §7.1.2.7.11", roles=_SERVER, presumes=[Premise.TLS, Premise.LEAF])
def rsa_leaf(subject: TemplateInRole) -> Iterator[Answer]:
    """An RSA server key's keyUsage has digitalSignature, optionally keyEncipherment, and nothing else.

    A missing digitalSignature is a warning, and so is dataEncipherment.

    Why: other bits allow operations that a web server does not need, and TLS 1.3 needs the signature.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`.
    """
    certificate = subject.certificate
    if certificate.key.algorithm not in {"RSA", "RSASSA-PSS"}:
        yield NotApplicable(f"the key type is {certificate.key.algorithm}")
        return
    usage = certificate.key_usage
    if usage is None:
        yield _NO_KU
        return
    if not usage:
        yield Problem("keyUsage has no bit set", key="empty", cause="ku.handshake")
    elif "digitalSignature" not in usage:
        yield Problem("keyUsage lacks digitalSignature", key="digitalSignature", severity=Severity.WARNING)
    if "dataEncipherment" in usage:
        yield Problem("keyUsage has dataEncipherment", key="dataEncipherment", severity=Severity.WARNING)
    yield from (Problem(f"keyUsage has {bit}", key=bit) for bit in sorted(usage - _RSA_BITS))


@check("ku.ec-leaf", citation="CA/B BR §7.1.2.7.11", roles=_SERVER, presumes=[Premise.TLS, Premise.LEAF])
def ec_leaf(subject: TemplateInRole) -> Iterator[Answer]:
    """An elliptic-curve server key's keyUsage has digitalSignature and nothing else.

    keyAgreement is a warning.

    Why: TLS uses such a key only for signatures; clients refuse it without that bit.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`.
    """
    certificate = subject.certificate
    if certificate.key.algorithm != "EC":
        yield NotApplicable(f"the key type is {certificate.key.algorithm}")
        return
    usage = certificate.key_usage
    if usage is None:
        yield _NO_KU
        return
    if "digitalSignature" not in usage:
        cause = "" if usage & _USAGES[Role.SERVER] else "ku.handshake"
        yield Problem("keyUsage lacks digitalSignature", key="digitalSignature", cause=cause)
    if "keyAgreement" in usage:
        yield Problem("keyUsage has keyAgreement", key="keyAgreement", severity=Severity.WARNING)
    yield from (Problem(f"keyUsage has {bit}", key=bit) for bit in sorted(usage - _EC_BITS))


@check("ku.tls13-signature", citation="RFC 9846 §4.4.2.2", presumes=[Premise.TLS, Premise.LEAF])
def tls13_signature(subject: Handshake) -> Iterator[Answer]:
    """The leaf of a TLS 1.3 server may sign: keyUsage, if present, has digitalSignature.

    TLS 1.2 with RSA key transport needs no signature, so the rule applies to TLS 1.3 only.

    Why: strict clients end the handshake if the certificate may not sign.

    Fix: reissue the certificate with digitalSignature in keyUsage.
    """
    if subject.facts.version != "TLSv1.3":
        yield NotApplicable(f"{subject.facts.version} was negotiated")
        return
    usage = subject.leaf.key_usage
    if usage is not None and "digitalSignature" not in usage:
        of_curve = "ku.ec-leaf" if subject.leaf.key.algorithm == "EC" else ""
        cause = of_curve if usage & _USAGES[Role.SERVER] else "ku.handshake"
        yield Problem("the leaf's keyUsage lacks digitalSignature", cause=cause)


@check(
    "ku.handshake",
    citation="RFC 5280 §4.2.1.3; RFC 5246 §7.4.2, §7.4.8; RFC 9846 §4.4.2.2",
    roles=_BOTH_ENDS,
    presumes=[Premise.TLS, Premise.LEAF],
)
def handshake(subject: TemplateInRole) -> Iterator[Answer]:
    """The leaf's key may be used for TLS: keyUsage, if present, has a bit that TLS uses.

    The bits are digitalSignature and keyAgreement, and for a server also keyEncipherment (RSA key transport in TLS
    1.2).

    Why: OpenSSL refuses the certificate, whatever the handshake needs.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield _NO_KU
        return
    for role in sorted(subject.roles & _BOTH_ENDS):
        if not usage & _USAGES[role]:
            cause = "" if usage else "ext.form"
            yield Problem(f"keyUsage has no bit that a {role.value} uses in TLS", key=role.value, cause=cause)


@check("ku.ca", citation="CA/B BR §7.1.2.10.7", roles=ISSUER, presumes=[Premise.EXTENSIONS])
def ca(subject: TemplateInRole, *, crl_sign: bool = True) -> Iterator[Answer]:
    """A CA's keyUsage is critical and has keyCertSign and cRLSign.

    With `crl_sign: false` a missing cRLSign is a warning.

    Why: strict clients accept no certificate or CRL from a CA without these bits.

    Fix: reissue the CA certificate with `keyUsage = critical, keyCertSign, cRLSign`.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield Problem("no keyUsage", key="absent")
        return
    if not _is_critical(subject.certificate):
        yield Problem("keyUsage is not critical", key="critical")
    if "keyCertSign" not in usage:
        cause = "chain.issuer-keycertsign" if Role.ISSUER in subject.roles else ""
        yield Problem("keyUsage lacks keyCertSign", key="keyCertSign", cause=cause)
    if "cRLSign" not in usage:
        yield Problem("keyUsage lacks cRLSign", key="cRLSign", severity=None if crl_sign else Severity.WARNING)
