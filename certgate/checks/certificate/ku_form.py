"""Rules of the family ku: how keyUsage is encoded, and whether it fits the key, the role and the purposes."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.der import BIT_STRING, bits, only
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH, purpose_name

__all__: list[str] = []

_NO_KU = NotApplicable("no keyUsage")
_DEFINED_BITS = 9
_OF_A_CA = frozenset({"digitalSignature", "keyCertSign", "cRLSign"})
_ENCRYPTION = frozenset({"keyEncipherment", "dataEncipherment"})
_AGREEMENT = frozenset({"keyAgreement", "encipherOnly", "decipherOnly"})
_UNUSABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "RSA": _AGREEMENT,
        "RSASSA-PSS": _AGREEMENT | _ENCRYPTION,
        "EC": _ENCRYPTION,
        "Ed25519": _AGREEMENT | _ENCRYPTION,
        "Ed448": _AGREEMENT | _ENCRYPTION,
    }
)
"""Bits that a key of each algorithm cannot be used for."""
_SIGNATURES = frozenset({"digitalSignature", "nonRepudiation"})
_BITS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        SERVER_AUTH: frozenset({"digitalSignature", "keyEncipherment", "keyAgreement"}),
        CLIENT_AUTH: frozenset({"digitalSignature", "keyAgreement"}),
        "1.3.6.1.5.5.7.3.3": frozenset({"digitalSignature"}),
        "1.3.6.1.5.5.7.3.4": _SIGNATURES | {"keyEncipherment", "keyAgreement"},
        "1.3.6.1.5.5.7.3.8": _SIGNATURES,
        "1.3.6.1.5.5.7.3.9": _SIGNATURES,
    }
)
"""Bits of which each purpose needs one (RFC 5280 §4.2.1.12)."""


@check("ku.encoding", citation="RFC 5280 §4.2.1.3; X.690 §11.2.2")
def encoding(subject: TemplateInRole) -> Iterator[Answer]:
    """keyUsage is encoded as DER requires: it ends with the last bit that is set, and has only defined bits.

    Why: strict clients refuse the certificate, and tools that compare bytes see two different values.

    Fix: correct the CA's software, then reissue the certificate.
    """
    found = subject.certificate.value(ExtensionOID.KEY_USAGE.dotted_string, _bits)
    if found is None:
        yield _NO_KU
        return
    octets, unused = found
    size = len(octets) * 8 - unused
    if size and not octets[-1] >> unused & 1:
        cause = "" if any(octets) else "ext.form"
        yield Problem("the encoding of keyUsage ends with bits that are not set", key="zeros", cause=cause)
    elif size > _DEFINED_BITS:
        yield Problem(f"keyUsage has {size} bits, only {_DEFINED_BITS} are defined", key="undefined")


def _bits(value: bytes) -> tuple[bytes, int]:
    """The octets of keyUsage, and the number of unused bits in the last. Raises NotDer."""
    return bits(only(value, BIT_STRING))


@check("ku.ca-only", citation="CA/B BR §7.1.2.10.7", roles=ISSUER)
def ca_only(subject: TemplateInRole) -> Iterator[Answer]:
    """A CA's keyUsage has no bits other than keyCertSign, cRLSign and digitalSignature.

    Why: the key of a CA signs certificates, CRLs and OCSP responses; any other use endangers it.

    Fix: reissue the CA certificate with `keyUsage = critical, keyCertSign, cRLSign`.
    """
    usage = subject.certificate.key_usage
    if usage is None:
        yield _NO_KU
    elif surplus := sorted(usage - _OF_A_CA):
        yield Problem(f"keyUsage of the CA has {listed(surplus)}")


@check(
    "ku.algorithm",
    citation="RFC 3279 §2.3.1; RFC 4055 §1.2; RFC 5480 §3; RFC 8813 §3; RFC 9295 §3",
    roles=ISSUER | {Role.CLIENT, Role.SPIFFE},
)
def algorithm(subject: TemplateInRole) -> Iterator[Answer]:
    """keyUsage has only bits that a key of this algorithm can be used for.

    An RSA key cannot agree on keys; an elliptic-curve key cannot encrypt; RSASSA-PSS and EdDSA keys can only sign. Bits
    for encryption in a CA's RSA key are a warning. ku.rsa-leaf and ku.ec-leaf check servers, pq.mldsa-form ML-DSA.

    Why: clients that try the operation fail, and strict ones refuse the certificate.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`, a CA's with `keyCertSign, cRLSign`.
    """
    usage, key = subject.certificate.key_usage, subject.certificate.key.algorithm
    if usage is None or key not in _UNUSABLE:
        yield _NO_KU if usage is None else NotApplicable(f"the key type is {key}")
        return
    unusable = sorted(usage & _UNUSABLE[key])
    if unusable:
        yield Problem(f"keyUsage has {listed(unusable)}, but the key type is {key}", cause="ku.ca-only")
    risky = sorted(usage & _ENCRYPTION - _UNUSABLE[key]) if "keyCertSign" in usage else []
    if risky:
        yield Problem(
            f"keyUsage of the CA has {listed(risky)}",
            key="encryption",
            severity=Severity.WARNING,
            cause="ku.ca-only",
        )


@check("ku.purposes", citation="RFC 5280 §4.2.1.12", roles=LEAF)
def purposes(subject: TemplateInRole) -> Iterator[Answer]:
    """keyUsage has a bit for each purpose in extendedKeyUsage.

    With no bit for any purpose the rule fails; if only some purposes lack one, that is a warning. ku.handshake reports
    servers and clients that TLS cannot use.

    Why: a key may be used only for what both extensions allow.

    Fix: reissue the certificate with `keyUsage = critical, digitalSignature`, which all these purposes can use.
    """
    usage, ekus = subject.certificate.key_usage, subject.certificate.ekus
    known = sorted(_BITS_OF.keys() & (ekus or ()))
    if not usage or ekus is None or not known:
        yield NotApplicable("no keyUsage together with a known purpose in extendedKeyUsage")
        return
    lacking = [oid for oid in known if not usage & _BITS_OF[oid]]
    if lacking:
        none = len(lacking) == len(ekus)
        yield Problem(
            f"keyUsage has no bit for {listed(map(purpose_name, lacking))}",
            severity=None if none else Severity.WARNING,
            cause="ku.handshake" if none else "",
        )
