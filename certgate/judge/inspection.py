"""The facts of a target's certificates, as they are, without a policy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from certgate.checks.framework.needs import Setting
from certgate.judge.chain import ReadChain, chain_in, summaries
from certgate.judge.matrix import trust_matrix
from certgate.judge.observed_subjects import read_request
from certgate.judge.published_subjects import published_summary
from certgate.model.frozen import frozen
from certgate.model.observation import Observation, Observed
from certgate.model.published import Published
from certgate.model.target import Target
from certgate.model.verdict import CertificateSummary, PathState, TrustMatrixRow
from certgate.policy.settings import settings_of
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.facts import CertificateFacts
from certgate.x509.ocsp import parse_ocsp_response
from certgate.x509.purposes import purpose_name
from certgate.x509.sct import embedded_scts

__all__ = ["InspectedCertificate", "InspectedStaple", "Inspection", "inspect_target"]

_MOST = 100
"""Values of one fact that are kept, for example SCTs."""


@frozen(slots=True, kw_only=True)
class InspectedCertificate:
    """One certificate, or the request. All text is untrusted."""

    summary: CertificateSummary
    is_sent: bool
    """Whether the peer sent it; else it is the store's."""
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    """The names and values of further facts that it has; `unreadable` lists the parts that cannot be read."""
    der: bytes


@frozen(slots=True, kw_only=True)
class InspectedStaple:
    """The stapled OCSP response. Times are aware, UTC; None if unknown."""

    status: str = ""
    """`good`, `revoked` or `unknown` for the leaf; empty if the response does not tell."""
    produced_at: datetime | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    problem: str = ""
    """Why it cannot be read, or is not about the leaf."""


@frozen(slots=True, kw_only=True)
class Inspection:
    """What one observation of a target showed."""

    target: Target
    observation: Observation
    clock: datetime
    certificates: tuple[InspectedCertificate, ...] = ()
    """The path from the leaf on, then the other certificates that were sent; or the request."""
    staple: InspectedStaple | None = None
    stores: tuple[TrustMatrixRow, ...] = ()
    """How clients with each store see the chain."""


def inspect_target(observed: Observed, stores: Sequence[TrustStore], now: datetime) -> Iterator[Inspection]:
    """The facts of each observation, at the time `now`. `stores` are shown one by one and hold at least one."""
    for observation in observed.looks:
        yield _inspect(Observed(observed.target, (observation,)), observation, stores, now)


def _inspect(one: Observed, observation: Observation, stores: Sequence[TrustStore], now: datetime) -> Inspection:
    target = one.target
    if observation.request is not None:
        return Inspection(target=target, observation=observation, clock=now, certificates=_request(observation, target))
    if observation.published is not None:
        shown = _published(observation.published, next(iter(observation.lines), 0))
        return Inspection(target=target, observation=observation, clock=now, certificates=(shown,))
    if not observation.presented:
        return Inspection(target=target, observation=observation, clock=now)
    rows = trust_matrix(one, stores, now, settings_of(target).by_name[Setting.PURPOSES])
    held = next((store for store, row in zip(stores, rows, strict=True) if row.state is PathState.HOLDS), stores[0])
    chain = chain_in(observation, held)
    path = chain.paths[0] if chain.paths else None
    return Inspection(
        target=target,
        observation=observation,
        clock=now,
        certificates=tuple(_certificates(chain, path, observation)),
        staple=_staple(observation.staple, path) if observation.staple is not None else None,
        stores=rows,
    )


def _certificates(
    chain: ReadChain, path: CertificatePath | None, observation: Observation
) -> Iterator[InspectedCertificate]:
    known = {c.sha256: c for c in (*chain.certificates, *(path.certificates if path else ())) if c}
    if path and path.anchor:
        known[path.anchor.sha256] = path.anchor
    sent = {c.sha256 for c in chain.certificates if c}
    for summary in summaries(chain, path):
        certificate = known.get(summary.sha256)
        number = summary.label.removeprefix("sent ")
        der = certificate.der if certificate else observation.presented[int(number) - 1] if number.isdecimal() else b""
        yield InspectedCertificate(
            summary=summary,
            is_sent=certificate is None or certificate.sha256 in sent,
            facts=tuple(_facts(certificate)) if certificate else (("unreadable", chain.problems),),
            der=der,
        )


