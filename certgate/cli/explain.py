"""`certgate explain`: one rule, for people; in general, or what became of it on one target."""

from typing import Annotated

import typer

from certgate.cli import options

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

    Examples:
      certgate explain chain.depth

      certgate explain key.rsa-min --target fullchain.pem --policy internal-pki

      certgate explain ocsp.fresh --target api.example.com --config certgate.yaml

    """
    from certgate.checks.registry import all_checks
    from certgate.model.errors import UsageError
    from certgate.policy.mistakes import nearest

    if rule not in all_checks():
        raise UsageError(f'there is no rule "{rule}"{nearest(rule, all_checks())}; certgate rules lists them all')
    if target is None:
        from certgate.cli.rulepage import print_page

        if config or saved or policy or trust or at:
            raise UsageError("--config, --saved, --policy, --trust and --at need --target")
        print_page(all_checks()[rule])
        return 0
    from certgate.cli.explained import print_explained
    from certgate.cli.onetarget import Wanted, judge_one
    from certgate.policy.packs import load_policy

    judged = judge_one(Wanted(target, config, saved, policy, tuple(trust or ()), at))
    print_explained(rule, load_policy(judged.result.target.policy), judged)
    return 0
