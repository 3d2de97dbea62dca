"""The pages of the commands, from their help: one for each command, and one for each command that has commands."""

from collections.abc import Iterator
from typing import Any

import typer

from certgate.cli.commands import command_tree
from certgate.cli.help import options_by_subject, paragraphs
from docs.markdown import cell

__all__ = ["pages"]

FOLDER = "reference/commands"


def pages() -> dict[str, str]:
    """Each page, by its path below docs/."""
    root: Any = typer.main.get_command(command_tree([]))
    with root.make_context("certgate", [], resilient_parsing=True) as ctx:
        found = {f"{FOLDER}/{name}.md": "\n".join(_page(root.commands[name], ctx)) for name in root.list_commands(ctx)}
        return {f"{FOLDER}/README.md": "\n".join(_index(root, ctx)), **found}


def _index(root: Any, ctx: Any) -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield from _paragraphs(root.help)
    yield "| command | what it does |"
    yield "|---|---|"
    for name in root.list_commands(ctx):
        command = root.commands[name]
        yield f"| [{name}]({name}.md) | {_short(command)} |"
        for part in getattr(command, "commands", {}).values():
            yield f"| [{name} {part.name}]({name}.md#certgate-{name}-{part.name}) | {_short(part)} |"
    yield ""
    yield "## Exit codes"
    yield ""
    yield "All commands have the same, except [webhook](webhook.md), which judges for others. An option that only reports,"
    yield "such as `--exit-zero`, says so."
    yield ""
    yield "| code | meaning |"
    yield "|---|---|"
    yield "| 0 | compliant |"
    yield "| 1 | violated: at least one rule failed at or above `--fail-on` (default `error`) |"
    yield "| 2 | usage error: command line, configuration, policy or trust store; nothing was observed |"
    yield "| 3 | incomplete: something could not be observed or checked, an internal error, interrupted; 1 wins over 3 |"
    yield ""
    yield "## Options of certgate itself"
    yield ""
    yield from _options(root, ctx, level=None)


def _short(command: Any) -> str:
    return str(cell(command.get_short_help_str(limit=200)))


def _page(command: Any, above: Any) -> Iterator[str]:
    with command.make_context(command.name, [], parent=above, resilient_parsing=True) as ctx:
        yield f"# certgate {command.name}"
        yield ""
        parts = getattr(command, "commands", {})
        yield from _described(command, ctx, level="##", brief=bool(parts))
        for part in parts.values():
            with part.make_context(part.name, [], parent=ctx, resilient_parsing=True) as inner:
                yield f"## certgate {command.name} {part.name}"
                yield ""
                yield from _described(part, inner, level="###")
        has_its_own = command.epilog != above.command.epilog
        yield command.epilog if has_its_own else "The [exit codes](README.md#exit-codes) are the usual ones."


def _described(command: Any, ctx: Any, *, level: str, brief: bool = False) -> Iterator[str]:
    yield from _paragraphs(command.help or "")
    if not brief:
        yield "```text"
        yield " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
        yield "```"
        yield ""
        yield from _options(command, ctx, level=level if len(options_by_subject(command, ctx)) > 2 else None)


def _paragraphs(text: str) -> Iterator[str]:
    for lines in paragraphs(text.strip()):
        if len(lines) > 1:
            yield from ("```text", *lines[1:], "```", "")
        else:
            yield from (cell(lines[0]), "")


def _options(command: Any, ctx: Any, *, level: str | None) -> Iterator[str]:
    """A table for each subject under a heading of this level, or one table without headings."""
    heads = ("| argument or option | meaning |", "|---|---|")
    tables = options_by_subject(command, ctx).items()
    if level is None:
        yield from heads
    for subject, rows in tables:
        if level:
            yield from (f"{level} {subject}", "", *heads)
        for names, text in rows:
            yield f"| {', '.join(f'`{name}`' for name in _split(names))} | {cell(text)} |"
        if level:
            yield ""
    if level is None:
        yield ""


def _split(names: str) -> list[str]:
    """`-p, --policy NAME` as its names; the last keeps the value."""
    return [name.strip().replace("|", "\\|") for name in names.split(", ")]
