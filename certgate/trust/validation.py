"""Whether a path holds: what RFC 5280 §6 and RFC 9618 ask of it, each problem with its kind."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from certgate.trust.dates import expired, not_yet_valid
from certgate.trust.limit import LimitExceeded
from certgate.trust.links import is_self_signed
from certgate.trust.name_constraints import refusals
from certgate.trust.path import Path
from certgate.trust.policy_graph import PolicySettings, process_policies
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH

__all__ = [
    "RFC5280",
    "WORDS_OF_PURPOSES",
    "Kind",
    "PathProblem",
    "anchoring",
    "best",
    "critical_extensions",
    "intermediates_below",
    "issuers_that_are_no_ca",
    "issuers_without_key_cert_sign",
    "names",
    "path_lengths",
    "policies",
    "purposes_of",
    "signatures",
    "validate",
]

WORDS_OF_PURPOSES: Mapping[str, str] = MappingProxyType({"server": SERVER_AUTH, "client": CLIENT_AUTH})
_PROCESSED = frozenset(
    {
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32",
        "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54", "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.11", "1.3.6.1.5.5.7.1.24", "1.3.6.1.5.5.7.48.1.5",
    }
)  # fmt: skip
"""Extensions that some rule reads, or (issuerAltName, SIA, freshestCRL) that constrain nothing."""


class Kind(StrEnum):
    """What can be wrong with a path. Each kind is named after the rule that reports it."""

    ANCHOR = "trust.anchor"
    SIGNATURE = "chain.signature"
    NO_CA = "chain.issuer-ca"
    NO_CERT_SIGN = "chain.issuer-keycertsign"
    PATH_LENGTH = "chain.pathlen"
    PURPOSE = "chain.eku-nesting"
    NAMES = "chain.name-constraints"
    POLICIES = "chain.policy-valid"
    CRITICAL = "chain.unknown-critical"
    EXPIRED = "validity.expired"
    NOT_YET_VALID = "validity.not-yet-valid"


RFC5280 = frozenset(Kind)
"""All that RFC 5280 §6 asks. Issuer names that differ in encoding alone keep its §7.1, so they are no problem."""


@dataclass(frozen=True, slots=True)
class PathProblem:
    """Something wrong with a path, or something about it that could not be judged."""

    kind: Kind
    index: int
    """Position of the certificate on the path; one past the last certificate for the anchor."""
    text: str
    key: str = ""
    """Tells two problems of one kind apart, whatever the serials and dates."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    undecided: bool = False


def validate(
    path: Path, now: datetime, purposes: tuple[str, ...] = ("server",), kinds: Container[Kind] = RFC5280
) -> tuple[PathProblem, ...]:
    """Everything of these kinds that is wrong with the path at `now`; a path with nothing wrong holds.

    `purposes` are `server`, `client` or dotted OIDs, each asked of every certificate that names any; none are asked
    if empty. A certificate that cannot be read, and a limit that is exceeded, give an undecided problem. Never raises.
    """
    steps = _steps(path, now, purposes).items()
    return tuple(problem for kind, problems in steps if kind in kinds for problem in _guarded(kind, problems))


def best(validated: Iterable[tuple[PathProblem, ...]]) -> tuple[PathProblem, ...]:
    """What is wrong with the best of several paths: nothing, else nothing that is certain, else the least."""
    return min(validated, key=lambda problems: (sum(not p.undecided for p in problems), len(problems)))


def anchoring(path: Path) -> Iterator[PathProblem]:
    """The path has to end at an anchor, and every signature up to it has to verify (RFC 5280 §6.1.1(d))."""
    last = len(path.certificates) - 1
    end = path.certificates[last]
    if path.anchor is None and is_self_signed(end):
        text = f"the path ends at {end.subject.text}, which is self-signed and no anchor of the trust store"
    elif path.anchor is None:
        text = f"the path ends at {end.subject.text}, short of any anchor of the trust store"
    elif any(path.signatures):
        text = f"the path to the anchor {path.anchor.subject.text} has a signature that does not verify"
    else:
        return
    yield PathProblem(Kind.ANCHOR, last, text)


def signatures(path: Path) -> Iterator[PathProblem]:
    """Every signature has to verify with the issuer's key (RFC 5280 §6.1.3(a)(1))."""
    for index, reason in enumerate(path.signatures):
        if reason is not None:
            where = path.label_of(index)
            yield PathProblem(Kind.SIGNATURE, index, f"{where}: {reason}", where)


def issuers_that_are_no_ca(path: Path) -> Iterator[PathProblem]:
    """Every issuer has to be a CA by its basic constraints (RFC 5280 §6.1.4(k)). Raises Malformed."""
    for index, issuer in _issuers(path):
        if not issuer.is_ca:
            where = path.label_of(index)
            how = "says CA:FALSE" if issuer.basic_constraints else "has no basicConstraints"
            text = f"{where} ({issuer.subject.short}) issues certificates, but {how}"
            yield PathProblem(Kind.NO_CA, index, text, where)


def issuers_without_key_cert_sign(path: Path) -> Iterator[PathProblem]:
    """Every issuer with a key usage has to have keyCertSign (RFC 5280 §6.1.4(n)). Raises Malformed."""
    for index, issuer in _issuers(path):
        if issuer.key_usage is not None and "keyCertSign" not in issuer.key_usage:
            where = path.label_of(index)
            text = f"the key usage of {where} ({issuer.subject.short}) lacks keyCertSign"
            yield PathProblem(Kind.NO_CERT_SIGN, index, text, where)


