"""Every certgate command that a document shows is run here, or stands in commands.tsv with the reason why not."""

import csv
import re
import shlex
import shutil
import subprocess
from concurrent.futures import Future
from fnmatch import fnmatchcase
from io import BytesIO, TextIOWrapper
from pathlib import Path
from socket import AF_INET, gaierror
from typing import NamedTuple

import pytest

from certgate.cli import main as cli
from certgate.lab.server import LOOPBACK
from certgate.net.resolver import Address, Resolver, look_up
from tests.docs.pages import ROOT, Block, blocks
from tests.docs.place import NOBODY, Ticking, files_of, make_pki, serving, write_files

BLOCKS = blocks()
PLACEHOLDERS = {
    "OLD": "yesterday.json", "NEW": "today.json", "FILE": "seen.jsonl", "FOLDER": "runs", "TARGET": "api.example.com:443",
    "RULE": "chain.depth", "HOST": "api.example.com", "127.0.0.1:PORT": "api.example.com",
    "/var/lib/certgate": "runs",
}  # fmt: skip
MENTION = re.compile(r"certgate( (?!init)[a-z]+)+")
"""A command without arguments, of which the help is shown."""
AS_THEY_ARE = {"cat", "openssl", "printf", "mkdir", "cp"}
"""Programs that are run as the page shows them: every machine that runs the tests has them."""


class Entry(NamedTuple):
    """A row of commands.tsv: the commands of a page that match `line` are not run, or end with this exit code."""

    page: str
    line: str
    result: str
    reason: str

    def is_about(self, page: str, line: str) -> bool:
        return fnmatchcase(page, self.page) and fnmatchcase(line, self.line.replace("[", "[[]"))


with (Path(__file__).parent / "commands.tsv").open(encoding="utf-8", newline="") as table:
    ENTRIES = [Entry(*row) for row in csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE)]


def entry(block: Block, line: str) -> Entry | None:
    return next((one for one in ENTRIES if one.is_about(block.page, line)), None)


@pytest.fixture(scope="module")
def pki():
    return make_pki()


@pytest.fixture(scope="module")
def hosts(pki, tmp_path_factory):
    with serving(pki, tmp_path_factory.mktemp("servers")) as where:
        yield where


def stand_in(patch, hosts):
    """Let the program see the clock of the lab, and its servers in place of all others."""

    def known(_self, host, port):
        return look_up(host, port) if host == LOOPBACK else [Address(AF_INET, hosts.get((host, port), NOBODY))]

    def resolve(_self, host, _port):
        failed = Future()
        failed.set_exception(gaierror(f"{host} is not asked for here"))
        return failed

    patch.setattr("certgate.observe.clock.datetime", Ticking)
    patch.setattr(Resolver, "known", known)
    patch.setattr(Resolver, "resolve", resolve)
    patch.setattr("certgate.observe.tls.options._TIMEOUT", 60.0)  # a busy machine is no finding
    patch.setattr("certgate.observe.tls.client_probes.let_in.LEAST_WAIT", 1.5)  # and its alerts come late


@pytest.fixture
def here(hosts, monkeypatch):
    """Time stands still, no connection leaves this machine, and Mozilla's store is the lab's public root."""
    stand_in(monkeypatch, hosts)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def prepared(pki, hosts, tmp_path_factory):
    """The folder as it is before a block, with the results of two runs."""
    folder = tmp_path_factory.mktemp("prepared")
    write_files(folder, pki)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch, hosts)
        patch.setattr("certifi.where", lambda: str(folder / "public-root.pem"))
        patch.chdir(folder)
        scan = ["scan", "--config", "certgate.yaml", "--history", "runs", "--quiet"]
        for kept in ("yesterday", "today"):
            assert cli.run([*scan, "--report", f"json={kept}.json", "--report", "concise=x.txt"]) == 0
        assert cli.run([*scan[:3], "--quiet", "--save", "seen.jsonl", "--write-baseline", "known.json"]) == 0
        for name in ("a.jsonl", "b.jsonl"):
            host = {"a.jsonl": "api", "b.jsonl": "www"}[name]
            assert cli.run(["scan", f"{host}.example.com", "--quiet", "--save", name]) == 0
        for journal in ("run", "shards/1", "shards/2"):
            shard = ["--shard", f"{journal[-1]}/2"] if "/" in journal else []
            Path(journal).parent.mkdir(exist_ok=True)
            assert cli.run([*scan[:3], "--quiet", "--journal", journal, *shard]) == 0
        for old, copy in (("yesterday.json", "main.json"), ("today.json", "branch.json")):
            shutil.copyfile(old, copy)
        for copy in ("yesterday.jsonl", "today.jsonl"):
            shutil.copyfile("seen.jsonl", copy)
        for name in ("20261120T031700551200Z-77e2a01c", "20261127T031702123456Z-0a1b2c3d"):
            shutil.copytree(max(Path("runs").iterdir()), Path("history", name))
    return folder


