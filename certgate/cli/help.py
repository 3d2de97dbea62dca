"""The help of commands: examples first, then the options by subject; the common ones alone if there are many."""

import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from certgate.cli.conversion import convert_lazily

if TYPE_CHECKING:
    from certgate.reports.page import Page

__all__ = ["PANELS", "Command", "Group", "options_by_subject", "paragraphs", "show_all"]

_SUBJECTS: Mapping[str, str] = {
    "Targets": "config no-config targets target saved name role purpose key staple crl expect only exclude max-targets "
    "shard starttls resolve partial all-addresses max-addresses scenario kubernetes context kubeconfig namespace "
    "all-namespaces selector via no-connect no-secrets allow-empty",
    "Policy": "policy select ignore fail-on exit-zero at horizon no-waivers baseline write-baseline "
    "accept-known-unreachable",
    "Trust": "trust bundle trust-matrix aia ct-logs deny",
    "Revocation": "revocation ocsp-nonce allow-address cache",
    "Reports": "report metrics-labels save journal resume changed-targets history keep sarif-suppressed format json "
    "pem notify-file notify-env notify-on",
    "Network": "cert alpn proxy proxy-auth-file proxy-auth-env timeout connect-timeout rate retries concurrency "
    "workers engine insecure-engine per-host max-connections no-probes probe-mtls max-time",
    "Webhook": "listen tls-cert tls-key mode deny-incomplete",
    "Pass phrases": "password-file password-fd password-env",
    "Output": "yes force full group-by verbose quiet color progress version traceback install-completion "
    "show-completion help help-all",
}
PANELS: Mapping[str, str] = {
    "scan key": "Network",
    **{name: subject for subject, names in _SUBJECTS.items() for name in names.split()},
}
"""The heading under which the help lists each option, without its hyphens; `COMMAND option` has precedence."""
_OTHERS = "Other options"
_USUAL = (
    "config targets partial name role key expect only starttls resolve all-addresses policy fail-on exit-zero at "
    "baseline trust revocation report history cert timeout verbose quiet help"
)
_COMMON = frozenset(_USUAL.split())
"""What --help shows of a command with more than `_FEW` options; --help-all shows all."""
_FEW = 26
_LEFT = 24
"""Columns for the names of an option; those of a longer one have a line of their own."""
_ALL = "certgate.help.all"


class Command(TyperCommand):
    """A command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        convert_lazily(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _write(self, ctx, formatter)


class Group(TyperGroup):
    """A command that has commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        convert_lazily(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _write(self, ctx, formatter)


def show_all(ctx: typer.Context, wanted: bool) -> None:
    """Print the help with all options and exit, if that is `wanted`: the callback of --help-all."""
    if wanted:
        ctx.meta[_ALL] = True
        typer.echo(ctx.get_help())
        raise typer.Exit


def _write(command: Any, ctx: Any, formatter: Any) -> None:
    from certgate.reports.console import wants_colour, width_of
    from certgate.reports.page import Page

    text = io.StringIO()
    page = Page(text, width=width_of(sys.stdout, os.environ), colour=wants_colour("auto", sys.stdout, os.environ))
    summary, *rest = (command.help or "").strip().split("\n\n", 1)
    page.line(" ".join(summary.split()))
    page.blank()
    page.line(("Usage: ", "bold"), " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]))
    for paragraph in paragraphs(rest[0] if rest else ""):
        page.blank()
        _paragraph(page, paragraph)
    _list_commands(page, command, ctx)
    _list_options(page, command, ctx)
    if command.epilog:
        page.blank()
        page.line(" ".join(command.epilog.split()))
    formatter.write(text.getvalue())


def paragraphs(text: str) -> Iterator[list[str]]:
    """The lines of each paragraph of a help text: one, or for the examples `Examples:` and the command lines."""
    examples: list[str] = []
    for paragraph in filter(None, (part.strip("\n") for part in text.split("\n\n"))):
        lines = paragraph.splitlines()
        if examples or lines[0].strip() == "Examples:":
            examples += [line.strip() for line in lines if line.strip()]
        else:
            yield [" ".join(paragraph.split())]
    if examples:
        yield examples


def _paragraph(page: "Page", lines: list[str]) -> None:
    title, *examples = lines
    page.line((title, "bold") if examples else title)
    for example in examples:
        page.line(example, indent=2, hang=2)


def _list_commands(page: "Page", command: Any, ctx: Any) -> None:
    commands = getattr(command, "commands", {})
    if commands:
        page.blank()
        page.line(("Commands:", "bold"))
    for name in command.list_commands(ctx) if commands else ():
        _row(page, name, commands[name].get_short_help_str(limit=200), left=12)


def _list_options(page: "Page", command: Any, ctx: Any) -> None:
    shown = _shown(command, ctx)
    few = len(shown) <= _FEW or ctx.meta.get(_ALL, False)
    hidden = 0 if few else sum(1 for option in shown if not _is_common(option))
    for subject, lines in options_by_subject(command, ctx, all_of_them=few).items():
        page.blank()
        page.line((f"{subject}:", "bold"))
        for names, text in lines:
            _row(page, names, text, left=_LEFT)
    if hidden:
        page.blank()
        page.line(f"{hidden} more options: {ctx.command_path} --help-all")


def options_by_subject(command: Any, ctx: Any, *, all_of_them: bool = True) -> dict[str, list[tuple[str, str]]]:
    """Names and meaning of each argument and option, by subject; the common ones alone if not `all_of_them`."""
    rows: dict[str, list[tuple[str, str]]] = {subject: [] for subject in (*_SUBJECTS, _OTHERS)}
    for option in _shown(command, ctx):
        if option.param_type_name == "argument":
            rows["Targets"].append((option.metavar or option.name.upper(), option.help or ""))
        elif all_of_them or _is_common(option):
            rows[_panel(command, option)].append((_names(option), _help(option)))
    return {subject: lines for subject, lines in rows.items() if lines}


def _shown(command: Any, ctx: Any) -> list[Any]:
    return [option for option in command.get_params(ctx) if not getattr(option, "hidden", False)]


def _is_common(option: Any) -> bool:
    return option.param_type_name == "argument" or _key(option) in _COMMON


def _row(page: "Page", names: str, text: str, *, left: int) -> None:
    if len(names) > left:
        page.line((names, "cyan"), indent=2, hang=4)
        names = ""
    page.line((f"{names:<{left}}", "cyan"), f"  {text}", indent=2, hang=left + 2)


def _panel(command: Any, option: Any) -> str:
    key = _key(option)
    return PANELS.get(f"{command.name} {key}") or PANELS.get(key, _OTHERS)


def _key(option: Any) -> str:
    names: list[str] = option.opts
    return next(name for name in names if name.startswith("--")).removeprefix("--")


def _names(option: Any) -> str:
    short = [name for name in option.opts if not name.startswith("--")]
    long = [name for name in option.opts if name.startswith("--")]
    names = ", ".join([*short, *long]) if short else f"    {', '.join(long)}"
    return str(names) if option.is_flag or option.count else f"{names} {option.metavar or 'VALUE'}"


def _help(option: Any) -> str:
    """The text of an option, with the default and the environment variable that it does not name itself."""
    text = re.sub(r"\\\[", "[", option.help or "")
    if option.default not in (None, False, "") and "Default:" not in text and not callable(option.default):
        text += f" Default: {getattr(option.default, 'value', option.default)}."
    return f"{text} [{option.envvar}]" if option.envvar else text