def _request(observation: Observation, target: Target) -> tuple[InspectedCertificate, ...]:
    der = observation.request or b""
    try:
        subject = read_request(observation, target.roles)
    except Malformed as error:
        summary = CertificateSummary(label="request", subject="(unreadable)")
        return (InspectedCertificate(summary=summary, is_sent=True, facts=(("unreadable", (str(error),)),), der=der),)
    if subject is None:
        return ()
    request = subject.certificate
    names = tuple(map(str, _read(lambda: request.san or (), [])))
    key = request.key
    summary = CertificateSummary(
        label="request",
        subject=request.subject.text,
        names=names,
        key=" ".join(filter(None, (key.algorithm, key.curve))),
        key_bits=key.bits,
        spki_sha256=key.sha256,
        sha256=request.sha256,
    )
    return (InspectedCertificate(summary=summary, is_sent=True, facts=tuple(_facts(request)), der=der),)


def _published(published: Published, line: int) -> InspectedCertificate:
    try:
        summary = published_summary(published, line)
    except Malformed as error:
        summary = CertificateSummary(label=published.label, subject="(unreadable)")
        return InspectedCertificate(
            summary=summary, is_sent=True, facts=(("unreadable", (str(error),)),), der=published.der
        )
    return InspectedCertificate(summary=summary, is_sent=True, facts=(), der=published.der)


def _facts(certificate: CertificateFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Its further facts in the order in which they are shown, without those that it lacks."""
    problems: list[str] = []
    for name, values in _FACTS:
        found = tuple(_read(partial(values, certificate), problems))[:_MOST]
        if found:
            yield name, found
    if problems:
        yield "unreadable", tuple(dict.fromkeys(problems))


def _key_usage(certificate: CertificateFacts) -> Iterable[str]:
    return sorted(certificate.key_usage or ())


def _purposes(certificate: CertificateFacts) -> Iterable[str]:
    return sorted(map(purpose_name, certificate.ekus or ()))


def _constraints(certificate: CertificateFacts) -> Iterable[str]:
    found = certificate.basic_constraints
    if found and found.ca:
        yield "CA" if found.path_length is None else f"CA, path length {found.path_length}"
    elif found:
        yield "not a CA"


def _key_identifier(certificate: CertificateFacts) -> Iterable[str]:
    return [certificate.ski.hex()] if certificate.ski else []


def _issuer_identifier(certificate: CertificateFacts) -> Iterable[str]:
    found = certificate.aki.key_identifier if certificate.aki else None
    return [found.hex()] if found else []


def _timestamps(certificate: CertificateFacts) -> Iterable[str]:
    if isinstance(certificate, Certificate):
        for sct in embedded_scts(certificate) or ():
            yield f"{sct.timestamp:%Y-%m-%d %H:%M:%S} UTC, log {sct.log_id.hex()[:16]}"


_FACTS: tuple[tuple[str, Callable[[CertificateFacts], Iterable[str]]], ...] = (
    ("basic_constraints", _constraints),
    ("key_usage", _key_usage),
    ("extended_key_usage", _purposes),
    ("policies", lambda certificate: certificate.policies or ()),
    ("subject_key_identifier", _key_identifier),
    ("authority_key_identifier", _issuer_identifier),
    ("ocsp", lambda certificate: certificate.ocsp_urls),
    ("crl", lambda certificate: certificate.crl_urls),
    ("ca_issuers", lambda certificate: certificate.ca_issuer_urls),
    ("must_staple", lambda certificate: ["yes"] if certificate.must_staple else []),
    ("scts", _timestamps),
)


def _staple(der: bytes, path: CertificatePath | None) -> InspectedStaple:
    try:
        response = parse_ocsp_response(der)
        issuer = path.issuer_of(0) if path else None
        if path is None or issuer is None:
            return InspectedStaple(produced_at=response.produced_at, problem="the leaf's issuer is not known")
        single = response.status_of(path.leaf, issuer)
    except Malformed as error:
        return InspectedStaple(problem=str(error))
    if single is None:
        return InspectedStaple(produced_at=response.produced_at, problem="it is not about the leaf")
    return InspectedStaple(
        status=single.status,
        produced_at=response.produced_at,
        this_update=single.this_update,
        next_update=single.next_update,
    )


def _read(values: Callable[[], Iterable[object]], problems: list[str]) -> Iterable[str]:
    """The values, none if they cannot be read; then the reason is added to `problems`."""
    try:
        return [str(value) for value in values()]
    except Malformed as error:
        problems.append(str(error))
        return ()
