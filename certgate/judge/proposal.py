"""Proposes how to judge a target by what was seen of it: the policy, the trust store, the role."""

from collections.abc import Iterable, Sequence

from certgate.judge.chain import chain_in, leaf_of
from certgate.judge.hints import client_only, no_role
from certgate.model.frozen import frozen
from certgate.model.observation import Observation, Observed
from certgate.model.target import Role, Target
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.sct import embedded_scts

__all__ = ["Proposal", "ProposedTarget", "is_anchor_file", "propose"]

_PUBLIC, _PRIVATE, _SPIFFE, _CLUSTER = "webpki-public", "internal-pki", "spiffe-svid", "kubernetes-workload"


@frozen(kw_only=True)
class Proposal:
    """How to judge a target."""

    policy: str = _PUBLIC
    trust: tuple[str, ...] = ("mozilla",)
    """The trust stores, by the words that name them; empty if `root` is the store, or if none is known."""
    root: Certificate | None = None
    """The private root that was sent."""
    role: Role | None = None
    """The role of a file, if it is not a server's."""
    remark: str = ""
    """What to know about the proposal. May contain untrusted text."""
    is_seen: bool = True
    left_out: str = ""
    """Why it cannot be a target; empty if it can."""


@frozen(kw_only=True)
class ProposedTarget:
    """A declared target, and how it could be judged."""

    target: Target
    proposal: Proposal


def propose(
    observed: Observed, public: TrustStore, own: Iterable[TrustStore], sent: Iterable[TrustStore] = ()
) -> Proposal:
    """The proposal for the target.

    `own` are the private stores that are known, each named by its word; `sent` are stores with one root each, which
    other targets sent.
    """
    for seen in observed.looks:
        if seen.request is not None:
            return Proposal(remark="a request: nobody has issued it yet, so choose the policy for its CA")
        if seen.published is not None:
            return Proposal(remark=f"{seen.published.described}: choose the policy for the CA that publishes it")
        try:
            if leaf := leaf_of(seen):
                return _proposal(observed.target, seen, leaf, public, own, sent)
        except Malformed as error:
            return Proposal(remark=f"the certificate cannot be read: {error}")
    failures = [f"{seen.failure.kind}: {seen.failure.detail}" for seen in observed.looks if seen.failure]
    return Proposal(is_seen=False, remark=failures[0] if failures else "no certificate was seen")


def is_anchor_file(observed: Observed) -> bool:
    """Whether the target is a file with roots and nothing else: a trust store, and nothing to judge.

    A self-signed certificate with a host name is a server's, though many tools mark it as a CA's.
    """
    presented = [der for seen in observed.looks for der in seen.presented]
    if observed.target.source.kind != "file" or not presented:
        return False
    try:
        certificates = [Certificate(der) for der in presented]
        return all(one.is_self_issued and one.is_ca and not one.dns_names for one in certificates)
    except Malformed:
        return False


def _proposal(
    target: Target,
    seen: Observation,
    leaf: Certificate,
    public: TrustStore,
    own: Iterable[TrustStore],
    sent: Iterable[TrustStore],
) -> Proposal:
    if kind := no_role(leaf):
        return Proposal(left_out=f"{kind} certificate, for which certgate has no role")
    role = _role(target, leaf)
    is_svid = any(uri.lower().startswith("spiffe://") for uri in leaf.uris)
    policy = _SPIFFE if is_svid else _CLUSTER if target.source.kind == "manifest" else _PRIVATE
    if not is_svid and _is_anchored(seen, public):
        return Proposal(role=role)
    for store in own:
        if _is_anchored(seen, store):
            return Proposal(policy=policy, trust=(store.name,), role=role)
    paths = chain_in(seen, public).paths
    roots = [path.certificates[-1] for path in paths if path.certificates[-1].is_self_issued]
    roots += [store.anchors[0] for store in sent if _is_anchored(seen, store)]
    if roots:
        return Proposal(policy=policy, trust=(), root=roots[0], role=role)
    if not is_svid and embedded_scts(leaf):
        return Proposal(role=role, remark="a public CA issued it, but no path to a root of Mozilla's was found")
    return Proposal(policy=policy, trust=(), role=role, remark=f"its root was not sent: {_top(paths[0].certificates)}")


def _top(certificates: Sequence[Certificate]) -> str:
    return f"fill in the file with {certificates[-1].issuer.text}"


def _role(target: Target, leaf: Certificate) -> Role | None:
    if target.source.kind != "file":
        return None
    if Role.CA in target.roles or (leaf.is_ca and not leaf.dns_names):
        return Role.CA
    return Role.CLIENT if client_only(leaf) else None


def _is_anchored(seen: Observation, store: TrustStore) -> bool:
    return any(path.anchor for path in chain_in(seen, store).paths)
