"""`certgate webhook`: mistakes before it serves, and its end."""

import os
import signal
import subprocess
import sys

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem

CA = issue("Serving CA", ca=True, days=36500)
HOST = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)
OTHER = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)
USUAL = ["webhook", "--listen", "127.0.0.1:0", "--tls-cert", "tls.crt", "--tls-key", "tls.key"]
TRUST = ["--policy", "internal-pki", "--trust", "ca.pem"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tls.crt").write_bytes(pem(HOST))
    (tmp_path / "tls.key").write_bytes(HOST.key_pem)
    (tmp_path / "other.key").write_bytes(OTHER.key_pem)
    (tmp_path / "ca.pem").write_bytes(pem(CA))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["webhook"], "--tls-cert"),
        ([*USUAL, *TRUST, "--tls-key", "none.key"], "--tls-key none.key cannot be read"),
        ([*USUAL, *TRUST, "--tls-key", "other.key"], "expected a PEM chain and its own key"),
        ([*USUAL, *TRUST, "--tls-cert", "tls.key"], "--tls-cert tls.key: holds no certificate"),
        ([*USUAL, *TRUST, "--mode", "warn"], "warn"),
        ([*USUAL, *TRUST, "--listen", "nowhere"], '--listen "nowhere" is not HOST:PORT'),
        ([*USUAL, "--policy", "internal-pkix"], "internal-pkix"),
        ([*USUAL, "--policy", "internal-pki", "--trust", "none.pem"], "none.pem"),
        ([*USUAL, "file.yaml"], "file.yaml"),
    ],
)
def test_a_mistake_is_told_before_anything_is_served(words, said, capsys):
    assert cli.run(words) == 2
    assert said in capsys.readouterr().err


def test_without_the_extra_the_message_says_what_to_install():
    program = (
        "import sys; sys.modules['tornado'] = None; from certgate.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", program, *USUAL, *TRUST]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "certgate webhook needs an extra: run `pip install 'certgate[webhook]'`" in done.stderr


def test_its_help_has_its_own_exit_codes(capsys):
    assert cli.run(["webhook", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 ended by a signal, such as SIGTERM; 2 usage" in shown
    assert "1 violated" not in shown


def test_sigterm_ends_it_with_0(tmp_path):
    command = [sys.executable, "-m", "certgate.cli.main", *USUAL, *TRUST]
    environment = {**os.environ, "HOME": str(tmp_path), "KUBECONFIG": ""}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        said = iter(process.stderr.readline, "")
        assert any("the webhook listens on https://127.0.0.1:" in line for line in said)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert (process.wait(20), rest) == (0, "")
