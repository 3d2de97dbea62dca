"""`--revocation`, `--aia` and what belongs to them, against a server on loopback that answers well and badly."""

import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.lab import Lab
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios
from certgate.net import fetcher
from tests.net.fetch_world import resolving

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
TIMES = {"this_update": NOW - HOUR, "next_update": NOW + 24 * HOUR}
NONCE = "1.3.6.1.5.5.7.48.1.2"


def crldp(path):
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"http://crl.lab.example{path}")], None, None, None)
    return {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point]), False)}


def aia(ocsp=None, issuer=None):
    named = [(AuthorityInformationAccessOID.OCSP, ocsp), (AuthorityInformationAccessOID.CA_ISSUERS, issuer)]
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(f"http://pki.lab.example{path}"))
        for method, path in named
        if path
    ]
    return {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess(access), False)}


def dated(*arguments, **options):
    return issue(*arguments, not_before=NOW - 24 * HOUR, **options)


ROOT = dated("Root", ca=True, days=3650)
CA = dated("CA", issuer=ROOT, ca=True, days=900, extensions=crldp("/root.crl") | aia(issuer="/root.der"))
LEAF = dated("a.example", issuer=CA, sans=["a.example"], extensions=crldp("/ca.crl") | aia("/ocsp", "/ca.der"))
BY_CRL = dated("b.example", issuer=CA, sans=["b.example"], extensions=crldp("/ca.crl"))
SHORT = dated("c.example", issuer=CA, sans=["c.example"], days=6, extensions={x509.CRLDistributionPoints: None})


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(b"")

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body):
        self.server.requests.append((self.command, self.path, self.headers["Content-Type"]))
        answer = self.server.answers.get(self.path, 404)
        answer = answer(body) if callable(answer) else answer
        status, headers, content = 200, {}, b""
        if isinstance(answer, int):
            status = answer
        elif isinstance(answer, str):
            status, headers = 302, {"Location": answer}
        else:
            content = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def pki(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Path("root.pem").write_bytes(pem(ROOT))
    for name, leaf in (("a", LEAF), ("b", BY_CRL), ("c", SHORT)):
        Path(f"{name}.pem").write_bytes(pem(leaf, CA))
    Path("alone.pem").write_bytes(pem(LEAF))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: chain.complete}]")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.requests = []
    server.answers = {
        "/ocsp": make_staple(LEAF, CA, **TIMES),
        "/ca.crl": make_crl(CA, **TIMES),
        "/root.crl": make_crl(ROOT, **TIMES),
        "/ca.der": CA.der,
        "/root.der": ROOT.der,
    }
    server.connect = lambda _a, _p, seconds: socket.create_connection(server.server_address, seconds)
    reach = partial(fetcher.Fetcher, resolver=resolving("127.0.0.1"))
    monkeypatch.setattr(
        fetcher, "Fetcher", lambda **options: reach(**{"connect": server.connect, "timeout": server.patience} | options)
    )
    server.patience = 10.0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def check(*arguments, allow=("--allow-address", "127.0.0.0/8")):
    return cli.run(["check", *arguments, *allow, "--policy", "p.yaml", "--trust", "root.pem", "-v"])


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def paths(server):
    return sorted(path for _, path, _ in server.requests)


def test_ocsp_answers_for_the_leaf_and_a_crl_for_the_intermediate(pki):
    assert check("a.pem", "--revocation", "hard") == 0
    assert sorted(pki.requests) == [("GET", "/root.crl", None), ("POST", "/ocsp", "application/ocsp-request")]


def test_nothing_is_fetched_unless_asked(pki):
    assert check("a.pem", allow=()) == 0
    assert check("a.pem", "--revocation", "off", allow=()) == 0
    assert pki.requests == []


@pytest.mark.parametrize("mode", ["soft", "hard"])
@pytest.mark.parametrize(
    ("path", "answer", "subject"),
    [
        ("/ocsp", make_staple(LEAF, CA, status="revoked", **TIMES), "leaf"),
        ("/root.crl", make_crl(ROOT, CA, **TIMES), "issuer 1"),
    ],
)
def test_a_revoked_certificate_violates_in_either_mode(pki, capsys, mode, path, answer, subject):
    pki.answers[path] = answer
    assert check("a.pem", "--revocation", mode) == 1
    out = said(capsys)
    assert "rev.status" in out
    assert subject in out


