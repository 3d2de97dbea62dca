"""`certgate explain`: explains one rule, in general or for one target."""

from typing import Annotated

import typer

from certgate.cli import options

__all__ = ["explain"]


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, such as chain.depth.")],
    target: Annotated[
        str | None,
        typer.Option(
            help="Explain the result of the rule for this target: host[:port], a file, or an id.", metavar="TARGET"
        ),
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", "-c", help="The certgate.yaml that declares the target.", metavar="FILE")
    ] = None,
    targets: Annotated[
        str | None,
        typer.Option(help="The list that declares the target, one per line; - reads standard input.", metavar="FILE|-"),
    ] = None,
    saved: Annotated[
        str | None,
        typer.Option(help="Observations of the target from --save, instead of observing it.", metavar="FILE"),
    ] = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    at: options.At = None,
) -> int:
    """Explain a rule: what it checks and why, its source and parameters, and how to fix failures.

    With --target: why the rule applies to the target or not, where each value comes from, and what was found.

    With --policy: also a rule that this policy declares.

    Examples:
      certgate explain chain.depth

      certgate explain key.rsa-min --target fullchain.pem --policy internal-pki

      certgate explain ocsp.fresh --target api.example.com --config certgate.yaml

      certgate explain chain.complete --target db-1:5432/postgres --targets hosts.txt

    """
    from certgate.model.errors import UsageError
    from certgate.model.reserved import TARGET_OBSERVED
    from certgate.policy.known_rule import known_rule
    from certgate.policy.packs import load_policy

    if target is None:
        from certgate.reports.rule_page import print_page

        if config or targets or saved or trust or at:
            raise UsageError("--config, --targets, --saved, --trust and --at need --target")
        print_page(*known_rule(rule, load_policy(policy) if policy else None))
        return 0
    from certgate.gate.clock_option import parse_time
    from certgate.gate.one_target import judge_one
    from certgate.reports.explained import explained
    from certgate.sources.one import OneTarget, find_target

    if not (config or targets or saved):
        known_rule(rule, load_policy(policy) if policy else None)
    wanted = OneTarget(target=target, config=config, list=targets, saved=saved, policy=policy, trust=tuple(trust or ()))
    judged = judge_one(*find_target(wanted), at=at)
    whole = load_policy(judged.result.target.policy, at=parse_time(at))
    known_rule(rule, whole)
    for line in explained(rule, judged.result, whole=whole, applied=judged.policy):
        typer.echo(line)
    return 3 if any(finding.rule == TARGET_OBSERVED for finding in judged.result.wrong) else 0
