"""The readable certificates of a presented chain, and the paths that can be built from them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole, PresentedChain
from certgate.model.evidence import EvidenceKind
from certgate.model.finding import Finding, Outcome
from certgate.model.frozen import frozen
from certgate.model.observation import Observation, Observed
from certgate.model.target import Probe, Role
from certgate.model.verdict import CertificateSummary
from certgate.trust.build import BuiltPaths, build_paths
from certgate.trust.leaf import find_leaf
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.facts import CertificateFacts
from certgate.x509.signature import SIGNATURE_NAMES

__all__ = [
    "ReadChain",
    "certificates_of_origin",
    "chain_in",
    "completed_path",
    "leaf_of",
    "read_chain",
    "read_or_none",
    "request_summary",
    "roles_on",
    "seen_through_proxy",
    "sent",
    "summaries",
    "with_completion",
    "with_lines",
]

T = TypeVar("T")


@frozen(slots=True, kw_only=True)
class ReadChain:
    """The parsed certificates; None for each unreadable one, with the reason in `problems`."""

    certificates: tuple[Certificate | None, ...]
    problems: tuple[str, ...]
    paths: tuple[CertificatePath, ...]
    store: TrustStore
    limit: str = ""
    """The limit that ended the search for paths early; empty if none did."""
    container: str = ""
    """The kind of container if it has no order, such as PKCS#7; empty for an ordered chain."""
    leaf_at: int = 0
    """The position of the leaf: 0, unless the chain is in the wrong order."""

    @property
    def leaf_problem(self) -> str | None:
        """Why the first certificate cannot be read, None if it can."""
        return self.problems[0] if self.certificates[0] is None else None

    def presented(self, tls_version: str | None, lines: tuple[int, ...] | None) -> PresentedChain:
        """The chain as a subject; `lines` are those of a file."""
        return PresentedChain(
            certificates=self.certificates,
            paths=self.paths,
            store=self.store,
            tls_version=tls_version,
            problems=self.problems,
            limit=self.limit,
            container=self.container,
            lines=lines,
            leaf_at=self.leaf_at,
        )


@lru_cache(maxsize=1024)
def read_chain(presented: tuple[bytes, ...], store: TrustStore, container: str = "", leaf_at: int = 0) -> ReadChain:
    """Read the certificates and build the paths from the leaf to `store`. `presented` is not empty."""
    certificates, problems = _read_all(presented)
    leaf = certificates[leaf_at]
    if leaf is None:
        built = BuiltPaths(())
    else:
        others = (c for c in certificates if c is not None and c != leaf)
        built = build_paths((leaf, *others), store.for_leaf(leaf))
    return ReadChain(
        certificates=certificates,
        problems=problems,
        paths=built.paths,
        store=store,
        limit=built.limit,
        container=container,
        leaf_at=leaf_at,
    )


def chain_in(observation: Observation, store: TrustStore, fetched: Iterable[bytes] = ()) -> ReadChain:
    """The chain of an observation, completed with the `fetched` certificates."""
    return read_chain((*observation.presented, *fetched), store, observation.container, _leaf_at(observation))


def leaf_of(observation: Observation) -> Certificate | None:
    """The leaf; None if there is none, or it cannot be read."""
    return _read_all(observation.presented)[0][_leaf_at(observation)] if observation.presented else None


def _leaf_at(observation: Observation) -> int:
    """The position of the leaf.

    Searches for it only if it may not be the first certificate: a handshake proves that the first one is the
    server's, and the reader of a container puts the leaf first.
    """
    if observation.handshake or observation.container:
        return 0
    return find_leaf(_read_all(observation.presented)[0], observation.public_key)


@lru_cache(maxsize=1024)
def _read_all(presented: tuple[bytes, ...]) -> tuple[tuple[Certificate | None, ...], tuple[str, ...]]:
    """Parse each certificate by itself; returns the results, and why some cannot be read."""
    certificates: list[Certificate | None] = []
    problems = []
    for number, der in enumerate(presented, 1):
        try:
            certificate = parse_certificate(der)
        except Malformed as error:
            problems.append(f"certificate {number}: {error}")
            certificates.append(None)
        else:
            certificates.append(certificate)
    return tuple(certificates), tuple(problems)


def roles_on(path: CertificatePath, leaf_roles: frozenset[Role]) -> tuple[IssuedInRole, ...]:
    """The certificates of a path as subjects: the leaf in the target's roles, the others as issuers."""
    issuers = (
        IssuedInRole(certificate, f"issuer {number}", frozenset({Role.ISSUER}), leaf_roles)
        for number, certificate in enumerate(path.issuers, 1)
    )
    return (IssuedInRole(path.leaf, "leaf", leaf_roles), *issuers)


def summaries(chain: ReadChain, path: CertificatePath | None) -> tuple[CertificateSummary, ...]:
    """The certificates for reports: the path from leaf to anchor, then the others in the order sent."""
    found = []
    if path:
        found = [_summary("leaf", path.leaf)]
        found += [_known_summary(f"issuer {number}", c) for number, c in enumerate(path.issuers, 1)]
        if path.anchor and path.anchor != path.certificates[-1]:
            found.append(_known_summary("anchor", path.anchor))
    shown = {c.sha256 for c in found}
    for number, certificate in enumerate(chain.certificates, 1):
        if certificate is None:
            found.append(CertificateSummary(label=f"sent {number}", subject="(unreadable)"))
        elif certificate.sha256 not in shown:
            found.append(_summary(f"sent {number}", certificate))
    return tuple(found)


