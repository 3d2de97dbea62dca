"""What RFC 5280 §6 and RFC 9618 require of a path, one function for each kind of problem.

With `of_anchor` a function looks at the anchor's own certificate instead, which RFC 5280 leaves out. `clients` are
the words of clients whose further requirements count too.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from types import MappingProxyType

from certgate.trust.clients import CLIENTS, DOUBTFUL, GO, OPENSSL, clients_without
from certgate.trust.links import is_self_signed
from certgate.trust.name_constraints import refusals
from certgate.trust.path import CertificatePath
from certgate.trust.policy_graph import PolicySettings, process_policies
from certgate.trust.problem import Kind, PathProblem
from certgate.x509.certificate import Certificate
from certgate.x509.extension import Extension
from certgate.x509.oids import extension_name
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH, purpose_name

__all__ = [
    "WORDS_OF_PURPOSES",
    "anchoring",
    "critical_extensions",
    "dates",
    "intermediates_below",
    "issuers_that_are_no_ca",
    "issuers_without_key_cert_sign",
    "names",
    "path_lengths",
    "policies",
    "purposes_of",
    "signatures",
    "stops_at",
]

WORDS_OF_PURPOSES: Mapping[str, str] = MappingProxyType({"server": SERVER_AUTH, "client": CLIENT_AUTH})
_INCOMPLETE = "chain.complete"
"""The rule that reports a chain in which an issuer was not sent."""
_ALREADY_WRONG: Mapping[str, str] = MappingProxyType(
    {
        "1.3.6.1.4.1.11129.2.4.3": "ext.precert-poison",
        "2.5.29.14": "ext.criticality",
        "2.5.29.18": "ext.not-critical",
        "2.5.29.35": "ext.criticality",
        "1.3.6.1.5.5.7.1.1": "ext.criticality",
        "1.3.6.1.5.5.7.1.11": "ext.criticality",
    }
)
"""The rules that report critical extensions which must not be critical, or not be there at all."""
_PROCESSED = frozenset(
    {
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32",
        "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54", "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.11", "1.3.6.1.5.5.7.1.24", "1.3.6.1.5.5.7.48.1.5",
    }
)  # fmt: skip
"""Extensions that rules read or that constrain nothing (issuerAltName, SIA, freshestCRL)."""
_PROCESSED_BY_ALL = _PROCESSED - DOUBTFUL


def anchoring(path: CertificatePath) -> Iterator[PathProblem]:
    """Check that the path ends at an anchor and every signature up to it verifies (RFC 5280 §6.1.1(d))."""
    last = len(path.certificates) - 1
    end = path.certificates[last]
    cause = ""
    if path.anchor is None and path.unknown:
        yield PathProblem(kind=Kind.ANCHOR, index=last, text=path.unknown, not_checked=True)
        return
    if path.anchor is None and is_self_signed(end):
        text = f"no path to a trusted root: the chain stops at {_subject(end)}, which is self-signed and not trusted"
    elif path.anchor is None:
        text, cause = f"no path to a trusted root: {stops_at(end)}", _INCOMPLETE
    elif any(path.signatures):
        cause = Kind.SIGNATURE.value
        text = f"no path to a trusted root: a signature on the path to {path.anchor.subject.text} does not verify"
    else:
        return
    yield PathProblem(kind=Kind.ANCHOR, index=last, text=text, cause=cause)


def stops_at(last: Certificate) -> str:
    """Where an incomplete chain stops, and whose certificate is missing."""
    return f"the chain stops at {_subject(last)}, issued by {last.issuer.text}, which was neither sent nor is trusted"


def _subject(certificate: Certificate) -> str:
    return "a certificate with an empty subject" if certificate.subject.is_empty else certificate.subject.text


def signatures(path: CertificatePath) -> Iterator[PathProblem]:
    """Check that every signature verifies with the issuer's key (RFC 5280 §6.1.3(a)(1))."""
    for index, reason in enumerate(path.signatures):
        if reason is not None:
            where = _label(path, index)
            yield PathProblem(kind=Kind.SIGNATURE, index=index, text=f"{where}: {reason}", key=where)


