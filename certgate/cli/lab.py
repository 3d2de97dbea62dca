"""`certgate lab`: servers on loopback and files with known faults."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli.help import Command

if TYPE_CHECKING:
    from certgate.lab.file_example import FileExample
    from certgate.lab.scenario import Expected, Scenario
    from certgate.lab.verify import Difference

__all__ = ["app"]

app = typer.Typer(
    help="""Run test servers on loopback and write files, each with one known fault; prove that the gate finds it.

    Examples:
      certgate lab list

      certgate lab run expired-leaf good-rsa

      certgate lab files examples

      certgate lab verify

    """,
)
_Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Only these scenarios. Default: all.")
]
_NAP = 1.0
"""Seconds: Python runs no handler for a signal that comes just before it falls asleep until it wakes up."""


@app.command("list", cls=Command)
def list_() -> int:
    """List the scenarios and the file examples with their expected findings."""
    from certgate.lab.file_examples import all_examples
    from certgate.lab.scenarios import all_scenarios

    written = [(one.name, one.title, one.gives) for one in all_scenarios().values()]
    written += [(one.name, one.title, one.gives) for one in all_examples().values()]
    for name, title, gives in written:
        typer.echo(f"{name}: {title}")
        for expected in gives:
            typer.echo(f"    {_as_text(expected)}")
    return 0


@app.command(cls=Command)
def run(names: _Names = None) -> int:
    """Serve the scenarios until Ctrl-C; print addresses, a configuration and the command to scan them."""
    from certgate.lab.lab import Lab
    from certgate.lab.scenarios import chosen

    with Lab(chosen(names)) as lab:
        for endpoint in lab.endpoints:
            typer.echo(f"{endpoint.address:<16} {endpoint.scenario.name:<24} {endpoint.scenario.title}")
        typer.echo(f"\n# {lab.config_file}\n{lab.config()}")
        typer.echo(f"Scan it from another terminal; Ctrl-C ends it:\n\n    {lab.scan_command()}\n")
        sys.stdout.flush()  # a file or a pipe would get it only at the end
        while True:
            time.sleep(_NAP)


@app.command(cls=Command)
def files(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write them; it is made if need be.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[EXAMPLE]...", help="Only these examples. Default: all.")
    ] = None,
) -> int:
    """Write the file examples with a configuration, and print the command that checks them."""
    from certgate.lab.file_examples import chosen
    from certgate.lab.file_lab import CONFIG, write_files
    from certgate.lab.pki import CLOCK
    from certgate.model.counted import plural
    from certgate.model.errors import UsageError

    examples = chosen(names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_files(examples, folder)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}") from error
    typer.echo(f"{plural(len(examples), 'file example')} in {folder}. Check with\n")
    typer.echo(f"    certgate check --config {folder / CONFIG} --at {CLOCK:%Y-%m-%dT%H:%M:%SZ}")
    return 0


@app.command(cls=Command)
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these scenarios and examples. Default: all.")
    ] = None,
) -> int:
    """Scan the scenarios and check the file examples; fail unless each gives exactly the expected findings.

    Exit code 0 if all do, 1 if not.
    """
    from certgate.lab.file_examples import all_examples
    from certgate.lab.scenarios import all_scenarios, chosen
    from certgate.lab.verify import differences, judged
    from certgate.model.counted import plural

    known = all_examples()
    examples = [known[name] for name in dict.fromkeys(names or known) if name in known]
    others = [name for name in names or () if name not in known]
    scenarios = chosen(others) if others or not names else []
    left_out = [] if names else [s for s in all_scenarios().values() if s not in scenarios]
    for package in sorted({scenario.needs for scenario in left_out}):
        unchecked = ", ".join(scenario.name for scenario in left_out if scenario.needs == package)
        typer.echo(f"Left out because of a missing package, {package}: {unchecked}", err=True)
    findings = judged(scenarios, examples)
    cases: list[Scenario | FileExample] = [*scenarios, *examples]
    found = [difference for case in cases for difference in differences(case, findings[case.name])]
    counted = ((scenarios, "scenario"), (examples, "file example"))
    all_of_them = " and ".join(plural(len(some), kind) for some, kind in counted if some)
    if not found:
        expected = sum(len(case.gives) for case in cases)
        give = "gives" if len(cases) == 1 else "give"
        typer.echo(f"{all_of_them} {give} exactly the expected findings: {expected}, and no other.")
        return 0
    _print_differences(found)
    wrong = len({difference.name for difference in found})
    typer.echo(f"\n{wrong} of {all_of_them} do not give exactly the expected findings.", err=True)
    return 1


def _print_differences(found: "Sequence[Difference]") -> None:
    from rich.console import Console
    from rich.table import Table

    from certgate.reports.escape import for_terminal

    table = Table("name", "", "finding", "message", box=None, pad_edge=False)
    for difference in found:
        finding = difference.finding
        state = "unexpected" if finding else "missing"
        message = for_terminal(finding.message) if finding else ""
        table.add_row(difference.name, state, _as_text(difference.expected), message)
    Console(highlight=False, markup=False, emoji=False).print(table)


def _as_text(expected: "Expected") -> str:
    return f"{expected.rule} ({expected.subject}): {expected.outcome}, {expected.severity}"
