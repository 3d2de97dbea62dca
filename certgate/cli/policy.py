"""`certgate policy`: lists, shows, compares, checks and tests policies."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli.help import Command

if TYPE_CHECKING:
    from certgate.policy.mistakes import Mistake

__all__ = ["app"]

app = typer.Typer(
    help="""List, show, compare, check and test policies.

    Examples:
      certgate policy list

      certgate policy show internal-pki

      certgate policy diff webpki-public team.yaml

      certgate policy test policies/

    """,
)
_Policy = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped policy's name, or a file.")]


class Language(StrEnum):
    """The kind of file that a schema describes."""

    POLICY = "policy"
    CONFIG = "config"


@app.command(cls=Command)
def schema(
    of: Annotated[Language, typer.Argument(help="policy, or config for certgate.yaml.")] = Language.POLICY,
) -> int:
    """Print the JSON Schema of policy files, or of certgate.yaml, for editors."""
    import json

    from certgate.policy.schema import policy_schema
    from certgate.sources.config_schema import config_schema

    wanted = policy_schema() if of is Language.POLICY else config_schema()
    typer.echo(json.dumps(wanted, indent=1, ensure_ascii=False))
    return 0


@app.command(cls=Command)
def peers(
    config: Annotated[str, typer.Argument(metavar="FILE", help="A certgate.yaml with peers.")] = "certgate.yaml",
) -> int:
    """Print who may call whom, from the peers of a certgate.yaml, as data for Open Policy Agent."""
    import json

    from certgate.model.errors import UsageError
    from certgate.sources.config import load_config

    declared = load_config(Path(config)).peers
    if declared is None:
        raise UsageError(f"{config}: has no peers; add them as docs/guides/spiffe.md says")
    entries = [{"from": list(one.clients), "to": list(one.servers), "tenant": one.tenant} for one in declared]
    typer.echo(json.dumps({"certgate": {"peers": entries}}, indent=1, ensure_ascii=False))
    return 0


@app.command("list", cls=Command)
def list_policies() -> int:
    """List the shipped policies, and what each is for."""
    import os
    import sys

    from certgate.policy.packs import pack_names, pack_purpose
    from certgate.reports.page import Page

    page = Page.on(sys.stdout, "auto", os.environ)
    for name in pack_names():
        page.line((f"{name:<20}", "bold"), f"  {pack_purpose(name)}", hang=22)
    page.blank()
    page.line("certgate policy show NAME prints the rules of one.")
    return 0


@app.command(cls=Command)
def show(policy: _Policy) -> int:
    """Print every rule of a policy with its values, and the file and line of each."""
    import shutil

    from certgate.policy.packs import load_policy
    from certgate.reports.policy_page import policy_page

    width = shutil.get_terminal_size().columns
    for line in policy_page(load_policy(policy), width):
        typer.echo(line)
    return 0


@app.command(cls=Command)
def diff(old: _Policy, new: _Policy) -> int:
    """Print the differences from the first policy to the second."""
    import shutil

    from certgate.policy.packs import load_policy
    from certgate.reports.policy_page import difference_page

    width = shutil.get_terminal_size().columns
    for line in difference_page(load_policy(old), load_policy(new), width):
        typer.echo(line)
    return 0


@app.command(cls=Command)
def lint(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Policy files, and configurations named certgate.yaml.")
    ],
) -> int:
    """Validate policy files and certgate.yaml, and point out what is allowed but probably not intended.

    Nothing is observed. Exit code 0 without remarks, 1 with remarks, 2 if a file is invalid.
    """
    from certgate.model.counted import plural

    code = 0
    for file in files:
        found = sorted(_remarks(file), key=lambda remark: remark.place.line)
        for remark in found:
            typer.echo(str(remark))
        typer.echo(f"{file}: {plural(len(found), 'remark')}." if found else f"{file}: no remarks.")
        code = 1 if found else code
    return code


def _remarks(file: Path) -> Iterator["Mistake"]:
    """Remarks on a policy; none on a valid configuration. Raises UsageError, InvalidFile."""
    from certgate.observe.clock import utc_now
    from certgate.policy.find_config import CONFIG_NAME
    from certgate.policy.lint import remarks
    from certgate.policy.packs import load_policy
    from certgate.sources.config import load_config

    if file.name != CONFIG_NAME:
        yield from remarks(load_policy(str(file)), str(file), utc_now().date())
    elif policy := load_config(file).policy:
        load_policy(policy)


@app.command(cls=Command)
def test(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Test files (*.test.yaml), policies with such a file beside them, or folders."
        ),
    ],
) -> int:
    """Run the test cases of policies; fail unless each gives the expected findings.

    Exit code 0 if all do, 1 if not, 2 if a file is invalid.
    """
    from certgate.lab.case_tests import run_cases
    from certgate.policy.cases import case_files, load_cases
    from certgate.reports.case_report import failed_case

    files = dict.fromkeys(file for path in paths for file in case_files(path))
    passed, failed = 0, 0
    for result in run_cases([case for file in files for case in load_cases(file)]):
        passed += result.is_right
        if not result.is_right:
            failed += 1
            for line in failed_case(result.case, result.missing, result.unexpected):
                typer.echo(line)
    typer.echo(f"{passed} of {passed + failed} cases pass.")
    return 1 if failed else 0
