"""Proposes a configuration: observes targets, and says how each could be judged."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from certgate.gate.inspecting import observe_all
from certgate.judge.proposal import Proposal, ProposedTarget, is_anchor_file, propose
from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.target import Target
from certgate.observe.stores.trust_stores import load_store
from certgate.policy.packs import DEFAULT_POLICY
from certgate.sources.interface import TargetSource
from certgate.system.stop import Stop
from certgate.trust.store import TrustStore

__all__ = ["propose_all"]


def propose_all(
    sources: Sequence[TargetSource],
    trust: Sequence[str],
    *,
    is_ours: Callable[[str], bool],
    tell: Callable[[str], None],
) -> Sequence[ProposedTarget]:
    """Observe every target, and propose how to judge it. What the target list declares stays; of a range, what answers.

    `tell` gets the number of targets, if they are many, and of those that do not answer in ranges.

    `trust` names stores of private roots. Files with roots among the targets are stores too, and are not judged;
    `is_ours` tells which of them hold a root as an earlier call took it from a chain. Raises UsageError, CertgateError.
    """
    public = load_store(("mozilla",))
    visited = [one for source in sources for one in observe_all(source, Stop(), tell)]
    observed = [one for one in visited if not one.has_no_endpoint]
    if silent := len(visited) - len(observed):
        tell(f"{plural(silent, 'target')} of ranges without an endpoint: left out")
    anchors = [one.target.source.name for one in observed if is_anchor_file(one)]
    own = [load_store((word,)) for word in trust]
    own += [store for path in anchors if not is_ours(path) for store in _readable(path)]
    found = [propose(one, public, own) for one in observed]
    ours = [root for path in anchors if is_ours(path) for store in _readable(path) for root in store.anchors]
    roots = dict.fromkeys([*(proposal.root for proposal in found if proposal.root), *ours])
    stores = [TrustStore(root.sha256, (root,)) for root in roots]
    return [
        ProposedTarget(
            target=one.target,
            proposal=Proposal(left_out="roots: they are a trust store, and not judged")
            if one.target.source.name in anchors
            else _with_declared(one.target, propose(one, public, own, stores)),
        )
        for one in observed
    ]


def _readable(path: str) -> Sequence[TrustStore]:
    """The store in a file that was found; none if it is in a form that stores do not have, such as PKCS#7."""
    try:
        return (load_store((path,)),)
    except UsageError:
        return ()


def _with_declared(target: Target, proposal: Proposal) -> Proposal:
    """The proposal, with the policy and the trust store that the target list names."""
    is_declared = target.policy != DEFAULT_POLICY or target.trust != ("mozilla",)
    if not is_declared or proposal.left_out:
        return proposal
    remark = "" if proposal.is_seen else proposal.remark
    return replace(proposal, policy=target.policy, trust=target.trust, root=None, remark=remark)
