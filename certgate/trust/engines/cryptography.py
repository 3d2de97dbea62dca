"""The library cryptography as a witness, with its web profile relaxed as far as possible."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import ClassVar

from cryptography import x509
from cryptography.x509 import verification as pyca

from certgate.trust.engines.interface import Engine, EngineResult, EngineState, Limit, PathQuestion, Reason
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.dns import is_host
from certgate.x509.errors import Malformed
from certgate.x509.name_constraints import read_name_constraints
from certgate.x509.purposes import ANY_PURPOSE

__all__ = ["Cryptography"]

_MAX_DEPTH = 20
_JUDGED = frozenset({"DNS", "IP", "e-mail"})
"""Kinds of names in the subjectAltName that the library checks against name constraints."""
_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "no interior errors": Reason.NO_PATH,
        "signature does not match": Reason.SIGNATURE,
        "not valid at validation time": Reason.DATES,
        "path length": Reason.PATH_LENGTH,
        "max depth": Reason.PATH_LENGTH,
        "name constraint": Reason.NAMES,
        "nameConstraints": Reason.NAMES,
        "EKU": Reason.PURPOSE,
        "basicConstraints": Reason.ISSUER,
        "keyUsage": Reason.ISSUER,
        "extension": Reason.EXTENSION,
    }
)


def _says(*words: str) -> Callable[[PathQuestion, EngineResult], bool]:
    return lambda _, result: any(word in result.words for word in words)


def _names_differ_in_bytes(question: PathQuestion, result: EngineResult) -> bool:
    issuers = (*question.others, *question.anchors)
    return result.reason is Reason.NO_PATH and any(
        i.subject == c.issuer and i.subject.der != c.issuer.der for c in question.presented for i in issuers
    )


def _is_not_read(question: PathQuestion, result: EngineResult) -> bool:
    """Whether the library cannot read something that the path may need."""
    unread = result.reason is Reason.NO_PATH and any(_readable(anchor) is None for anchor in question.anchors)
    return unread or "ASN.1 parsing" in result.words


def _has_self_issued(question: PathQuestion, _: EngineResult) -> bool:
    return any(c.is_self_issued and not question.store.has_anchor_like(c) for c in question.others)


def _has_other_constraints(question: PathQuestion, result: EngineResult) -> bool:
    """Whether a CA constrains other kinds of names; a refusal must be about constraints."""
    if result.state is EngineState.FAIL and result.reason is not Reason.NAMES:
        return False
    found = (read_name_constraints(c) for c in (*question.others, *question.anchors))
    return any({s.kind for s in (*c.permitted, *c.excluded)} - _JUDGED for c in found if c)


def _is_for_anything(question: PathQuestion, result: EngineResult) -> bool:
    return result.reason is Reason.PURPOSE and ANY_PURPOSE in (question.leaf.ekus or ())


@lru_cache(maxsize=8)
def _subject(leaf: Certificate) -> pyca.Subject | None:
    """A name of the leaf, because the library cannot verify a server without a name to match."""
    for name in leaf.san or ():
        if isinstance(name.value, IPv4Address | IPv6Address):
            return x509.IPAddress(name.value)
        if name.kind == "DNS" and "_" not in name.text:
            host = name.text.replace("*.", "x.", 1)
            if is_host(host):
                return x509.DNSName(host)
    return None


_PURPOSES = "the purpose of a server's leaf without a DNS name or IP address of the form that it knows"
_CONSTRAINTS = "name constraints for URIs, directory names and further kinds, and names in the subject"


class Cryptography(Engine):
    """An engine that tries all paths. Its web PKI profile is relaxed as far as possible."""

    name: ClassVar[str] = "cryptography"
    refuses: ClassVar[tuple[Limit, ...]] = (
        Limit("names that differ in encoding: it compares bytes", _names_differ_in_bytes),
        Limit("certificates of version 1 or 2: refused", _says("X509v3")),
        Limit("serial numbers that are negative or too long: refused", _says(" serial ")),
        Limit(
            "keys of CAs other than RSA from 2048 bits and P-256, P-384, P-521: refused",
            _says("Forbidden public key", "RSA key"),
        ),
        Limit("signatures other than RSA and ECDSA with SHA-2: refused", _says("Forbidden signature algorithm")),
        Limit("dates to 2049 as GeneralizedTime: refused", _says("must be UtcTime")),
        Limit("issuers without a name: refused", _says("non-empty Issuer")),
        Limit("parts that are not strict DER, or hold characters that they should not: refused", _is_not_read),
        Limit(
            "critical extensions that it has no code for (policyConstraints and others): refused",
            _says("unaccounted-for critical"),
        ),
        Limit(
            "issuers without key usage, or with the wrong extensions critical: refused",
            _says("missing required extension", "incorrect criticality"),
        ),
        Limit("self-issued intermediates: they count towards path lengths", _has_self_issued),
        Limit(_CONSTRAINTS, _has_other_constraints),
        Limit(_PURPOSES, _says("no matching subjectAltName")),
        Limit("anyExtendedKeyUsage in a leaf: it does not stand for a purpose", _is_for_anything),
    )
    overlooks: ClassVar[Mapping[Kind, Limit]] = MappingProxyType(
        {
            Kind.POLICIES: Limit("certificate policies", lambda _question, _result: True),
            Kind.NAMES: Limit(_CONSTRAINTS, _has_other_constraints),
            Kind.ANCHOR_CONSTRAINTS: Limit(_CONSTRAINTS, _has_other_constraints),
            Kind.PURPOSE: Limit(_PURPOSES, lambda question, _: _subject(question.leaf) is None),
        }
    )

    def _verify(self, question: PathQuestion) -> EngineResult:
        leaf = question.leaf.native
        others = [c.native for c in question.others]
        try:
            for purpose in question.purposes or ("any",):
                _verifier(question, purpose).verify(leaf, others)
        except pyca.VerificationError as error:
            words = " ".join(str(error).removeprefix("validation failed: ").partition(" (encountered")[0].split())
            reason = next((reason for part, reason in _REASONS.items() if part in words), Reason.OTHER)
            return EngineResult(EngineState.FAIL, words.removeprefix("candidates exhausted: "), reason)
        return EngineResult(EngineState.PASS)


def _verifier(question: PathQuestion, purpose: str) -> pyca.ServerVerifier | pyca.ClientVerifier:
    subject = _subject(question.leaf) if purpose == "server" else None
    if subject:
        return _builder(question.store, question.now, purpose).build_server_verifier(subject)
    return _builder(question.store, question.now, "client" if purpose == "client" else "any").build_client_verifier()


@lru_cache(maxsize=64)
def _builder(store: TrustStore, now: datetime, purpose: str) -> pyca.PolicyBuilder:
    of_issuers, of_leaf = _extension_policies(purpose)
    builder = pyca.PolicyBuilder().store(_store(store)).time(now).max_chain_depth(_MAX_DEPTH)
    return builder.extension_policies(ca_policy=of_issuers, ee_policy=of_leaf)


@lru_cache(maxsize=64)
def _store(store: TrustStore) -> pyca.Store:
    """The anchors that the library can read."""
    return pyca.Store([native for anchor in store.anchors if (native := _readable(anchor))])


def _readable(anchor: Certificate) -> x509.Certificate | None:
    try:
        return anchor.native
    except Malformed:
        return None


@lru_cache
def _extension_policies(purpose: str) -> tuple[pyca.ExtensionPolicy, pyca.ExtensionPolicy]:
    """The policies for issuers and for the leaf, which require only RFC 5280 §6 and the purpose."""
    either = pyca.Criticality.AGNOSTIC
    of_issuers = pyca.ExtensionPolicy.webpki_defaults_ca()
    of_leaf = pyca.ExtensionPolicy.webpki_defaults_ee()
    free: list[type[x509.ExtensionType]] = [
        x509.AuthorityInformationAccess,
        x509.AuthorityKeyIdentifier,
        x509.SubjectKeyIdentifier,
        x509.CertificatePolicies,
        *((x509.ExtendedKeyUsage,) if purpose == "any" else ()),
    ]
    of_leaves: list[type[x509.ExtensionType]] = [*free, x509.KeyUsage, x509.BasicConstraints, x509.NameConstraints]
    for kind in free:
        of_issuers = of_issuers.may_be_present(kind, either, None)
    for kind in of_leaves:
        of_leaf = of_leaf.may_be_present(kind, either, None)
    if purpose == "server":
        return of_issuers, of_leaf.require_present(x509.SubjectAlternativeName, either, None)
    return of_issuers, of_leaf.may_be_present(x509.SubjectAlternativeName, either, None)
