"""What the CAs of a path allow below them: names and certificate policies."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.registry import Answer, NotApplicable, NotChecked, Problem, Words, check
from certgate.checks.subjects import Path
from certgate.trust.name_constraints import MAX_COMPARISONS, TooManyNamesError, refusals
from certgate.trust.policy_graph import MAX_NODES, PolicySettings, TooManyPoliciesError, process_policies
from certgate.x509.policy_constraints import ANY_POLICY

__all__: list[str] = []

_NAME_CONSTRAINTS = "2.5.29.30"


@check("chain.name-constraints", citation="RFC 5280 §4.2.1.10, §6.1.3(b), (c); RFC 5937")
def name_constraints(path: Path, *, apply_to_root: bool = False) -> Iterator[Answer]:
    """Every name on the path is one that the CAs above it may issue for.

    DNS names, IP addresses, URIs (SPIFFE IDs too), e-mail addresses and directory names are compared; a name of another
    kind fails where its kind is constrained. Excluded beats permitted; a wildcard fails if it covers an excluded name.
    Self-issued CA certificates are exempt. The anchor's own constraints count with `apply_to_root`.

    Why: clients refuse a name that a CA above was not allowed to issue for.

    Mend: have the certificate issued by a CA whose constraints allow the name, or leave the name out.
    """
    anchored = (*path.issuers, path.anchor) if apply_to_root and path.anchor else path.issuers
    if not any(issuer.extension(_NAME_CONSTRAINTS) for issuer in anchored):
        yield NotApplicable("no CA of the path has name constraints")
        return
    try:
        found = list(refusals(path, from_anchor=apply_to_root))
    except TooManyNamesError:
        yield NotChecked(f"names times constraints are more than the limit max-name-comparisons, {MAX_COMPARISONS}")
        return
    for refusal in found:
        where, by = path.label_of(refusal.index), _label(path, refusal.by)
        if refusal.name:
            yield Problem(f"{refusal.name} in {where} {refusal.reason}, says {by}", key=f"{where} {refusal.name}")
        else:
            yield Problem(f"{where} cannot be held against the name constraints of {by}: {refusal.reason}", key=by)


@check("chain.policy-valid", citation="RFC 5280 §6.1; RFC 9618 §5")
def policy_valid(
    path: Path,
    *,
    initial_policies: Annotated[tuple[str, ...], Words(or_oid=True)] = (),
    require_explicit: bool = False,
    inhibit_mapping: bool = False,
    inhibit_any: bool = False,
) -> Iterator[Answer]:
    """The certificate policies of the path hold together, for one of `initial_policies` if any is given.

    Policies are followed from the anchor's side to the leaf, through mappings and the constraints that CAs set. Without
    `require_explicit`, and if no CA asks for it, a path on which no policy holds is valid.

    Why: CAs say under which policies a path may be used, and clients that process policies obey.

    Mend: have the leaf issued under the policy wanted, by CAs that all assert it.
    """
    settings = PolicySettings(
        frozenset(initial_policies or (ANY_POLICY,)), require_explicit, inhibit_mapping, inhibit_any
    )
    try:
        result = process_policies(path, settings)
    except TooManyPoliciesError:
        yield NotChecked(f"policies and mappings are more than the limit max-policy-nodes, {MAX_NODES}")
        return
    if result.problem:
        yield Problem(result.problem)


def _label(path: Path, index: int) -> str:
    return "the anchor" if index == len(path.certificates) else path.label_of(index)
