"""Rules of the family edge: whether the server behind an edge (a load balancer, a CDN) keeps what the edge promises."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Vantages
from certgate.checks.framework.wording import listed
from certgate.checks.target.edge_pair import Pair, compared
from certgate.model.observation import Note
from certgate.model.target import Sameness
from certgate.trust.dates import expired, not_yet_valid
from certgate.x509.certificate import Certificate
from certgate.x509.identity import matches, read_address

__all__: list[str] = []

_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""The weakest first."""


@check("edge.names", citation="RFC 9525 §6", needs=[Need.ORIGIN])
def names(target: Vantages) -> Iterator[Answer]:
    """The origin's certificate is for the host names that the target expects at the edge.

    certgate sends the origin the server name of the endpoint, as the edge usually does. Every policy has this rule for
    targets that declare an origin.

    Why: an edge that verifies its origin refuses the certificate, and one that does not can be led to another server.

    Fix: issue the origin a certificate for the same names, or let the edge ask it by a name of its own.
    """
    wanted = [name for name in target.target.names if read_address(name) is None]
    if target.target.origin and not wanted:
        yield NotApplicable("the target expects no host name")
        return
    yield from compared(target, lambda pair: _missing(wanted, pair))


def _missing(wanted: Sequence[str], pair: Pair) -> Iterator[Answer]:
    for name in wanted:
        wrong = [leaf for leaf in pair.origin_leaves if not matches(leaf.san or (), name)]
        if wrong:
            found = listed(map(str, wrong[0].san or ()))
            yield Problem(f"the origin's certificate is not for {name}; it has: {found}", key=name)


@check(
    "edge.same",
    citation="certgate: one service, one certificate",
    needs=[Need.ORIGIN],
)
def same(target: Vantages) -> Iterator[Answer]:
    """Edge and origin have in common what the target lists in `same`: names, key or issuer.

    `names` compares the subject alternative names of the two leaves, `key` their public keys, and `issuer` the names
    of their issuers and the identifiers of the issuers' keys. Every policy has this rule for targets that declare an
    origin.

    Why: certificates of edge and origin usually differ. If they should be the same, a difference shows that a renewal
    reached only one of them.

    Fix: deploy the certificate to both, or remove the word from `same`.
    """
    origin = target.target.origin
    if origin and not origin.same:
        yield NotApplicable("the target lists nothing that must be the same")
        return
    yield from compared(target, lambda pair: _different(origin.same if origin else (), pair))


def _different(words: Sequence[Sameness], pair: Pair) -> Iterator[Answer]:
    for word in words:
        differing = [
            (edge, origin)
            for edge in pair.edge_leaves
            for origin in pair.origin_leaves
            if _fact(word, edge) != _fact(word, origin)
        ]
        if differing:
            at_edge, at_origin = (_told(word, leaf) for leaf in differing[0])
            yield Problem(f"the {_CALLED[word]} differ: {at_edge} at the edge, {at_origin} at the origin", key=word)


_CALLED = {Sameness.NAMES: "names", Sameness.KEY: "keys", Sameness.ISSUER: "issuers"}


def _fact(word: Sameness, leaf: Certificate) -> object:
    match word:
        case Sameness.NAMES:
            return frozenset(str(name).lower() for name in leaf.san or ())
        case Sameness.KEY:
            return leaf.key.sha256
        case Sameness.ISSUER:
            return leaf.issuer, leaf.aki and leaf.aki.key_identifier


def _told(word: Sameness, leaf: Certificate) -> str:
    match word:
        case Sameness.NAMES:
            return listed(map(str, leaf.san or ()))
        case Sameness.KEY:
            return f"sha256 {leaf.key.sha256[:16]}"
        case Sameness.ISSUER:
            key = leaf.aki.key_identifier.hex()[:16] if leaf.aki and leaf.aki.key_identifier else ""
            return f"{leaf.issuer.text}, key {key}" if key else leaf.issuer.text


@check("edge.expiry", citation="RFC 5280 §4.1.2.5", needs=[Need.ORIGIN])
def expiry(target: Vantages, now: datetime, *, may_end_first: bool = False) -> Iterator[Answer]:
    """The origin's certificate is valid, and lasts at least as long as the edge's.

    With `may_end_first` the origin's certificate may end first, as long as it is valid. Every policy has this rule for
    targets that declare an origin.

    Why: monitoring sees the edge. An origin that expires behind it goes unnoticed, until the edge stops forwarding.

    Fix: renew the origin's certificate. If it is valid, and renewed more often than the edge's, set
    `may_end_first: true`.
    """
    yield from compared(target, lambda pair: _ended(pair, now, may_end_first=may_end_first))


def _ended(pair: Pair, now: datetime, *, may_end_first: bool) -> Iterator[Answer]:
    soonest = min(pair.origin_leaves, key=lambda leaf: leaf.not_after)
    invalid = next(filter(None, (expired(leaf, now) or not_yet_valid(leaf, now) for leaf in pair.origin_leaves)), "")
    edge_ends = min(leaf.not_after for leaf in pair.edge_leaves)
    if invalid:
        yield Problem(f"the origin's certificate {invalid}", key="invalid")
    elif not may_end_first and soonest.not_after < edge_ends:
        ends = f"{soonest.not_after:%Y-%m-%d}, the edge's on {edge_ends:%Y-%m-%d}"
        yield Problem(f"the origin's certificate ends first: on {ends}", key="first")


@check("edge.version", citation="RFC 9325 §3.1", needs=[Need.ORIGIN])
def version(target: Vantages) -> Iterator[Answer]:
    """The origin negotiates a TLS version that is at least as new as the edge's.

    The rule compares the versions that edge and origin negotiated with certgate. Which version the two negotiate with
    each other is not seen. Every policy has this rule for targets that declare an origin.

    Why: data that is well protected up to the edge is then sent on under a weaker version.

    Fix: allow the newer version on the origin (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`).
    """
    yield from compared(target, _weaker)


def _weaker(pair: Pair) -> Iterator[Answer]:
    both = (*pair.edge, *pair.origin)
    if any(seen.handshake is None or seen.handshake.version not in _VERSIONS for seen in both):
        yield NotChecked("the negotiated versions are not known")
        return
    if any(Note.BRAINPOOL_RETRY in seen.notes for seen in both):
        yield NotChecked("a server accepts only Brainpool curves, and certgate offers those with TLS 1.2 alone")
        return
    edge, origin = (
        [_VERSIONS.index(seen.handshake.version) for seen in side if seen.handshake]
        for side in (pair.edge, pair.origin)
    )
    if min(origin) < max(edge):
        yield Problem(f"{_VERSIONS[min(origin)]} negotiated with the origin, {_VERSIONS[max(edge)]} with the edge")
