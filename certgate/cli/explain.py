"""`certgate explain`: one rule, for people; in general, or what became of it on one target."""

from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli import options

if TYPE_CHECKING:
    from certgate.checks.registry import Check
    from certgate.policy.model import Policy

__all__ = ["explain"]


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, such as chain.depth.")],
    target: Annotated[
        str | None, typer.Option(help="Say what became of the rule on this target: host[:port], a file, or an id.")
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="The certgate.yaml that declares the target.", metavar="FILE")
    ] = None,
    saved: Annotated[
        str | None,
        typer.Option(help="Observations of the target from --save, instead of observing it.", metavar="FILE"),
    ] = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    at: options.At = None,
) -> int:
    """Say what a rule checks, why, by which source, with which parameters, and how to mend what it finds.

    With --target: why it did or did not apply there, which value comes from where, and what was seen.

    With --policy: also a rule that this policy brings along.

    Examples:
      certgate explain chain.depth

      certgate explain key.rsa-min --target fullchain.pem --policy internal-pki

      certgate explain ocsp.fresh --target api.example.com --config certgate.yaml

    """
    from certgate.model.errors import UsageError
    from certgate.policy.packs import RESERVED_RULE, load_policy

    if target is None:
        from certgate.cli.rulepage import print_page

        if config or saved or trust or at:
            raise UsageError("--config, --saved, --trust and --at need --target")
        print_page(_check(rule, load_policy(policy) if policy else None))
        return 0
    from certgate.cli.explained import print_explained
    from certgate.cli.onetarget import Wanted, judge_one

    if not (config or saved):
        _check(rule, load_policy(policy) if policy else None)
    judged = judge_one(Wanted(target, config, saved, policy, tuple(trust or ()), at))
    whole = load_policy(judged.result.target.policy)
    _check(rule, whole)
    print_explained(rule, whole, judged)
    return 3 if any(finding.rule == RESERVED_RULE for finding in judged.result.wrong) else 0


def _check(rule: str, policy: "Policy | None") -> "Check":
    """The check of a rule that there is, or that `policy` brings along. Raises UsageError."""
    from certgate.checks.catalogue import all_checks
    from certgate.model.errors import UsageError
    from certgate.policy.mistakes import nearest

    known = {**all_checks(), **{r.id: r.check for r in (policy.rules if policy else ())}}
    if rule not in known:
        raise UsageError(f'there is no rule "{rule}"{nearest(rule, known)}; certgate rules lists them all')
    return known[rule]