def sent(observation: Observation) -> tuple[CertificateSummary, ...]:
    """The certificates of an observation without a path: the first one is the leaf."""
    found = []
    for number, der in enumerate(observation.presented, 1):
        label = "leaf" if number == 1 else f"sent {number}"
        try:
            found.append(_summary(label, parse_certificate(der)))
        except Malformed:
            found.append(CertificateSummary(label=label, subject="(unreadable)", sha256=sha256(der).hexdigest()))
    return tuple(found)


def certificates_of_origin(observed: Observed) -> tuple[CertificateSummary, ...]:
    """The certificates that the target's origin sent, each with the origin's address."""
    answers = (seen for seen in observed.probed if seen.vantage.probe == Probe.ORIGIN)
    found = (
        replace(certificate, label=f"origin {certificate.label}", vantage=seen.vantage.address)
        for seen in answers
        for certificate in sent(seen)
    )
    return tuple(dict.fromkeys(found))


def with_lines(
    certificates: tuple[CertificateSummary, ...], observation: Observation
) -> tuple[CertificateSummary, ...]:
    """The certificates, each with the line of the file on which it begins."""
    if not observation.lines:
        return certificates
    lines = dict(zip((sha256(der).hexdigest() for der in observation.presented), observation.lines, strict=False))
    return tuple(replace(c, line=lines.get(c.sha256, 0)) for c in certificates)


def request_summary(request: CertificateInRole, observation: Observation) -> CertificateSummary:
    """The summary of a request for reports."""
    return CertificateSummary(
        label=request.label,
        subject=request.certificate.subject.text,
        names=_names(request.certificate),
        sha256="" if observation.plan and observation.plan.is_drafted else request.certificate.sha256,
        line=next(iter(observation.lines), 0),
    )


def completed_path(observation: Observation, store: TrustStore) -> CertificatePath:
    """The best path from a readable leaf, through the presented and the fetched (caIssuers) certificates."""
    fetched: dict[bytes, None] = {}
    for evidence in observation.evidence:
        if evidence.kind is EvidenceKind.ISSUER and evidence.content is not None:
            try:
                from certgate.x509.issuers import certificates_in

                fetched |= dict.fromkeys(certificates_in(evidence.content))
            except Malformed:
                continue
    return chain_in(observation, store, fetched).paths[0]


def with_completion(
    findings: tuple[Finding, ...], rules: Collection[str], observation: Observation, *stores: TrustStore
) -> tuple[Finding, ...]:
    """The findings; if issuers were fetched, failures of the `rules` that need them mention the result."""
    attempts = [e for e in observation.evidence if e.kind is EvidenceKind.ISSUER]
    if not attempts:
        return findings
    where = ", ".join(e.source for e in attempts)
    if any(completed_path(observation, store).anchor is not None for store in stores):
        result = f"only clients that fetch issuers can complete it, from {where}"
    else:
        problems = "; ".join(dict.fromkeys(e.detail for e in attempts if e.detail))
        result = f"{where} does not lead to a trusted root" + (f" ({problems})" if problems else "")
    return tuple(
        replace(f, message=f"{f.message}; {result}") if f.rule in rules and f.outcome is Outcome.FAIL else f
        for f in findings
    )


def seen_through_proxy(
    findings: tuple[Finding, ...], rules: Collection[str], observation: Observation
) -> tuple[Finding, ...]:
    """The findings; failures of `rules` name the proxy, which may have replaced the server's chain by its own."""
    proxy = observation.vantage.proxy
    if not proxy:
        return findings
    return tuple(
        replace(f, message=f"{f.message} (seen through proxy {proxy})")
        if f.rule in rules and f.outcome is Outcome.FAIL
        else f
        for f in findings
    )


def _summary(label: str, certificate: Certificate) -> CertificateSummary:
    serial = read_or_none(lambda: certificate.serial)
    algorithm = read_or_none(lambda: certificate.signature_algorithm) or ""
    key = certificate.key
    return CertificateSummary(
        label=label,
        subject=certificate.subject.text,
        issuer=certificate.issuer.text,
        issuer_name=certificate.issuer.short,
        serial="" if serial is None else f"{serial:x}",
        sha256=certificate.sha256,
        not_before=read_or_none(lambda: certificate.not_before),
        not_after=read_or_none(lambda: certificate.not_after),
        spki_sha256=key.sha256,
        names=_names(certificate),
        key=" ".join(filter(None, (key.algorithm, key.curve))),
        key_bits=key.bits,
        signature=SIGNATURE_NAMES.get(algorithm, algorithm),
        key_identifier=(read_or_none(lambda: certificate.ski) or b"").hex(),
        issuer_key_identifier=(read_or_none(lambda: certificate.aki and certificate.aki.key_identifier) or b"").hex(),
    )


@lru_cache(maxsize=256)
def _known_summary(label: str, certificate: Certificate) -> CertificateSummary:
    """The summary of a CA, which many chains have."""
    return _summary(label, certificate)


def _names(certificate: CertificateFacts) -> tuple[str, ...]:
    names = read_or_none(lambda: certificate.san)
    return tuple(map(str, names or ()))


def read_or_none(fact: Callable[[], T]) -> T | None:
    """The fact, None if it cannot be read."""
    try:
        return fact()
    except Malformed:
        return None