def issuers_that_are_no_ca(path: CertificatePath, *, of_anchor: bool = False) -> Iterator[PathProblem]:
    """Check that every issuer is a CA by its basic constraints (RFC 5280 §6.1.4(k)). Raises Malformed."""
    for index, issuer in _issuers(path, of_anchor=of_anchor):
        if not issuer.is_ca:
            where = _label(path, index)
            how = "basicConstraints says CA:FALSE" if issuer.basic_constraints else "it has no basicConstraints"
            text = f"{_named(path, index)} is an issuer but not a CA: {how}"
            yield PathProblem(kind=Kind.NO_CA, index=index, text=text, key=where)


def issuers_without_key_cert_sign(path: CertificatePath, *, of_anchor: bool = False) -> Iterator[PathProblem]:
    """Check that every issuer with a key usage has keyCertSign (RFC 5280 §6.1.4(n)). Raises Malformed."""
    for index, issuer in _issuers(path, of_anchor=of_anchor):
        if issuer.key_usage is not None and "keyCertSign" not in issuer.key_usage:
            where = _label(path, index)
            text = f"{_named(path, index)} lacks keyCertSign in keyUsage"
            yield PathProblem(kind=Kind.NO_CERT_SIGN, index=index, text=text, key=where)


def path_lengths(
    path: CertificatePath, *, leaf_issues: bool = False, of_anchor: bool = False, clients: Collection[str] = ()
) -> Iterator[PathProblem]:
    """Check that no issuer has more CAs below it than it allows (RFC 5280 §6.1.4(l), (m)). Raises Malformed.

    A constraint without cA and keyCertSign has no effect (§4.2.1.9). With `leaf_issues` the leaf counts as one of the
    CAs, which RFC 5280 does only on paths on which it issues. Go counts self-issued CAs too.
    """
    every = GO in clients
    for index, issuer in _issuers(path, of_anchor=of_anchor):
        allowed = issuer.basic_constraints.path_length if issuer.basic_constraints else None
        below = intermediates_below(path, index, self_issued=every)
        below += leaf_issues and (every or not path.leaf.is_self_issued)
        if allowed is not None and below > allowed and _may_sign(issuer):
            where = _label(path, index)
            found = f"{below} CA{'' if below == 1 else 's'} below {_named(path, index)}"
            text = f"{found}, at most {allowed} allowed by its path length"
            yield PathProblem(kind=Kind.PATH_LENGTH, index=index, text=text, key=where)


def purposes_of(
    path: CertificatePath,
    purposes: Iterable[str],
    *,
    include_leaf: bool = True,
    of_anchor: bool = False,
    clients: Collection[str] = (),
) -> Iterator[PathProblem]:
    """Check that every certificate with an extended key usage allows each of the purposes. Raises Malformed.

    RFC 5280 §4.2.1.12 requires this of the leaf; clients treat an issuer's usages as a limit on what it issues.
    anyExtendedKeyUsage allows all, except for OpenSSL.
    """
    for index, certificate in _certificates(path, of_anchor=of_anchor):
        if certificate.ekus is None or not (index or include_leaf):
            continue
        if ANY_PURPOSE in certificate.ekus and OPENSSL not in clients:
            continue
        for purpose in purposes:
            if WORDS_OF_PURPOSES.get(purpose, purpose) not in certificate.ekus:
                where = _label(path, index)
                allowed = ", ".join(sorted(map(purpose_name, certificate.ekus))) or "nothing"
                text = f"{_named(path, index)} is not for {purpose}: extendedKeyUsage allows {allowed}"
                yield PathProblem(kind=Kind.PURPOSE, index=index, text=text, key=f"{where} {purpose}")


def names(path: CertificatePath, *, from_anchor: bool = False, of_anchor: bool = False) -> Iterator[PathProblem]:
    """Check that the CAs above it allow every name (RFC 5280 §6.1.3(b), (c)). Raises LimitExceeded.

    With `from_anchor` the anchor's own constraints count too, and with `of_anchor` only these (RFC 5937).
    """
    for refusal in refusals(path, from_anchor=from_anchor or of_anchor):
        if of_anchor and refusal.by < len(path.certificates):
            continue
        where, constrainer = path.label_of(refusal.index), _named(path, refusal.by)
        if refusal.name:
            text = f"{refusal.name} in {where} violates the name constraints of {constrainer}: it {refusal.reason}"
            key = f"{where} {refusal.name}"
        else:
            text = f"the name constraints of {constrainer} cannot be applied to {where}: {refusal.reason}"
            key = _label(path, refusal.by)
        yield PathProblem(kind=Kind.NAMES, index=refusal.index, text=text, key=key)


