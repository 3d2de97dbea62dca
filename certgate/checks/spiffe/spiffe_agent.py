"""Rules of the family spiffe on what an agent gives: the SVID that is served, its lifetime, and its bundle."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import CertificatePath, PresentedChain, ServedSvid
from certgate.checks.framework.wording import listed
from certgate.model.bundle_facts import BundleFacts, BundleSource
from certgate.trust.dates import span
from certgate.x509.certificate import Certificate
from certgate.x509.spiffe_id import trust_domains

__all__: list[str] = []

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
_SLACK = timedelta(minutes=1)
"""How much the dates of a certificate may differ from its lifetime as configured."""
_COMPARED = frozenset({BundleSource.WORKLOAD_API, BundleSource.ENDPOINT})


@check(
    "spiffe.served-is-current",
    citation="SPIFFE Workload API §5.2; certgate: what was issued is served",
)
def served_is_current(svid: ServedSvid, now: datetime, *, grace_s: int = 120) -> Iterator[Answer]:
    """The endpoint serves the SVID that the agent gives now.

    The agent is asked after the handshake. For `grace_s` seconds after an SVID was issued, the one before may still be
    served. certgate must be a workload with the same entry as the server, on the same node: an agent gives each
    workload its own SVIDs, and each node has others.

    Why: a server that does not take up new SVIDs keeps the old one until it expires, a few minutes or hours later.

    Fix: let the server watch the Workload API, or let spiffe-helper reload it after each rotation.
    """
    if svid.problem:
        yield NotChecked(svid.problem)
        return
    if svid.leaf in svid.given:
        return
    of_its_id = [one for one in svid.given if set(one.uris) == set(svid.leaf.uris)]
    if not of_its_id:
        given = listed(uri for one in svid.given for uri in one.uris)
        yield Problem(f"{listed(svid.leaf.uris)} is served, but the agent gives {given}", key="id")
        return
    current = max(of_its_id, key=lambda one: one.not_before)
    evidence = {"served": svid.leaf.sha256, "current": current.sha256}
    if current.not_before <= svid.leaf.not_before:
        yield Problem("another SVID is served than this agent gives, and not an older one", "other", evidence=evidence)
    elif now - current.not_before < timedelta(seconds=grace_s):
        yield Passed(f"the agent gives a new SVID since {current.not_before:%H:%M:%S}, and the one before is served")
    else:
        message = f"an old SVID is served, issued at {_moment(svid.leaf)}; the agent gives one of {_moment(current)}"
        yield Problem(message, evidence=evidence)


@check("spiffe.lifetime-cut", citation="SPIFFE X509-SVID §4; SPIRE: ca_ttl and default_x509_svid_ttl")
def lifetime_cut(path: CertificatePath, *, ttl: str = "") -> Iterator[Answer]:
    """The end of an issuer does not cut the SVID's lifetime short.

    SPIRE issues no SVID that outlives its CA, and shortens it without a word. The rule fails if the SVID ends with one
    of its issuers, the root included, and has not the lifetime `ttl`, such as `1h` or `1h30m`. Without `ttl`, every
    SVID that ends with an issuer is cut short.

    Why: an SVID with a few minutes left must be renewed at once, so that an outage of the server reaches workloads
    sooner than planned.

    Fix: give the CA at least six times the lifetime of SVIDs (`ca_ttl`), and renew an upstream CA in time.
    """
    wanted = _duration(ttl)
    if wanted is None:
        yield NotChecked(f"ttl: {ttl!a} is not a duration such as 1h or 1h30m")
        return
    leaf = path.leaf
    if not trust_domains(leaf.uris):
        yield NotApplicable("the leaf has no SPIFFE ID")
        return
    issuers = [issuer for index in range(len(path.certificates)) if (issuer := path.issuer_of(index))]
    issuers = [issuer for issuer in issuers if issuer != leaf]
    if not issuers:
        yield NotChecked(path.unknown) if path.unknown else NotApplicable("no issuer of the leaf is known")
        return
    first = min(issuers, key=lambda issuer: issuer.not_after)
    is_whole = wanted and leaf.lifetime + _SLACK >= wanted
    if leaf.not_after != first.not_after or is_whole:
        return
    instead = f" instead of {span(wanted)}" if wanted else ""
    message = f"valid for {span(leaf.lifetime)}{instead}: it ends with its issuer {first.subject.text}"
    yield Problem(message, evidence={"issuer_not_after": first.not_after.isoformat()})


@check("spiffe.bundle-agrees", citation="SPIFFE Federation §5; SPIFFE Workload API §5.2")
def bundle_agrees(chain: PresentedChain) -> Iterator[Answer]:
    """The agent has the same bundle of the leaf's trust domain as the bundle endpoint.

    Both are named as trust: `spiffe://TRUST-DOMAIN=workload-api` and the endpoint. They are read when the run begins,
    and compared by the certificates of their X.509 authorities.

    Why: an agent with an old bundle refuses peers whose SVIDs a new CA issued, and accepts those of a revoked one.

    Fix: wait for the refresh hint of the bundle and run again; if they still differ, look for errors of the federation
    in the logs of the SPIFFE server whose agent this is.
    """
    leaf = chain.leaf
    domains = trust_domains(leaf.uris) if leaf else frozenset()
    facts = [one for one in chain.store.origins if {one.trust_domain} == domains and one.source in _COMPARED]
    agents = [one for one in facts if one.source is BundleSource.WORKLOAD_API]
    endpoints = [one for one in facts if one.source is BundleSource.ENDPOINT]
    if not (agents and endpoints):
        yield NotApplicable("the trust store does not name both an agent and a bundle endpoint of its trust domain")
        return
    missing = next((one.problem for one in facts if one.failure), "")
    if missing:
        yield NotChecked(missing)
        return
    for agent in agents:
        for endpoint in endpoints:
            yield from _differences(agent, endpoint)


def _differences(agent: BundleFacts, endpoint: BundleFacts) -> Iterator[Problem]:
    ours, theirs = set(agent.authorities), set(endpoint.authorities)
    evidence = {"agent": ", ".join(sorted(ours)), "endpoint": ", ".join(sorted(theirs))}
    where = f"{agent.location} and {endpoint.location}"
    if lacking := len(theirs - ours):
        message = f"{where} differ: the agent lacks {_authorities(lacking)} of the endpoint"
        yield Problem(message, key=f"lacking {endpoint.location}", evidence=evidence)
    if more := len(ours - theirs):
        message = f"{where} differ: the agent trusts {_authorities(more)} that the endpoint does not have"
        yield Problem(message, key=f"more {endpoint.location}", evidence=evidence)


def _authorities(count: int) -> str:
    return f"{count} authority" if count == 1 else f"{count} authorities"


def _moment(certificate: Certificate) -> str:
    return f"{certificate.not_before:%Y-%m-%d %H:%M:%S}"


def _duration(text: str) -> timedelta | None:
    """The duration; zero for an empty text, None for one that is not a duration."""
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
