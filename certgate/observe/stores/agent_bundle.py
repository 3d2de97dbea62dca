"""Bundles that an agent gives over the SPIFFE Workload API: of its own trust domain, and of those it federates with."""

from collections.abc import Mapping

from certgate.model.bundle_facts import BundleFailure
from certgate.model.observation import FailureKind
from certgate.observe.stores.anchor_file import parse_anchor
from certgate.observe.stores.spiffe_bundle import BadBundle, Bundle
from certgate.observe.workload_api.agent import AgentFailed, WorkloadApi
from certgate.x509.errors import Malformed

__all__ = ["bundle_of_agent"]

_KINDS: Mapping[FailureKind, BundleFailure] = {
    FailureKind.UNREACHABLE: BundleFailure.UNREACHABLE,
    FailureKind.TIMED_OUT: BundleFailure.TIMED_OUT,
    FailureKind.FORBIDDEN: BundleFailure.DENIED,
    FailureKind.API_FAILED: BundleFailure.DENIED,
    FailureKind.LIMIT: BundleFailure.TOO_LARGE,
}
_SCHEME = "spiffe://"
_MOST_NAMED = 5


def bundle_of_agent(trust_domain: str, socket: str) -> Bundle:
    """The bundle that the agent at `socket` (`unix:///PATH`) gives for a trust domain. Raises BadBundle."""
    try:
        found = WorkloadApi(socket).bundles()
    except AgentFailed as error:
        raise BadBundle(str(error), _KINDS.get(error.kind, BundleFailure.INVALID)) from None
    by_domain = {id.lower().removeprefix(_SCHEME): certificates for id, certificates in found.items()}
    if trust_domain not in by_domain:
        given = ", ".join(sorted(by_domain)[:_MOST_NAMED]) or "none"
        message = f"the agent at {socket} has no bundle of trust domain {trust_domain}; it has bundles of {given}"
        raise BadBundle(message, BundleFailure.ABSENT)
    if not by_domain[trust_domain]:
        message = f"the agent at {socket} gives an empty bundle of trust domain {trust_domain}"
        raise BadBundle(message, BundleFailure.EMPTY)
    try:
        return Bundle(anchors=tuple(map(parse_anchor, by_domain[trust_domain])))
    except Malformed as error:
        raise BadBundle(f"the agent at {socket} gives an authority that cannot be read: {error}") from error
