"""Certificate policies along a path, as a graph (RFC 5280 §6.1 as updated by RFC 9618)."""

from collections.abc import Iterable
from dataclasses import field
from functools import lru_cache
from typing import NamedTuple

from certgate.model.frozen import changeable, frozen
from certgate.trust.limit import LimitExceeded
from certgate.trust.path import CertificatePath
from certgate.x509.policy_constraints import ANY_POLICY, PolicyConstraints, read_policy_constraints
from certgate.x509.template import Template

__all__ = ["MAX_NODES", "PolicyResult", "PolicySettings", "process_policies"]

MAX_NODES = 10_000
"""The maximum number of policies and mappings on one path; the graph grows linearly with their number."""


@frozen(slots=True)
class PolicySettings:
    """The inputs of RFC 5280 §6.1.1 (c), (e), (f), (g)."""

    initial_policies: frozenset[str] = frozenset({ANY_POLICY})
    """The user-initial-policy-set."""
    require_explicit: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False


@frozen(slots=True)
class PolicyResult:
    """The outputs of RFC 5280 §6.1.6 about policies. `problem` is why the path is not valid, None if it is."""

    problem: str | None
    user_constrained: frozenset[str]
    """The policies that are valid for the path and that the user accepts; {anyPolicy} stands for all."""


class _Link(NamedTuple):
    """What one certificate of the path contributes."""

    policies: tuple[str, ...]
    constraints: PolicyConstraints
    is_self_issued: bool


@changeable(slots=True)
class _Node:
    """A node of one depth; its valid_policy is its key there. `parents` are keys of the depth above."""

    expected: set[str]
    parents: set[str] = field(default_factory=set)


_Depth = dict[str, _Node]


def process_policies(path: CertificatePath, settings: PolicySettings) -> PolicyResult:
    """Run the policy part of RFC 5280 §6.1.2 to §6.1.5 on the path, from the anchor's side to the leaf.

    The anchor itself is ignored. Raises Malformed for unreadable extensions, and LimitExceeded.
    """
    return _processed(tuple([(c.template, c.is_self_issued) for c in path.certificates]), settings)


@lru_cache(maxsize=1024)
def _processed(certificates: tuple[tuple[Template, bool], ...], settings: PolicySettings) -> PolicyResult:
    """As `process_policies`, given the template of each certificate, and whether it is self-issued.

    Cached, because most certificates of a CA have the same template.
    """
    links = (_Link(of.policies or (), read_policy_constraints(of), issued) for of, issued in certificates)
    return _Run(tuple(links), settings).result()


class _Run:
    def __init__(self, links: tuple[_Link, ...], settings: PolicySettings) -> None:
        self._settings = settings
        self._chain = tuple(reversed(links))
        self._labels = [CertificatePath.label_of(index) for index in reversed(range(len(self._chain)))]
        unset = len(self._chain) + 1
        self._explicit = 0 if settings.require_explicit else unset
        self._mapping = 0 if settings.inhibit_mapping else unset
        self._any = 0 if settings.inhibit_any else unset
        self._depths: list[_Depth] = [{ANY_POLICY: _Node({ANY_POLICY})}]
        """The valid_policy_graph; its last depth is empty when RFC 5280 says NULL."""
        self._left = MAX_NODES

    def result(self) -> PolicyResult:
        last = len(self._chain) - 1
        for index, link in enumerate(self._chain):
            self._add_depth(link, may_use_any=self._any > 0 or (index < last and link.is_self_issued))
            if not self._explicit and not self._depths[-1]:
                return PolicyResult(
                    f"no valid policy at {self._labels[index]}, where an explicit policy is required", frozenset()
                )
            constraints = link.constraints
            if index == last:
                self._explicit = 0 if constraints.require_explicit == 0 else max(self._explicit - 1, 0)
                break
            if any(ANY_POLICY in mapping for mapping in constraints.mappings):
                return PolicyResult(
                    f"{self._labels[index]} maps from or to anyPolicy, which is not allowed", frozenset()
                )
            self._map(constraints.mappings)
            self._count_down(link)
        accepted = self._user_constrained()
        missing = not self._explicit and not accepted
        return PolicyResult("no accepted policy holds for the path" if missing else None, accepted)

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise LimitExceeded(f"policies and mappings exceed the limit max-policy-nodes ({MAX_NODES})")

    def _add_depth(self, link: _Link, *, may_use_any: bool) -> None:
        """RFC 5280 §6.1.3(d) and (e), RFC 9618 §5.3."""
        policies = link.policies
        self._spend(len(policies))
        above = self._depths[-1]
        by_expected: dict[str, set[str]] = {}
        for policy, node in above.items():
            for expected in node.expected:
                by_expected.setdefault(expected, set()).add(policy)
        depth: _Depth = {}
        for policy in policies:
            parents = by_expected.get(policy) or ({ANY_POLICY} & above.keys())
            if policy != ANY_POLICY and parents:
                depth[policy] = _Node({policy}, set(parents))
        if ANY_POLICY in policies and may_use_any:
            for policy, parents in by_expected.items():
                depth.setdefault(policy, _Node({policy}, parents))
        self._depths.append(depth)
        self._prune()

    def _map(self, mappings: Iterable[tuple[str, str]]) -> None:
        """RFC 5280 §6.1.4(b), RFC 9618 §5.4; nodes that lose their children are removed with the next depth."""
        depth = self._depths[-1]
        mapped: dict[str, set[str]] = {}
        for issuer, subject in mappings:
            self._spend(1)
            mapped.setdefault(issuer, set()).add(subject)
        for policy, subjects in mapped.items():
            if not self._mapping:
                depth.pop(policy, None)
            elif policy in depth:
                depth[policy].expected = subjects
            elif ANY_POLICY in depth:
                depth[policy] = _Node(subjects, {ANY_POLICY})

    def _prune(self) -> None:
        """Remove nodes without children, from the second deepest depth upwards; an empty last depth empties all."""
        for upper, lower in zip(reversed(self._depths[:-1]), reversed(self._depths), strict=False):
            used = set().union(*(node.parents for node in lower.values()))
            for policy in upper.keys() - used:
                del upper[policy]

    def _count_down(self, link: _Link) -> None:
        """RFC 5280 §6.1.4(h), (i), (j)."""
        step, constraints = 0 if link.is_self_issued else 1, link.constraints
        self._explicit = _lower(self._explicit - step, constraints.require_explicit)
        self._mapping = _lower(self._mapping - step, constraints.inhibit_mapping)
        self._any = _lower(self._any - step, constraints.inhibit_any)

    def _user_constrained(self) -> frozenset[str]:
        """RFC 5280 §6.1.5(g), RFC 9618 §5.5: the policies in the anchor's terms that the user accepts."""
        if not self._depths[-1]:
            return frozenset()
        authority = {
            policy
            for depth in self._depths[1:]
            for policy, node in depth.items()
            if policy != ANY_POLICY and ANY_POLICY in node.parents
        }
        wanted = self._settings.initial_policies
        if ANY_POLICY in self._depths[-1]:
            return frozenset({ANY_POLICY}) | authority if ANY_POLICY in wanted else wanted
        return frozenset(authority) if ANY_POLICY in wanted else wanted & authority


def _lower(counter: int, limit: int | None) -> int:
    counter = max(counter, 0)
    return counter if limit is None else min(counter, limit)
