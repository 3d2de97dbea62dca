"""`certgate policy`: ask policies what they come to."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Ask policies what they come to, and hold them against their own tests.", no_args_is_help=True)


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
