"""`certgate rules`: lists all rules."""

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["rules"]


class Format(StrEnum):
    """The format of the list."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def rules(
    format: Annotated[Format, typer.Option(help="text, markdown or json.", metavar="FORMAT")] = Format.TEXT,
) -> int:
    """List all rules, as JSON with all details.

    Examples:
      certgate rules

      certgate rules | grep ocsp

      certgate rules --format json

    """
    from certgate.checks.framework.catalogue import all_checks, all_rules
    from certgate.reports.rule_page import as_data, as_markdown, print_table

    if format is Format.JSON:
        import json

        typer.echo(
            json.dumps(
                [as_data(doc, all_checks().get(id)) for id, doc in all_rules().items()], indent=2, ensure_ascii=False
            )
        )
    elif format is Format.MARKDOWN:
        typer.echo(as_markdown(list(all_rules().values())))
    else:
        print_table(list(all_rules().values()))
    return 0
