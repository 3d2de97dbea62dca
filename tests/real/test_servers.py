"""The whole gate against the servers that people run."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from certgate.cli.main import run
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue, pem

NAME, OTHER = "db.corp.example", "other.corp.example"


@pytest.fixture(scope="module")
def pki():
    """Certificates around the real present, since these servers look at it too."""
    now = datetime.now(UTC)
    start = now - timedelta(days=5)
    root = issue("Root", ca=True, not_before=start, days=3650)
    middle = issue("CA", ca=True, issuer=root, path_length=0, not_before=start, days=1800)
    leaf = issue("", issuer=middle, sans=[NAME], not_before=start, days=40)
    other = issue("", issuer=root, sans=[OTHER], not_before=start, days=40)
    staple = make_staple(leaf, middle, this_update=now - timedelta(hours=1), next_update=now + timedelta(days=3))
    client = issue("robot", issuer=root, ekus=["1.3.6.1.5.5.7.3.2"], not_before=start, days=40)
    return SimpleNamespace(root=root, middle=middle, leaf=leaf, other=other, staple=staple, client=client)


@pytest.fixture
def scan(tmp_path, pki, capsys):
    """`scan(port, *names)` is the exit code, and the JSON report's entry for each name."""

    def gate(port, *names, also=()):
        (tmp_path / "root.pem").write_bytes(pem(pki.root))
        targets = tmp_path / "hosts.txt"
        targets.write_text("".join(f"127.0.0.1:{port} name={name}\n" for name in names))
        report = tmp_path / "report.json"
        words = ["--policy", "internal-pki", "--trust", str(tmp_path / "root.pem"), "--verbose", *also]
        code = run(["scan", "--targets", str(targets), *words, "--report", f"json={report}", "--color", "never"])
        entries = json.loads(report.read_text())["targets"]
        return code, {entry["observations"][0]["server_name"]: entry for entry in entries}

    return gate


def outcomes(entry, rule):
    return {finding["outcome"] for finding in entry["findings"] if finding["rule"] == rule}


def failed(entry):
    return {finding["rule"] for finding in entry["findings"] if finding["violation"]}


def labels(entry):
    return [certificate["label"] for certificate in entry["certificates"]]


def test_a_good_chain_with_a_staple_is_compliant(start, scan, site, pki):
    port = start(site(NAME, pki.leaf, (pki.middle,), pki.staple))

    code, seen = scan(port, NAME)

    assert failed(seen[NAME]) == set()
    assert (code, seen[NAME]["verdict"]) == (0, "compliant")
    assert labels(seen[NAME]) == ["leaf", "issuer 1", "anchor"]
    assert outcomes(seen[NAME], "ocsp.signature") == {"pass"}
    assert outcomes(seen[NAME], "rev.status") == {"pass"}
    assert seen[NAME]["observations"][0]["tls"]["version"] == "TLSv1.3"


def test_a_missing_intermediate_is_found(start, scan, site, pki):
    port = start(site(NAME, pki.leaf))

    code, seen = scan(port, NAME)

    assert (code, seen[NAME]["verdict"]) == (1, "violated")
    assert failed(seen[NAME]) == {"chain.complete"}
    assert outcomes(seen[NAME], "trust.anchor") == {"not-checked"}


def test_a_server_with_tls_1_2_only_is_observed_whole(start, scan, site, pki):
    port = start(site(NAME, pki.leaf, (pki.middle,), pki.staple), tls_1_2=True)

    code, seen = scan(port, NAME)

    assert code == 0
    assert seen[NAME]["observations"][0]["tls"]["version"] == "TLSv1.2"
    assert outcomes(seen[NAME], "ocsp.signature") == {"pass"}


@pytest.mark.parametrize("tls_1_2", [True, False])
def test_a_server_that_demands_a_client_certificate_is_judged_whole(start, scan, site, pki, tls_1_2):
    port = start(site(NAME, pki.leaf, (pki.middle,)), tls_1_2=tls_1_2, client_ca=pki.root)

    code, seen = scan(port, NAME)

    assert failed(seen[NAME]) == set()
    assert (code, seen[NAME]["verdict"]) == (0, "compliant")
    assert seen[NAME]["observations"][0]["tls"]["version"] == ("TLSv1.2" if tls_1_2 else "TLSv1.3")


@pytest.mark.parametrize("tls_1_2", [True, False])
def test_a_server_that_asks_for_a_client_certificate_is_shown_it(start, scan, site, pki, tmp_path, tls_1_2):
    port = start(site(NAME, pki.leaf, (pki.middle,)), tls_1_2=tls_1_2, client_ca=pki.root)
    client = tmp_path / "client.pem"
    client.write_bytes(pem(pki.client) + pki.client.key_pem)

    code, seen = scan(port, NAME, also=["--cert", str(client)])

    observation = seen[NAME]["observations"][0]
    assert (code, observation["failure"]) == (0, None)
    assert observation["client_certificate"] == sha256(pki.client.der).hexdigest()
    assert observation["tls"]["version"] == ("TLSv1.2" if tls_1_2 else "TLSv1.3")


def test_each_server_name_gets_its_own_certificate(start, scan, site, pki):
    port = start(site(NAME, pki.leaf, (pki.middle,)), site(OTHER, pki.other))

    code, seen = scan(port, NAME, OTHER)

    assert code == 0
    assert {name: labels(entry) for name, entry in seen.items()} == {
        NAME: ["leaf", "issuer 1", "anchor"],
        OTHER: ["leaf", "anchor"],
    }


def test_a_name_that_the_server_does_not_have_gets_its_default_and_fails(start, scan, site, pki):
    port = start(site(NAME, pki.leaf, (pki.middle,)), site(OTHER, pki.other))

    code, seen = scan(port, "third.corp.example")

    assert code == 1
    assert failed(seen["third.corp.example"]) == {"name.host-match"}
