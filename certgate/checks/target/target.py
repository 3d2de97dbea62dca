"""The rules of the family target: whether it was observed, and whether all of its addresses agree."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Observations, Vantages
from certgate.model.finding import Severity
from certgate.model.observation import FailureKind, Observation
from certgate.model.reserved import TARGET_OBSERVED
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import parse_ocsp_response

__all__: list[str] = []


@check(TARGET_OBSERVED, citation="certgate: nothing unknown is ever a pass")
def observed(target: Observations) -> Iterator[Answer]:
    """The target can be observed.

    This rule is part of every policy and cannot be removed. A server that requires a client certificate shows its chain
    and proves that it owns the key before it refuses, which counts as observed.

    Why: nothing is known about a target that was not observed, so it is never a pass.

    Fix: correct the cause in the message so that certgate can reach and read the target, or remove it from the list.
    """
    for observation in target.observations:
        failure = observation.failure
        if failure is None:
            continue
        if failure.kind is FailureKind.CLIENT_CERTIFICATE_REQUIRED and observation.presented:
            continue
        yield NotChecked(f"{failure.kind}: {failure.detail}")
        return


@check(
    "target.addresses-agree",
    citation="certgate: one name is one service",
)
def addresses_agree(target: Vantages, now: datetime) -> Iterator[Answer]:
    """Every address of the host serves the same chain, TLS version and staple.

    If the target's policy has tls.certificates, the chains for the same type of key are compared, whichever of them an
    address shows first; an address without a certificate that others have is an error too.

    A different leaf is an error. Other certificates, another negotiated TLS version, and a missing or expired staple
    are warnings. Every policy has this rule for targets whose addresses are all visited.

    Why: clients reach any of the addresses, so a server that was left out of a renewal fails for some of them.

    Fix: deploy the same chain to every server behind the name, and reload each of them.
    """
    endpoint = target.target.source.endpoint if target.target.source.needs_connection else None
    if endpoint is None or not endpoint.visit.all_addresses:
        yield NotApplicable("not all addresses of the host are visited")
        return
    unseen = [seen.vantage.address or "further addresses" for seen in target.looks if not seen.presented]
    if unseen:
        yield NotChecked(f"no certificate was seen at {', '.join(unseen)}")
        return
    for name in (endpoint.server_name, *endpoint.visit.also):
        suffix = "" if name == endpoint.server_name else f" {name}"
        looks = [seen for seen in target.looks if seen.vantage.server_name == name]
        first = [seen for seen in looks if not seen.vantage.key_type]
        if first == looks:
            yield from _different_chains(suffix, [(seen.vantage.address, seen) for seen in first], now)
        else:
            yield from _different_by_key_type(suffix, first, looks, now)
        versions = [(s.vantage.address, s.handshake.version if s.handshake else "none") for s in first]
        yield from _different("version", suffix, versions, Severity.WARNING)


def _different_by_key_type(
    suffix: str, first: Sequence[Observation], looks: Sequence[Observation], now: datetime
) -> Iterator[Answer]:
    """The differences for each type of key, that of the first address first."""
    main = _key_type(min(first, key=lambda seen: seen.vantage.address))
    for key_type in sorted({_key_type(seen) for seen in looks}, key=lambda one: (one != main, one)):
        shown = {seen.vantage.address: seen for seen in reversed(looks) if _key_type(seen) == key_type}
        which = suffix if key_type == main else f"{suffix} with {key_type} key"
        yield from _different_chains(which, [(s.vantage.address, shown.get(s.vantage.address)) for s in first], now)


def _different_chains(suffix: str, shown: Sequence[tuple[str, Observation | None]], now: datetime) -> Iterator[Answer]:
    """The differences between the chains that addresses show; None for an address without one."""
    leaves = [(address, _leaf(seen) if seen else "no certificate") for address, seen in shown]
    yield from _different("leaf", suffix, leaves, None)
    chains = [(address, seen) for address, seen in shown if seen]
    issuers = [(address, _issuers(seen)) for address, seen in chains]
    yield from _different("chain", suffix, issuers, Severity.WARNING)
    staples = [(address, _staple(seen, now)) for address, seen in chains]
    yield from _different("staple", suffix, staples, Severity.WARNING)


def _different(
    what: str, suffix: str, values: Sequence[tuple[str, str]], severity: Severity | None
) -> Iterator[Answer]:
    """A problem if the values differ between addresses."""
    found: dict[str, list[str]] = {}
    for address, value in sorted(values):
        found.setdefault(value, []).append(address)
    if len(found) > 1:
        parts = "; ".join(f"{value} at {', '.join(addresses)}" for value, addresses in found.items())
        yield Problem(
            f"the {what}{suffix} differs between addresses: {parts}", key=f"{what}{suffix}", severity=severity
        )


def _leaf(seen: Observation) -> str:
    digest = sha256(seen.presented[0]).hexdigest()
    try:
        leaf = parse_certificate(seen.presented[0])
        return f"sha256 {digest[:16]} of {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"
    except Malformed:
        return f"sha256 {digest[:16]}"


def _key_type(seen: Observation) -> str:
    try:
        return parse_certificate(seen.presented[0]).key.algorithm
    except Malformed:
        return "unreadable"


def _issuers(seen: Observation) -> str:
    """A text for the certificates that were sent besides the leaf."""
    digests = [sha256(der).hexdigest()[:16] for der in seen.presented[1:]]
    return ", ".join(digests) or "the leaf alone"


def _staple(seen: Observation, now: datetime) -> str:
    """A text that says whether there is a staple and whether it is current."""
    if seen.staple is None:
        return "no staple"
    try:
        ends = [single.next_update for single in parse_ocsp_response(seen.staple).singles]
    except Malformed:
        return "a staple that cannot be read"
    return "a fresh staple" if all(end is None or end >= now for end in ends) else "an expired staple"
