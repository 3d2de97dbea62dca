"""Servers that people run, with a certificate for each of two types of keys."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem
from tests.ports import free_port
from tests.real.conftest import program_named

NAME = "db.corp.example"
POLICY = "name: p\nextends: [internal-pki]\nrules:\n  - rule: tls.certificates\n"


@pytest.fixture(scope="module")
def pki():
    """Two leaves for the same name, and one with an RSA key that expired yesterday."""
    start = datetime.now(UTC) - timedelta(days=60)
    root = issue("Root", ca=True, not_before=start, days=3650)
    middle = issue("CA", ca=True, issuer=root, path_length=0, not_before=start, days=1800)

    def leaf(key, days):
        return issue(NAME, issuer=middle, sans=[NAME], not_before=start, days=days, key=key)

    return SimpleNamespace(
        root=root, middle=middle, ec=leaf("P-256", 90), rsa=leaf("RSA-2048", 90), expired=leaf("RSA-2048", 59)
    )


def nginx(home, port, versions):
    temporary = "".join(f"{kind}_temp_path {home}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (home / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {home}/nginx.pid;
        events {{ worker_connections 64; }}
        http {{ access_log off; client_body_temp_path {home}/body; {temporary}
        server {{
            listen 127.0.0.1:{port} ssl; ssl_protocols {versions};
            ssl_certificate {home}/site.pem.rsa; ssl_certificate_key {home}/site.pem.rsa;
            ssl_certificate {home}/site.pem.ecdsa; ssl_certificate_key {home}/site.pem.ecdsa;
        }} }}"""
    )
    return [program_named("nginx"), "-p", home, "-c", home / "nginx.conf", "-e", home / "error.log"]


def haproxy(home, port, versions):
    """It finds the files of a bundle by their endings."""
    first, last = versions.split()[0], versions.split()[-1]
    (home / "haproxy.cfg").write_text(
        f"""
global
    maxconn 64
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend tls
    bind 127.0.0.1:{port} ssl crt {home}/site.pem ssl-min-ver {first} ssl-max-ver {last}
    http-request return status 200
"""
    )
    return [program_named("haproxy"), "-q", "-db", "-f", home / "haproxy.cfg"]


def s_server(home, port, versions):
    command = [program_named("openssl"), "s_server", "-quiet", "-www", "-no-CAfile", "-no-CApath"]
    command += ["-accept", f"127.0.0.1:{port}", "-cert", home / "site.pem.ecdsa", "-cert_chain", home / "ca.pem"]
    command += ["-key", home / "site.pem.ecdsa", "-dcert", home / "site.pem.rsa", "-dkey", home / "site.pem.rsa"]
    command += ["-dcert_chain", home / "ca.pem"]
    return command + {"TLSv1.2": ["-tls1_2"], "TLSv1.3": ["-tls1_3"]}.get(versions, [])


@pytest.fixture(params=[nginx, haproxy, s_server], ids=["nginx", "haproxy", "openssl"])
def scan(request, launch, tmp_path, pki, capsys):
    """`scan(rsa, versions)` is the exit code, and the JSON report's entry, of a server with this RSA certificate."""

    def gate(rsa, versions="TLSv1.2 TLSv1.3"):
        (tmp_path / "root.pem").write_bytes(pem(pki.root))
        (tmp_path / "ca.pem").write_bytes(pem(pki.middle))
        (tmp_path / "policy.yaml").write_text(POLICY)
        for leaf, ending in ((pki.ec, "ecdsa"), (rsa, "rsa")):
            (tmp_path / f"site.pem.{ending}").write_bytes(pem(leaf, pki.middle) + leaf.key_pem)
        port = free_port()
        launch(request.param(tmp_path, port, versions), port)
        report = tmp_path / "report.json"
        words = ["--policy", str(tmp_path / "policy.yaml"), "--trust", str(tmp_path / "root.pem"), "--color", "never"]
        (tmp_path / "hosts.txt").write_text(f"127.0.0.1:{port} name={NAME}\n")
        words += ["--targets", str(tmp_path / "hosts.txt"), "--report", f"json={report}", "--verbose"]
        code = run(["scan", *words])
        (entry,) = json.loads(report.read_text())["targets"]
        return code, entry

    return gate


@pytest.mark.parametrize("versions", ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3"])
def test_an_expired_rsa_certificate_beside_a_good_ecdsa_one_is_found(scan, pki, versions):
    code, entry = scan(pki.expired, versions)

    assert (code, entry["verdict"]) == (1, "violated")
    assert [(f["rule"], f["subject"], f["vantage"]) for f in entry["findings"] if f["violation"]] == [
        ("validity.expired", "leaf", "with RSA key")
    ]
    assert [observation.get("key_type") for observation in entry["observations"]] == [None, "RSA"]


def test_two_good_certificates_are_compliant_and_both_are_listed(scan, pki):
    code, entry = scan(pki.rsa)

    assert [f for f in entry["findings"] if f["violation"]] == []
    assert (code, entry["verdict"]) == (0, "compliant")
    shown = [(c["label"], c.get("vantage"), c["key"]) for c in entry["certificates"] if c["label"] == "leaf"]
    assert shown == [("leaf", None, "EC P-256"), ("leaf", "with RSA key", "RSA")]
    assert [(p["outcome"], p["chosen"]) for p in entry["observations"][0]["probes"]] == [
        ("accepted", "RSA"),
        ("refused", ""),
    ]