def policies(path: CertificatePath, settings: PolicySettings) -> Iterator[PathProblem]:
    """Check that the certificate policies form a valid graph (RFC 9618 §5). Raises Malformed and LimitExceeded."""
    if problem := process_policies(path, settings).problem:
        yield PathProblem(kind=Kind.POLICIES, index=0, text=problem)


def critical_extensions(
    path: CertificatePath, known: Container[str] = (), *, of_anchor: bool = False, clients: Collection[str] = ()
) -> Iterator[PathProblem]:
    """Check that every critical extension is in `known` or processed by certgate and all `clients`.

    RFC 5280 §6.1.4(o), §6.1.5(f). Raises Malformed if there are `clients`.
    """
    for index, certificate in _certificates(path, of_anchor=of_anchor):
        for extension in certificate.template.critical_extensions:
            if extension.oid in _PROCESSED_BY_ALL or extension.oid in known:
                continue
            lacking = _who_lacks_support(certificate, extension, clients)
            if lacking:
                where = _label(path, index)
                name = extension_name(extension.oid)
                text = f"{_named(path, index)} has the critical extension {name}, which {lacking} not process"
                key, cause = f"{where} {extension.oid}", _ALREADY_WRONG.get(extension.oid, "")
                yield PathProblem(kind=Kind.CRITICAL, index=index, text=text, key=key, cause=cause)


def intermediates_below(path: CertificatePath, index: int, *, self_issued: bool = False) -> int:
    """The number of CA certificates between the leaf and position `index`: those that are not self-issued, or all."""
    return sum(self_issued or not issuer.is_self_issued for issuer in path.certificates[1:index])


def dates(path: CertificatePath, kind: Kind, outside: Callable[[Certificate], str]) -> Iterator[PathProblem]:
    """Check that every certificate is within its dates (RFC 5280 §6.1.3(a)(2)). Raises Malformed.

    `outside` says how far a certificate is outside its dates; empty if it is within them.
    """
    for index, certificate in enumerate(path.certificates):
        if text := outside(certificate):
            where = path.label_of(index)
            yield PathProblem(kind=kind, index=index, text=f"{where} {text}", key=where)


def _certificates(path: CertificatePath, *, of_anchor: bool) -> Iterator[tuple[int, Certificate]]:
    if not of_anchor:
        return enumerate(path.certificates)
    return iter(() if path.anchor is None else ((len(path.certificates), path.anchor),))


def _issuers(path: CertificatePath, *, of_anchor: bool) -> Iterator[tuple[int, Certificate]]:
    return _certificates(path, of_anchor=True) if of_anchor else enumerate(path.issuers, 1)


def _who_lacks_support(certificate: Certificate, extension: Extension, clients: Collection[str]) -> str:
    """A clause that names who does not process the extension; empty if all do. Raises Malformed."""
    if extension.oid not in _PROCESSED:
        return "certgate does"
    if lacking := clients_without(certificate, extension, clients):
        return " and ".join(CLIENTS[client] for client in lacking) + (" do" if len(lacking) > 1 else " does")
    return ""


def _may_sign(issuer: Certificate) -> bool:
    return issuer.is_ca and (issuer.key_usage is None or "keyCertSign" in issuer.key_usage)


def _label(path: CertificatePath, index: int) -> str:
    """The certificate's label in keys."""
    return "the anchor" if index == len(path.certificates) else path.label_of(index)


def _named(path: CertificatePath, index: int) -> str:
    """The certificate's name in messages: `issuer 1 (Issuing CA)`, `the root Example Root`."""
    if index == len(path.certificates):
        return f"the root {path.anchor.subject.short if path.anchor else ''}"
    return f"{path.label_of(index)} ({path.certificates[index].subject.short})"
