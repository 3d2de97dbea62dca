"""Finds the command, and maps every way to end to an exit code."""

import importlib
import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.exceptions import Exit, TyperException

import certgate
from certgate.cli.help import Command, Group
from certgate.model.bug import bug
from certgate.model.errors import CertgateError, UsageError
from certgate.reports.streams import lost_output, silence

__all__ = ["command_tree", "completes", "run"]

_COMMANDS = (
    "scan", "check", "merge", "init", "inspect", "forecast", "diff", "history", "explain", "rules", "policy", "webhook",
    "lab",
)  # fmt: skip
_GROUPS = ("policy", "lab")
_VERSION = ("--version", "-V")
_USAGE, _INCOMPLETE = 2, 3
_COMPLETION_OPTIONS = ("--show-completion", "--install-completion")

_INSTEAD = {("scan", "--name"): "write the server name after the host: HOST:PORT#NAME"}
"""What to write instead of an option that a command lacks, where the most similar options would mislead."""

_EPILOG = (
    "Exit codes: 0 compliant; 1 violated; 2 usage, configuration or policy error; 3 incomplete (something could not "
    "be observed or checked, an internal error, interrupted). 1 wins over 3."
)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code: always 0, 1, 2 or 3."""
    if "--traceback" in arguments:
        from certgate.reports.tracebacks import show_tracebacks

        show_tracebacks()
    try:
        _refuse_stripped()
        _refuse_empty(arguments)
        code = _run(arguments)
    except TyperException as error:
        message = _worded(error, arguments).replace("Value error, ", "")  # added by pydantic, without meaning for users
        return _complain(message or "name a command", _USAGE)
    except UsageError as error:
        return _complain(str(error), _USAGE)
    except CertgateError as error:
        return _complain(str(error), _INCOMPLETE)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted", _INCOMPLETE)
    except SystemExit as error:  # typer exits after a completion, and with 1 for a closed pipe
        if completes(arguments) and not error.code:
            return 0
        silence(sys.stdout)
        return _INCOMPLETE
    except BrokenPipeError:
        silence(sys.stdout)
        return _INCOMPLETE
    except BaseException as error:
        lost = lost_output() if isinstance(error, OSError) else ""
        return _complain(lost or bug(error, "the command"), _INCOMPLETE)
    return code if code in {0, 1, _USAGE} else _INCOMPLETE


def _worded(error: TyperException, arguments: Sequence[str]) -> str:
    """The library's words; where an option belongs to another command, what to write instead."""
    option = getattr(error, "option_name", "")
    advice = _INSTEAD.get((arguments[0], option)) if arguments else None
    return f"No such option: {option}; {advice}" if advice else error.format_message()


def _run(arguments: Sequence[str]) -> int | None:
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    code: int | None = _parser(_named(arguments))(
        list(arguments or ["--help"]), prog_name="certgate", standalone_mode=False
    )
    return code if arguments else _complain("name a command", _USAGE)


def _refuse_stripped() -> None:
    """Raise UsageError if Python has removed the docstrings, which document the rules."""
    if sys.flags.optimize > 1:
        raise UsageError(
            "Python runs with -OO or PYTHONOPTIMIZE=2, which removes the documentation of the rules; "
            "run it with -O, or with neither"
        )


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Raise UsageError for an empty argument: it comes from an unset variable, and is never a default."""
    for before, word in pairwise(("", *arguments)):
        if not word:
            after = f" after {before}" if before else ""
            raise UsageError(f"an argument is empty{after}; is a variable not set?")
        if word.startswith("--") and word.partition("=")[1:] == ("=", ""):
            raise UsageError(f"{word} has an empty value; is a variable not set?")


def command_tree(arguments: Sequence[str]) -> typer.Typer:
    """The command tree; only the module of the named command is imported, and none to show the version."""
    app = typer.Typer(
        name="certgate",
        cls=Group,
        help="A certificate compliance gate for pipelines: observes TLS chains, judges them by a policy, "
        "and stops on violations.",
        epilog=_EPILOG,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    named = _named(arguments)
    of_named = [named] if named in _COMMANDS else []
    for command in of_named if named else _COMMANDS:
        module = importlib.import_module(f"certgate.cli.{command}")
        if command in _GROUPS:
            app.add_typer(module.app, name=command, epilog=_EPILOG, cls=Group)
        else:
            epilog = getattr(module, "EXIT_CODES", _EPILOG)
            app.command(command, epilog=epilog, cls=Command)(getattr(module, command))
    return app


def _named(arguments: Sequence[str]) -> str | None:
    """The command, or the option that shows the version, which needs none."""
    if arguments and arguments[0] in _VERSION:
        return arguments[0]
    named = next((word for word in arguments if not word.startswith("-")), None)
    return named if named in _COMMANDS else None


@cache
def _parser(named: str | None) -> Callable[..., Any]:
    """The command line with the named command or with all of them, for every run of this process."""
    return typer.main.get_command(command_tree([named] if named else []))


def _version(wanted: bool) -> None:
    if wanted:
        from cryptography import __version__ as cryptography
        from cryptography.hazmat.backends.openssl import backend

        print(f"certgate {certgate.__version__} (cryptography {cryptography}, {backend.openssl_version_text()})")  # noqa: T201
        raise Exit(0)


def _options(
    version: Annotated[
        bool, typer.Option(*_VERSION, callback=_version, is_eager=True, help="Show the versions and exit.")
    ] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show where an internal error happened.")] = False,
) -> None:
    del version, traceback


def _complain(message: str, code: int) -> int:
    from certgate.reports.complaint import complain

    complain(message)
    return code


def completes(arguments: Sequence[str]) -> bool:
    """Whether a shell asks for completions, or for the completion script."""
    return not arguments or arguments[0] in _COMPLETION_OPTIONS
