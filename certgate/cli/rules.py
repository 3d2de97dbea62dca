"""`certgate rules`: all rules there are."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["rules"]


class Format(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def rules(
    format: Annotated[Format, typer.Option(help="text or json.")] = Format.TEXT,
) -> int:
    """List all rules; as JSON with everything that is known of them.

    Examples:
      certgate rules

      certgate rules | grep ocsp

      certgate rules --format json

    """
    from certgate.checks.catalogue import all_checks
    from certgate.cli.rulepage import as_data, print_table

    checks = sorted(all_checks().values(), key=lambda check: check.id)
    if format is Format.JSON:
        import json

        typer.echo(json.dumps([as_data(check) for check in checks], indent=2, ensure_ascii=False))
    else:
        print_table(checks)
    return 0