def never(body):
    time.sleep(30)


@pytest.mark.parametrize(
    "answer",
    [
        500,
        b"<html>maintenance</html>",
        "http://pki.lab.example/ocsp",
        make_staple(LEAF, ROOT, **TIMES),
        make_staple(LEAF, CA, this_update=NOW - 2 * HOUR, next_update=NOW - HOUR),
    ],
    ids=["status", "wrong content", "redirect of a POST", "wrong signer", "expired"],
)
def test_where_ocsp_gives_no_answer_the_crl_is_asked(pki, answer):
    pki.answers["/ocsp"] = answer
    assert check("a.pem", "--revocation", "hard") == 0
    assert paths(pki) == ["/ca.crl", "/ocsp", "/root.crl"]


@pytest.mark.parametrize(
    "answer", [404, b"<html>", b"", make_crl(ROOT, **TIMES)], ids=["status", "html", "empty", "of another issuer"]
)
def test_no_answer_is_a_warning_when_soft_and_incomplete_when_hard(pki, capsys, answer):
    pki.answers["/ca.crl"] = answer
    assert check("b.pem", "--revocation", "soft") == 0
    assert "revocation status unknown" in said(capsys)
    assert check("b.pem", "--revocation", "soft", "--fail-on", "warning") == 1
    assert check("b.pem", "--revocation", "hard") == 3


def test_a_crl_is_fetched_by_way_of_redirects(pki):
    pki.answers |= {"/ca.crl": "http://elsewhere.lab.example/1.crl", "/1.crl": make_crl(CA, **TIMES)}
    assert check("b.pem", "--revocation", "hard") == 0


def test_a_server_that_does_not_answer_in_time_or_does_not_exist_gives_its_reason(pki, capsys):
    pki.patience = 1.0
    pki.answers["/ca.crl"] = never
    assert check("b.pem", "--revocation", "hard") == 3
    assert "did not answer in time" in said(capsys)

    def refuse(*_):
        raise ConnectionRefusedError(111, "Connection refused")

    pki.connect, pki.patience = refuse, 10.0
    assert check("b.pem", "--revocation", "hard", "--cache", "empty") == 3
    assert "cannot be reached at 127.0.0.1: Connection refused" in said(capsys)


def test_a_private_address_is_not_asked_unless_allowed(pki, capsys):
    assert check("b.pem", "--revocation", "hard", allow=()) == 3
    assert "in the special-purpose range 127.0.0.0/8: allow it with --allow-address if it is yours" in said(capsys)
    assert pki.requests == []


def test_a_short_lived_leaf_without_a_pointer_is_not_asked_for(pki):
    assert check("c.pem", "--revocation", "hard") == 0
    assert paths(pki) == ["/root.crl"]


def test_what_was_given_as_files_is_not_fetched(pki):
    Path("ca.crl").write_bytes(make_crl(CA, **TIMES))
    Path("root.crl").write_bytes(make_crl(ROOT, **TIMES))
    assert check("b.pem", "--crl", "ca.crl", "--crl", "root.crl", "--revocation", "hard") == 0
    assert pki.requests == []


# --- one fetch for many, and the cache ---


def test_many_targets_share_one_fetch(pki):
    Path("again.pem").write_bytes(Path("a.pem").read_bytes())
    assert check("a.pem", "again.pem", "b.pem", "--revocation", "hard", "--cache", "kept") == 0
    assert paths(pki) == ["/ca.crl", "/ocsp", "/root.crl"]


def test_a_second_run_asks_nothing_until_next_update(pki):
    assert check("a.pem", "b.pem", "--revocation", "hard") == 0
    pki.requests.clear()
    assert check("a.pem", "b.pem", "--revocation", "hard") == 0
    assert pki.requests == []


def test_a_cache_that_was_damaged_is_fetched_anew(pki):
    assert check("b.pem", "--revocation", "hard", "--cache", "kept") == 0
    files = list(Path("kept").iterdir())
    assert len(files) == 2
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    pki.requests.clear()
    assert check("b.pem", "--revocation", "hard", "--cache", "kept") == 0
    assert paths(pki) == ["/ca.crl", "/root.crl"]


