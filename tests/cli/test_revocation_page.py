"""The commands on the page about revocation work as they stand there."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.ct import Log, log_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue, pem
from certgate.net import fetcher
from tests.net.fetch_world import resolving

PAGE = (Path(__file__).parents[2] / "docs" / "concepts" / "revocation.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("$ ")
    for text in re.findall(r"<!-- tested -->\n```console\n(.*?)```", PAGE, re.DOTALL)
    for line in text.splitlines()
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(fetcher, "Fetcher", partial(fetcher.Fetcher, resolver=resolving()))
    now = datetime.now(UTC).replace(microsecond=0)
    times = {"this_update": now, "next_update": now + timedelta(days=1)}
    root = issue("Root", ca=True, not_before=now, days=3650)
    ca = issue("CA", issuer=root, ca=True, not_before=now, days=900)
    leaf = issue("a.example", issuer=ca, sans=["a.example"], not_before=now)
    files = {
        "root.pem": pem(root),
        "fullchain.pem": pem(leaf, ca),
        "ca.pem": pem(ca),
        "ocsp.der": make_staple(leaf, ca, **times),
        "ca.crl": make_crl(ca, **times),
        "root.crl": make_crl(root, **times),
        "lost-keys.txt": b"0" * 64,
        "log_list.json": log_list(Log("A log", "An operator")).encode(),
        "p.yaml": b"rules: [{rule: trust.anchor}]",
    }
    for name, content in files.items():
        Path(name).write_bytes(content)


def test_there_are_commands():
    assert len(COMMANDS) == 9


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_as_written(place, command):
    program, *arguments = shlex.split(command)
    expected = 3 if "hard" in arguments else 0

    assert program == "certgate"
    common = [] if "--trust" in arguments else ["--policy", "p.yaml", "--trust", "root.pem"]
    assert cli.run([*arguments, *common]) == expected