def path_lengths(path: Path, *, leaf_issues: bool = False) -> Iterator[PathProblem]:
    """No issuer may have more CAs below it than it allows (RFC 5280 §6.1.4(l), (m)). Raises Malformed.

    A constraint without cA and keyCertSign means nothing (§4.2.1.9). With `leaf_issues` the leaf counts as one of the
    CAs, which RFC 5280 leaves to the paths on which it is one.
    """
    for index, issuer in _issuers(path):
        allowed = issuer.basic_constraints.path_length if issuer.basic_constraints else None
        below = intermediates_below(path, index) + (leaf_issues and not path.leaf.is_self_issued)
        if allowed is not None and below > allowed and _may_sign(issuer):
            where = path.label_of(index)
            text = f"{where} ({issuer.subject.short}) allows {allowed} CAs below it, and there are {below}"
            yield PathProblem(Kind.PATH_LENGTH, index, text, where)


def purposes_of(path: Path, purposes: Iterable[str], *, include_leaf: bool = True) -> Iterator[PathProblem]:
    """Every certificate with an extended key usage has to allow each of the purposes. Raises Malformed.

    RFC 5280 §4.2.1.12 says it of the leaf; clients take an issuer's usages as a limit on what it issues.
    """
    for index, certificate in enumerate(path.certificates):
        if certificate.ekus is None or ANY_PURPOSE in certificate.ekus or not (index or include_leaf):
            continue
        for purpose in purposes:
            if WORDS_OF_PURPOSES.get(purpose, purpose) not in certificate.ekus:
                where = path.label_of(index)
                text = f"the extended key usage of {where} ({certificate.subject.short}) does not allow {purpose}"
                yield PathProblem(Kind.PURPOSE, index, text, f"{where} {purpose}")


def names(path: Path, *, from_anchor: bool = False) -> Iterator[PathProblem]:
    """No name may be outside what the CAs above it allow (RFC 5280 §6.1.3(b), (c)). Raises LimitExceeded.

    The anchor's own constraints count with `from_anchor` (RFC 5937).
    """
    for refusal in refusals(path, from_anchor=from_anchor):
        where, by = path.label_of(refusal.index), _label(path, refusal.by)
        if refusal.name:
            text, key = f"{refusal.name} in {where} {refusal.reason}, says {by}", f"{where} {refusal.name}"
        else:
            text, key = f"{where} cannot be held against the name constraints of {by}: {refusal.reason}", by
        yield PathProblem(Kind.NAMES, refusal.index, text, key)


def policies(path: Path, settings: PolicySettings) -> Iterator[PathProblem]:
    """The certificate policies have to hold together (RFC 9618 §5). Raises Malformed and LimitExceeded."""
    if problem := process_policies(path, settings).problem:
        yield PathProblem(Kind.POLICIES, 0, problem)


def critical_extensions(path: Path, known: Container[str] = ()) -> Iterator[PathProblem]:
    """No certificate may have a critical extension that is neither processed nor `known`.

    RFC 5280 §6.1.4(o), §6.1.5(f).
    """
    for index, certificate in enumerate(path.certificates):
        for extension in certificate.extensions:
            if extension.critical and extension.oid not in _PROCESSED and extension.oid not in known:
                where = path.label_of(index)
                text = f"{where} has the critical extension {extension.oid}, which certgate does not process"
                yield PathProblem(Kind.CRITICAL, index, text, f"{where} {extension.oid}")


def intermediates_below(path: Path, index: int) -> int:
    """How many CA certificates that are not self-issued stand between the leaf and position `index`."""
    return sum(not issuer.is_self_issued for issuer in path.certificates[1:index])


def _dates(path: Path, kind: Kind, words: Callable[[Certificate], str]) -> Iterator[PathProblem]:
    """Every certificate, the anchor aside, has to be within its dates (RFC 5280 §6.1.3(a)(2)). Raises Malformed."""
    for index, certificate in enumerate(path.certificates):
        if text := words(certificate):
            where = path.label_of(index)
            yield PathProblem(kind, index, f"{where} {text}", where)


def _steps(path: Path, now: datetime, purposes: tuple[str, ...]) -> Mapping[Kind, Iterator[PathProblem]]:
    """By kind, what finds the problems of that kind once it is asked."""
    return {
        Kind.ANCHOR: anchoring(path),
        Kind.SIGNATURE: signatures(path),
        Kind.NO_CA: issuers_that_are_no_ca(path),
        Kind.NO_CERT_SIGN: issuers_without_key_cert_sign(path),
        Kind.PATH_LENGTH: path_lengths(path),
        Kind.PURPOSE: purposes_of(path, purposes),
        Kind.NAMES: names(path),
        Kind.POLICIES: policies(path, PolicySettings()),
        Kind.CRITICAL: critical_extensions(path),
        Kind.EXPIRED: _dates(path, Kind.EXPIRED, lambda certificate: expired(certificate, now)),
        Kind.NOT_YET_VALID: _dates(path, Kind.NOT_YET_VALID, lambda certificate: not_yet_valid(certificate, now)),
    }


def _guarded(kind: Kind, problems: Iterator[PathProblem]) -> Iterator[PathProblem]:
    """The problems, and what kept them from being found."""
    try:
        yield from problems
    except (Malformed, LimitExceeded) as error:
        yield PathProblem(kind, 0, str(error), undecided=True)


def _issuers(path: Path) -> Iterator[tuple[int, Certificate]]:
    return enumerate(path.issuers, 1)


def _may_sign(issuer: Certificate) -> bool:
    return issuer.is_ca and (issuer.key_usage is None or "keyCertSign" in issuer.key_usage)


def _label(path: Path, index: int) -> str:
    return "the anchor" if index == len(path.certificates) else path.label_of(index)
