"""Path validation: RFC 5280 §6, RFC 9618, and what clients check beyond them."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from datetime import datetime

from certgate.trust import rfc5280
from certgate.trust.anchor import anchor_constraints, anchor_dates
from certgate.trust.dates import expired, not_yet_valid
from certgate.trust.limit import LimitExceeded
from certgate.trust.path import CertificatePath
from certgate.trust.policy_graph import PolicySettings
from certgate.trust.problem import CLIENTS, Kind, PathProblem
from certgate.x509.errors import Malformed

__all__ = ["best", "validate"]


def validate(
    path: CertificatePath,
    now: datetime,
    purposes: tuple[str, ...] = ("server",),
    kinds: Container[Kind] = CLIENTS,
    clients: Collection[str] = (),
) -> tuple[PathProblem, ...]:
    """All problems of these kinds with the path at `now`; a path without problems is valid.

    `purposes` are `server`, `client` or dotted OIDs; every certificate that limits its purposes must allow each.
    `clients` names the clients whose additional requirements apply. An unreadable certificate and an exceeded limit
    give a problem that is not checked. Never raises.
    """
    steps = _steps(path, now, purposes, clients).items()
    return tuple(problem for kind, problems in steps if kind in kinds for problem in _guarded(kind, problems))


def best(validated: Iterable[tuple[PathProblem, ...]]) -> tuple[PathProblem, ...]:
    """The problems of the best path: preferably none, else only unchecked ones, else the fewest."""
    return min(validated, key=lambda problems: (sum(not p.not_checked for p in problems), len(problems)))


def _steps(
    path: CertificatePath, now: datetime, purposes: tuple[str, ...], clients: Collection[str]
) -> Mapping[Kind, Iterator[PathProblem]]:
    """By kind, a lazy iterator over the problems of that kind."""
    return {
        Kind.ANCHOR: rfc5280.anchoring(path),
        Kind.SIGNATURE: rfc5280.signatures(path),
        Kind.NO_CA: rfc5280.issuers_that_are_no_ca(path),
        Kind.NO_CERT_SIGN: rfc5280.issuers_without_key_cert_sign(path),
        Kind.PATH_LENGTH: rfc5280.path_lengths(path, clients=clients),
        Kind.PURPOSE: rfc5280.purposes_of(path, purposes, clients=clients),
        Kind.NAMES: rfc5280.names(path),
        Kind.POLICIES: rfc5280.policies(path, PolicySettings()),
        Kind.CRITICAL: rfc5280.critical_extensions(path, clients=clients),
        Kind.EXPIRED: rfc5280.dates(path, Kind.EXPIRED, lambda c: expired(c, now)),
        Kind.NOT_YET_VALID: rfc5280.dates(path, Kind.NOT_YET_VALID, lambda c: not_yet_valid(c, now)),
        Kind.ANCHOR_DATES: anchor_dates(path, now),
        Kind.ANCHOR_CONSTRAINTS: anchor_constraints(path, purposes, clients=clients),
    }


def _guarded(kind: Kind, problems: Iterator[PathProblem]) -> Iterator[PathProblem]:
    """The problems, and one that is not checked if the search for them fails."""
    try:
        yield from problems
    except (Malformed, LimitExceeded) as error:
        yield PathProblem(kind=kind, index=0, text=str(error), not_checked=True)
