"""`certgate explain`: one rule, for people."""

from typing import Annotated

import typer

__all__ = ["explain"]


def explain(rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, such as chain.depth.")]) -> int:
    """Say what a rule checks, why, by which source, with which parameters, and how to mend what it finds."""
    from certgate.checks.registry import all_checks
    from certgate.cli.rulepage import print_page
    from certgate.model.errors import UsageError
    from certgate.policy.mistakes import nearest

    if rule not in all_checks():
        raise UsageError(f'there is no rule "{rule}"{nearest(rule, all_checks())}; certgate rules lists them all')
    print_page(all_checks()[rule])
    return 0
