"""`certgate policy`: ask policies what they come to."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Ask policies what they come to, and hold them against their own tests.", no_args_is_help=True)
_Policy = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped policy's name, or a file.")]


class Language(StrEnum):
    """What a schema is of."""

    POLICY = "policy"
    CONFIG = "config"


@app.command()
def schema(
    of: Annotated[Language, typer.Argument(help="policy, or config for certgate.yaml.")] = Language.POLICY,
) -> int:
    """Print the JSON Schema of policy files, or of certgate.yaml: editors complete and check by it."""
    import json

    from certgate.policy.schema import config_schema, policy_schema

    wanted = policy_schema() if of is Language.POLICY else config_schema()
    typer.echo(json.dumps(wanted, indent=1, ensure_ascii=False))
    return 0


@app.command()
def show(policy: _Policy) -> int:
    """Print what a policy comes to: every rule with its values, and the file and line that each comes from."""
    from certgate.cli.policypage import print_policy
    from certgate.policy.packs import load_policy

    print_policy(load_policy(policy))
    return 0


@app.command()
def diff(old: _Policy, new: _Policy) -> int:
    """Print what the second policy says otherwise than the first."""
    from certgate.cli.policypage import print_difference
    from certgate.policy.packs import load_policy

    print_difference(load_policy(old), load_policy(new))
    return 0
