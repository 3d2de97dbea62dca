"""Programs that print credentials: what they are told, and what is made of their answer."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.exec_plugin import Credentials, run_plugin
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin, ExecPlugin

VERSION = "client.authentication.k8s.io/v1"
LOGIN = ClusterLogin(context="test", server="https://10.0.0.1", authorities="PEM", server_name="api.example")


def plugin(tmp_path, code, **more):
    (tmp_path / "plugin.py").write_text(code)
    command = {"command": sys.executable, "arguments": ("-I", str(tmp_path / "plugin.py"))}
    return ExecPlugin(**{"version": VERSION, **command, **more})


def printing(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return f"print({text!r})"


def credential(**status):
    return {"apiVersion": VERSION, "kind": "ExecCredential", "status": status}


def test_a_token_and_a_certificate_log_in(tmp_path):
    assert run_plugin(plugin(tmp_path, printing(credential(token="t"))), LOGIN) == Credentials("t")
    both = credential(clientCertificateData="CHAIN", clientKeyData="KEY")
    found = run_plugin(plugin(tmp_path, printing(both)), LOGIN)
    assert found == Credentials("", ("CHAIN", "KEY"))
    assert "KEY" not in repr(found)


def test_credentials_say_when_they_expire(tmp_path):
    found = run_plugin(
        plugin(tmp_path, printing(credential(token="t", expirationTimestamp="2027-01-01T02:00:00+02:00"))), LOGIN
    )
    assert found == Credentials("t", expires=datetime(2027, 1, 1, tzinfo=UTC))


def test_it_is_told_the_version_and_on_request_the_cluster(tmp_path):
    code = f"""
import json, os, sys
open({str(tmp_path / "told")!r}, "w").write(os.environ["KUBERNETES_EXEC_INFO"] + os.environ["A"] + sys.stdin.read())
{printing(credential(token="t"))}
"""
    run_plugin(plugin(tmp_path, code, environment=(("A", "|b"),), needs_cluster=True), LOGIN)
    told, _, rest = (tmp_path / "told").read_text().partition("|")
    assert rest == "b"
    assert json.loads(told) == {
        "apiVersion": VERSION,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://10.0.0.1",
                "certificate-authority-data": "UEVN",
                "tls-server-name": "api.example",
            },
        },
    }


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(7)", "ended with 7"),
        (printing("secret-rubbish"), "printed no ExecCredential"),
        (printing({"kind": "Pod", "apiVersion": VERSION}), "printed no ExecCredential|without a usable"),
        (printing({"kind": "ExecCredential", "apiVersion": VERSION}), "printed no ExecCredential"),
        (printing({**credential(token="secret-t"), "apiVersion": "v2"}), "another version"),
        (printing(credential()), "without a usable token"),
        (printing(credential(token=["secret"])), "without a usable token"),
        (printing(credential(token="secret\ntoken")), "without a usable token"),
        (printing(credential(clientCertificateData="secret")), "without a usable token"),
        (printing(credential(token="t", expirationTimestamp="soon")), "printed no ExecCredential"),
        (printing(credential(token="t", expirationTimestamp="2027-01-01T00:00:00")), "printed no ExecCredential"),
        (printing(credential(token="t", expirationTimestamp="0001-01-01T00:00:00+02:00")), "printed no ExecCredential"),
        (printing(credential(token="t", expirationTimestamp=1)), "printed no ExecCredential"),
        ("print('[' * 100000)", "printed no ExecCredential"),
        ("print('x' * 2000000)", "printed no ExecCredential"),
    ],
)
def test_a_bad_answer_is_told_without_showing_it(tmp_path, code, why):
    with pytest.raises(ApiError, match=why) as caught:
        run_plugin(plugin(tmp_path, code), LOGIN)
    assert caught.value.kind is ApiFailure.PLUGIN
    assert "secret" not in str(caught.value)


def test_a_plug_in_that_is_not_installed_shows_how_to_install_it(tmp_path):
    missing = ExecPlugin(version=VERSION, command=str(tmp_path / "gone"), hint="brew install it")
    with pytest.raises(ApiError, match=r"does not start: No such file or directory \(brew install it\)"):
        run_plugin(missing, LOGIN)


def test_a_plug_in_that_does_not_end_is_ended_with_its_children(tmp_path):
    code = f"sleep 60 & echo $! >'{tmp_path}/child'; wait"  # a shell starts soon, also on a busy machine
    with pytest.raises(ApiError, match="does not end within 3 s"):
        run_plugin(ExecPlugin(version=VERSION, command="/bin/sh", arguments=("-c", code)), LOGIN, seconds=3)
    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < until
        time.sleep(0.02)


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it ended before or during the reading
        return False
