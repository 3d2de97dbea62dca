"""certgate behaves in a shell: completion, quiet, the nearby configuration, the environment, help."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from certgate.cli import main as cli
from certgate.cli.commands import command_tree
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios

AT = f"{CLOCK:%Y-%m-%dT%H:%M:%SZ}"
COMMANDS = ["scan", "check", "explain", "rules", "policy", "lab"]
LOOSE = r"CERTGATE_(?:COLOR|VERBOSE|QUIET|CONCURRENCY|PER_HOST)"


@pytest.fixture(scope="module")
def lab():
    with Lab([all_scenarios()[name] for name in ("good-ecdsa", "expired-leaf")]) as running:
        yield running


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a folder in it, in which certgate is run."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    folder = tmp_path / "repository" / "deploy" / "edge"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return tmp_path / "repository"


def put_configuration(lab, folder, *scenarios):
    """A certgate.yaml in the folder with these scenarios' targets."""
    head, *targets = re.split(r"^(?=  - )", lab.config(), flags=re.MULTILINE)
    wanted = [target for target in targets if any(f"scenario: {name}}}" in target for name in scenarios)]
    (folder / "certgate.yaml").write_text(head.replace("trust: [", f"trust: [{lab.folder}/") + "".join(wanted))


def ask_shell(**environ):
    command = [sys.executable, "-m", "certgate.cli.main"]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    ("shell", "asks"),
    [
        ("bash", {"COMP_WORDS": "certgate sc", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "certgate sc"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "certgate sc", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_a_shell_completes_commands_and_gets_its_script(shell, asks):
    done = ask_shell(_CERTGATE_COMPLETE=f"complete_{shell}", **asks)
    assert (done.returncode, done.stderr) == (0, "")
    assert "scan" in done.stdout
    assert "check" not in done.stdout.split()
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not there")
    script = ask_shell(_CERTGATE_COMPLETE=f"source_{shell}")
    assert script.returncode == 0
    syntax = subprocess.run([shell, "-n"], input=script.stdout, capture_output=True, text=True, timeout=30, check=False)
    assert (syntax.returncode, syntax.stderr) == (0, "")


def test_the_variable_of_completion_cannot_end_a_scan_before_it_began():
    environ = os.environ | {"_CERTGATE_COMPLETE": "complete_bash", "COMP_WORDS": "certgate", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "certgate.cli.main", "scan", "a b.example"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "is not a host name" in done.stderr


def test_without_targets_the_nearest_configuration_up_to_the_repositorys_root_is_taken_and_named(
    repository, lab, capsys
):
    put_configuration(lab, repository, "good-ecdsa")
    assert cli.run(["scan", "--at", AT]) == 0
    captured = capsys.readouterr()
    assert captured.err == f"certgate: reading {Path('..', '..', 'certgate.yaml')}\n"
    assert "../../certgate.yaml" in captured.out or "1 target" in captured.out
    put_configuration(lab, Path.cwd(), "expired-leaf")
    assert cli.run(["scan", "--at", AT]) == 1
    assert "reading certgate.yaml\n" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--no-config"], ["--targets", "hosts.txt"]])
def test_it_is_not_looked_for_where_that_is_said_or_something_else_says_what_to_scan(
    repository, lab, capsys, arguments
):
    put_configuration(lab, repository, "good-ecdsa")
    Path("hosts.txt").write_text("")
    assert cli.run(["scan", "--at", AT, *arguments]) == 2
    assert "reading" not in capsys.readouterr().err


def test_it_is_not_looked_for_above_the_repository(repository, lab, capsys):
    put_configuration(lab, repository.parent, "good-ecdsa")
    assert cli.run(["scan", "--at", AT]) == 2
    assert "no targets: name some" in capsys.readouterr().err


def test_outside_of_a_repository_only_the_working_directory_is_looked_into(tmp_path, lab, monkeypatch):
    put_configuration(lab, tmp_path, "good-ecdsa")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert cli.run(["scan", "--at", AT]) == 2
    monkeypatch.chdir(tmp_path)
    assert cli.run(["scan", "--at", AT]) == 0


def test_quiet_says_nothing_of_what_is_compliant_and_writes_the_reports(repository, lab, capsys):
    put_configuration(lab, Path.cwd(), "good-ecdsa")
    assert cli.run(["scan", "--at", AT, "--quiet", "--report", "json=all.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert Path("all.json").is_file()
    put_configuration(lab, Path.cwd(), "good-ecdsa", "expired-leaf")
    assert cli.run(["scan", "--at", AT, "-q"]) == 1
    out = capsys.readouterr().out
    good, bad = (f":{endpoint.port}" for endpoint in lab.endpoints)
    assert good not in out
    assert out.count(bad) >= 1
    assert out.startswith("certgate ")
    assert "1 compliant, 1 violated" in out


def test_quiet_does_not_hide_that_nothing_is_known(repository, capsys):
    assert cli.run(["scan", "127.0.0.1:1", "--quiet"]) == 3
    assert "incomplete" in capsys.readouterr().out


def test_the_environment_sets_how_things_look_and_how_fast_they_go_and_nothing_else():
    app = typer.main.get_command(command_tree([]))
    read = {
        parameter.envvar: name
        for name, command in app.commands.items()
        for parameter in command.params
        if parameter.envvar
    }
    assert read
    assert all(re.fullmatch(LOOSE, variable) for variable in read), read
    assert app.context_settings.get("auto_envvar_prefix") is None


def test_the_environment_is_held_to_the_same_words_as_the_command_line(repository, lab, capsys, monkeypatch):
    put_configuration(lab, Path.cwd(), "good-ecdsa")
    monkeypatch.setenv("CERTGATE_CONCURRENCY", "0")
    assert cli.run(["scan", "--at", AT]) == 2
    monkeypatch.setenv("CERTGATE_CONCURRENCY", "1")
    monkeypatch.setenv("CERTGATE_QUIET", "1")
    capsys.readouterr()
    assert cli.run(["scan", "--at", AT]) == 0
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("CERTGATE_COLOR", "sometimes")
    assert cli.run(["scan", "--at", AT]) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_three_examples_and_the_exit_codes(command, capsys):
    assert cli.run([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert len(re.findall(rf"^ +(?:.*\| )?certgate {command}\b", shown, re.MULTILINE)) >= 3
    assert "Exit codes: 0 compliant; 1 violated; 2 usage" in " ".join(shown.split())
