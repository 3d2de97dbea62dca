"""`--notify-file` and `--notify-env`: from a run to a message."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("apprise") is None, reason="apprise is not installed"),
]

ROOT = issue("Root", ca=True, days=3650)
GOOD, RENEWED, LONG = (issue("a.example", issuer=ROOT, sans=["a.example"], days=days) for days in (300, 301, 900))
SECRET = "s3cr3t"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("a.pem").write_bytes(pem(GOOD))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.max-lifetime, max_days: 398}]")


@pytest.fixture
def messages():
    """The messages that arrive; notify.txt and the variable CHANNEL have the URL of the service."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        Path("notify.txt").write_text(
            f"# the team's channel\n\njson://user:{SECRET}@127.0.0.1:{server.server_address[1]}/\n"
        )
        yield heard
        server.shutdown()
        thread.join()


def check(*arguments, leaf=None):
    if leaf:
        Path("a.pem").write_bytes(pem(leaf))
    options = ["--policy", "p.yaml", "--trust", "root.pem", "--at", CLOCK.isoformat(), "--quiet"]
    return cli.run(["check", "a.pem", *options, *arguments])


def test_a_run_that_is_not_compliant_is_worth_a_message_with_what_is_new(messages, capsys):
    options = ("--notify-file", "notify.txt", "--history", "h")
    assert check(*options) == 0
    assert messages == []
    assert check(*options, leaf=LONG) == 1
    (message,) = messages
    assert message["title"] == "certgate: violated"
    text = message["message"]
    assert text.startswith("**certgate: violated**: 1 target")
    assert "**Since 20" in text
    assert "New findings (1):\n- `a.pem`: error validity.max-lifetime" in text
    assert "**Next to expire**" in text
    assert SECRET not in "".join(capsys.readouterr())


def test_a_change_is_worth_a_message_and_no_change_is_not(messages):
    options = ("--notify-file", "notify.txt", "--notify-on", "change", "--history", "h")
    assert [check(*options), check(*options), check(*options, leaf=RENEWED)] == [0, 0, 0]
    assert ["Nothing to compare with" in one["message"] for one in messages] == [True, False]
    assert "renewed" in messages[1]["message"]


def test_always_is_for_compliant_runs_too_and_the_url_can_be_in_a_variable(messages, monkeypatch):
    monkeypatch.setenv("CHANNEL", Path("notify.txt").read_text().split()[-1])
    assert check("--notify-env", "CHANNEL", "--notify-on", "always") == 0
    assert [one["title"] for one in messages] == ["certgate: compliant"]


def test_a_message_that_cannot_be_sent_is_a_line_and_no_other_exit_code(capsys):
    Path("notify.txt").write_text(f"json://user:{SECRET}@127.0.0.1:1/{SECRET}\n")
    for leaf, code in ((GOOD, 0), (LONG, 1)):
        assert check("--notify-file", "notify.txt", "--notify-on", "always", leaf=leaf) == code
        out, err = capsys.readouterr()
        assert err.splitlines() == ["certgate: the message about this run could not be sent to notification URL 1 of 1"]
        assert SECRET not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--notify-on", "always"], "--notify-on needs --notify-file FILE or --notify-env NAME"),
        (["--notify-file", "n.txt", "--notify-on", "change"], "--notify-on change needs --history FOLDER"),
        (["--notify-file", "n.txt", "--notify-on", "never"], "Invalid value for '--notify-on'"),
        (["--notify-file", f"slack://{SECRET}"], "--notify-file: the file cannot be read: No such file or directory"),
        (["--notify-file", "empty.txt"], "--notify-file: the file has no URL; write one on each line"),
        (["--notify-file", "n.txt"], "notification URL 1, 3 of 3 names no service that Apprise knows"),
        (["--notify-env", f"slack://{SECRET}"], "--notify-env: the variable is not set, or is empty"),
        (["--notify-file", "n.txt", "--report", "json=n.txt"], "--report json=n.txt: this run reads that file"),
    ],
)
def test_a_mistake_is_2_before_anything_is_checked_and_shows_no_url(arguments, message, capsys):
    Path("n.txt").write_text(f"nonsense-{SECRET}\njson://127.0.0.1:1/{SECRET}\nfoo://{SECRET}\n")
    Path("empty.txt").write_text("# nothing\n")
    if "json=n.txt" in arguments:
        Path("n.txt").write_text("json://127.0.0.1:1/\n")
    assert check(*arguments) == 2
    out, err = capsys.readouterr()
    assert (out, message in err) == ("", True)
    assert SECRET not in err