# --- the nonce ---


def test_a_nonce_is_sent_when_asked_for_and_must_come_back(pki, capsys):
    seen = []

    def echo(body):
        seen.append(
            x509.ocsp.load_der_ocsp_request(body).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        )
        return make_staple(LEAF, CA, extensions=[(NONCE, False, b"\x04\x20" + seen[-1])], **TIMES)

    pki.answers["/ocsp"] = echo
    assert check("a.pem", "--revocation", "hard", "--ocsp-nonce", "--select", "rev.*", "--select", "ocsp.*") == 0
    assert check("a.pem", "--revocation", "hard", "--ocsp-nonce") == 0
    assert len(set(seen)) == 2
    assert {len(nonce) for nonce in seen} == {32}
    pki.answers["/ocsp"] = make_staple(LEAF, CA, **TIMES)
    capsys.readouterr()
    assert check("a.pem", "--revocation", "hard", "--ocsp-nonce") == 1
    assert "no nonce in the response" in said(capsys)


# --- missing issuers ---


def test_an_incomplete_chain_that_could_be_completed_is_told_from_an_untrusted_one(pki, capsys):
    assert check("alone.pem", "--aia") == 1
    out = said(capsys)
    assert "only clients that fetch issuers can complete it, from http://pki.lab.example/ca.der" in out
    stranger = dated("Stranger", ca=True)
    Path("root.pem").write_bytes(pem(stranger))
    assert check("alone.pem", "--aia") == 1
    assert "http://pki.lab.example/ca.der, http://pki.lab.example/root.der does not lead to a trusted root" in (
        said(capsys)
    )
    pki.answers["/ca.der"] = 404
    assert check("alone.pem", "--aia") == 1
    assert (
        "http://pki.lab.example/ca.der does not lead to a trusted root (pki.lab.example answered with status 404)"
        in (said(capsys))
    )


# --- endpoints ---


def test_endpoints_are_completed_too_and_share_their_fetches(pki, capsys):
    names = ("good-ecdsa", "good-rsa")
    with Lab([all_scenarios()[name] for name in names]) as lab:
        options = ["--config", str(lab.config_file), "--at", CLOCK.isoformat(), "--allow-address", "127.0.0.0/8", "-v"]
        assert cli.run(["scan", *options, "--revocation", "soft"]) == 0
        assert "crl.lab.example answered with status 404" in said(capsys)
        assert paths(pki) == ["/1.crl"]
        assert cli.run(["scan", *options, "--revocation", "hard"]) == 3
        text = lab.config_file.read_text().replace("  - host", "  - revocation: off\n    host", 1)
        lab.config_file.write_text("revocation: hard\n" + text)
        pki.requests.clear()
        assert cli.run(["scan", *options, "--report", "json=r.json"]) == 3
        assert paths(pki) == ["/1.crl"]
        verdicts = [target["verdict"] for target in json.loads(Path("r.json").read_text())["targets"]]
        assert verdicts == ["compliant", "incomplete"]


# --- words ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--revocation", "given"], '--revocation "given" is not one of off, soft, hard'),
        (["--revocation", "soft", "--allow-address", "10.0.0.1/8"], "--allow-address: 10.0.0.1/8 has host bits set"),
        (["--revocation", "soft", "--cache", "a.pem"], "--cache a.pem cannot be used"),
        (["--ocsp-nonce"], "--ocsp-nonce has no effect"),
        (["--cache", "x"], "--cache has no effect"),
    ],
)
def test_a_mistake_in_the_words_is_2(pki, capsys, arguments, message):
    assert check("a.pem", *arguments, allow=()) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert pki.requests == []


def test_saved_evidence_is_judged_again_without_fetching(pki):
    pki.answers["/ca.crl"] = make_crl(CA, BY_CRL, **TIMES)
    assert check("b.pem", "--revocation", "hard", "--save", "seen.jsonl") == 1
    pki.requests.clear()
    assert cli.run(["check", "seen.jsonl", "--at", NOW.isoformat()]) == 1
    assert pki.requests == []
