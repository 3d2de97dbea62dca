"""Rules of the family chain: the names and certificate policies that the CAs of a path allow below them."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, Vocabulary, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import answers
from certgate.trust.policy_graph import PolicySettings
from certgate.trust.rfc5280 import names, policies
from certgate.x509.policy_constraints import ANY_POLICY

__all__: list[str] = []

_NAME_CONSTRAINTS = "2.5.29.30"


@check("chain.name-constraints", citation="RFC 5280 §4.2.1.10, §6.1.3(b), (c); RFC 5937")
def name_constraints(path: CertificatePath, *, apply_to_root: bool = False) -> Iterator[Answer]:
    """Every name on the path is allowed by the name constraints of the CAs above it.

    The rule compares DNS names, IP addresses, URIs (including SPIFFE IDs), e-mail addresses and directory names; a name
    of another kind fails if its kind is constrained. Exclusion wins over permission; a wildcard fails if it covers an
    excluded name. Self-issued CA certificates are exempt. With `apply_to_root` the root's own constraints count too.

    Why: clients refuse a name that a CA above was not allowed to issue for.

    Fix: have the certificate issued by a CA whose constraints allow the name, or leave the name out.
    """
    anchored = (*path.issuers, path.anchor) if apply_to_root and path.anchor else path.issuers
    if not any(issuer.extension(_NAME_CONSTRAINTS) for issuer in anchored):
        yield NotApplicable("no CA on the path has name constraints")
        return
    yield from answers(names(path, from_anchor=apply_to_root))


@check("chain.policy-valid", citation="RFC 5280 §6.1; RFC 9618 §5")
def policy_valid(
    path: CertificatePath,
    *,
    initial_policies: Annotated[tuple[str, ...], Vocabulary(or_oid=True)] = (),
    require_explicit: bool = False,
    inhibit_mapping: bool = False,
    inhibit_any: bool = False,
) -> Iterator[Answer]:
    """The path is valid under its certificate policies, and under one of `initial_policies` if any are given.

    Policies are followed from the root to the leaf, through mappings and the constraints that CAs set. Without
    `require_explicit`, and if no CA requires it, a path without a valid policy passes.

    Why: CAs state the policies under which a path may be used, and clients that process policies obey them.

    Fix: have the leaf issued under the required policy, by CAs that all assert it.
    """
    settings = PolicySettings(
        frozenset(initial_policies or (ANY_POLICY,)), require_explicit, inhibit_mapping, inhibit_any
    )
    yield from answers(policies(path, settings))
