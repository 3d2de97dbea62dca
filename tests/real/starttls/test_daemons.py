"""certgate against the servers that people run, by the protocol of each."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem

NAME = "db.corp.example"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def pki():
    """Certificates around the real present, since some servers look at it too."""
    now = datetime.now(UTC) - timedelta(days=5)
    root = issue("Root", ca=True, not_before=now, days=3650)
    middle = issue("CA", ca=True, issuer=root, path_length=0, not_before=now, days=1800)
    leaf = issue("", issuer=middle, sans=[NAME], not_before=now, days=40)
    return SimpleNamespace(root=root, middle=middle, leaf=leaf)


@pytest.fixture
def scan(tmp_path, pki):
    """`scan(port, word)` is the exit code, and the JSON report's entry for the one target."""

    def gate(port, word, name=NAME):
        (tmp_path / "root.pem").write_bytes(pem(pki.root))
        (tmp_path / "hosts.txt").write_text(f"127.0.0.1:{port} name={name} {word}\n")
        report = tmp_path / "report.json"
        words = [
            "--timeout",
            "30",
            "--policy",
            "internal-pki",
            "--trust",
            str(tmp_path / "root.pem"),
            "--report",
            f"json={report}",
        ]
        code = run(["scan", "--targets", str(tmp_path / "hosts.txt"), *words])
        (entry,) = json.loads(report.read_text())["targets"]
        return code, entry

    return gate


def test_a_good_server_is_compliant(start, scan, kind):
    code, entry = scan(start(kind), f"starttls={kind.protocol}")

    observation = entry["observations"][0]
    assert (code, entry["verdict"]) == (0, "compliant"), observation
    assert observation["prelude"] == {"protocol": kind.protocol, "way": "", "injected": ""}
    assert [certificate["label"] for certificate in entry["certificates"]] == ["leaf", "issuer 1", "anchor"]


def test_a_server_without_a_certificate_is_told_by_its_no(start, scan, kind):
    code, entry = scan(start(kind, tls=False), f"starttls={kind.protocol}")

    failure = entry["observations"][0]["failure"]
    assert (code, failure["kind"]) == (3, kind.without), failure


def test_a_domain_that_an_xmpp_server_does_not_serve_is_told_in_its_words(start, scan):
    code, entry = scan(start("prosody-c2s"), "starttls=xmpp", name="other.example")

    failure = entry["observations"][0]["failure"]
    assert (code, failure["kind"]) == (3, "starttls-refused")
    assert "host-unknown" in failure["detail"]


def test_postgresql_speaks_tls_at_once_under_its_own_name(start, scan):
    code, entry = scan(start("postgres-18"), "alpn=postgresql")

    observation = entry["observations"][0]
    assert (code, entry["verdict"]) == (0, "compliant"), observation
    assert "prelude" not in observation