@pytest.fixture
def place(here, prepared, tmp_path, monkeypatch):
    folder = tmp_path / "place"
    shutil.copytree(prepared, folder, copy_function=shutil.copyfile)
    monkeypatch.setattr("certifi.where", lambda: str(prepared / "public-root.pem"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))  # whatever runs the tests
    monkeypatch.chdir(folder)
    return folder


def _params():
    """Each block of which anything is run; what only mentions a command, once for all pages."""
    mentioned = set()
    for block in BLOCKS:
        lines = [command.line for command in block.commands]
        rows = [row for line in lines if (row := entry(block, line))]
        mention = lines[0] if len(lines) == 1 and MENTION.fullmatch(lines[0]) else None
        if len(lines) == [row.result for row in rows].count("not run") or mention in mentioned:
            continue
        mentioned.update({mention} - {None})
        marks = [pytest.mark.slow, pytest.mark.timeout(300)] if any("slow" in row.result for row in rows) else []
        yield pytest.param(block, id=block.name, marks=marks)


@pytest.mark.parametrize("block", [*_params()])
def test_the_commands_do_what_the_page_says(block, place, pki, monkeypatch, capfd):
    for name, text in {**files_of(block.page, pki), **block.files}.items():
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    for command in block.commands:
        row = entry(block, command.line)
        if row and row.result == "not run":
            continue
        promised = re.search(r"exit code (\d)", command.comment)
        expected = int(promised[1]) if promised else int(row.result[:1]) if row and row.result[:1].isdigit() else 0
        code = run(command.line, monkeypatch, in_prose=len(block.commands) == 1)
        out, err = capfd.readouterr()
        assert code == expected, f"{command.line}\n{out}{err}"
        if command.shown:
            assert matches(command.shown, out), f"{command.line}\n{out}"


def run(line: str, monkeypatch: pytest.MonkeyPatch, *, in_prose: bool) -> int:
    """The exit code of a line of shell, with certgate in this process."""
    for installed in ("/var/lib/certgate/", "/etc/certgate/"):
        line = line.replace(installed, "")
    line = line.partition(" | grep ")[0]
    producer, _, line = line.rpartition(" | ") if " | certgate " in line else ("", "", line)
    words = shlex.split(line)
    program = words[0]
    if program == "cd":
        monkeypatch.chdir(words[1])
        return 0
    if program == "export":
        for assignment in words[1:]:
            monkeypatch.setenv(*assignment.split("=", 1))
        return 0
    if program in AS_THEY_ARE:
        return subprocess.run(["bash", "-c", line], check=False, timeout=30, capture_output=True).returncode
    assert program == "certgate", f"{line}: it is not run, and commands.tsv does not say why"
    words = [PLACEHOLDERS.get(word, word) for word in words[1:]]
    if words[0] == "init":  # where there is no certgate.yaml yet, and Enter is the answer to every question
        for written in ("certgate.yaml", "known.json"):
            Path(written).unlink(missing_ok=True)
        words += ["--yes"] * ("--yes" not in words)
    output = None
    for sign in ("<", ">"):
        if sign in words:
            at = words.index(sign)
            output = words[at + 1] if sign == ">" else None
            if sign == "<":
                feed(Path(words[at + 1]).read_bytes(), monkeypatch)
            words = words[:at]
    if producer:
        feed(Path("manifests.yaml").read_bytes(), monkeypatch)
    words = [
        str(one) for word in words for one in (sorted(Path().glob(word)) if re.fullmatch(r"\w+/\*.*", word) else [word])
    ]
    if in_prose and MENTION.fullmatch(line):
        words.append("--help")
    if output is None:
        return cli.run(words)
    with Path(output).open("w", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", file)
        return cli.run(words)


def feed(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))


def matches(shown: str, out: str) -> bool:
    """Whether the output is what the page shows; a line of three dots stands for any lines."""
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^…$", shown.strip("\n"), flags=re.MULTILINE)]
    return re.fullmatch(r"\n*" + r"(?s:.*)".join(parts) + r"\n*", out) is not None


@pytest.mark.parametrize("row", ENTRIES, ids=lambda row: f"{row.page}: {row.line}")
def test_the_list_names_nothing_that_no_page_shows(row):
    assert row.reason
    assert any(row.is_about(block.page, command.line) for block in BLOCKS for command in block.commands)


def test_the_tests_that_the_list_names_exist():
    for row in ENTRIES:
        for name in re.findall(r"tests/\S+\.py", row.reason):
            assert (ROOT / name).is_file(), name
