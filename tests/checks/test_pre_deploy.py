"""Keys, requests and containers before they are deployed, through the whole of `certgate check`."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs7, pkcs12

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, make_key, pem

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, days=1000)
LEAF = issue("a.example", issuer=CA, sans=["a.example"], policies=())
LOCKED = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))


def csr(key=LEAF.key, *, forged=False, sans=("a.example",)):
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(s) for s in sans]), critical=True)
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    return der[:-1] + bytes([der[-1] ^ 1]) if forged else der


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("chain.pem").write_bytes(pem(LEAF, CA))
    Path("key.pem").write_bytes(LEAF.key_pem)
    Path("locked.pem").write_bytes(LOCKED)
    Path("pass.txt").write_bytes(b"open sesame\nsecond line\n")


@pytest.fixture
def check(capfd):
    """`check(…)`: exit code, and the findings that are told, by target; nothing of a key is ever printed."""

    def run(*arguments, policy="internal-pki"):
        usual = ["--policy", policy, "--trust", "root.pem", "--at", CLOCK.isoformat(), "-v", "--save", "seen.jsonl"]
        code = cli.run(["check", *arguments, *usual, "--report", "json=report.json", "--report", "terminal"])
        out, err = capfd.readouterr()
        kept = out + err
        for name in ("report.json", "seen.jsonl"):
            kept += Path(name).read_text() if Path(name).exists() else ""
        assert "sesame" not in kept
        assert not any(line in kept for line in (LEAF.key_pem + LOCKED).decode().splitlines() if len(line) == 64)
        if code == 2:
            return code, err
        report = json.loads(Path("report.json").read_text())
        return code, {
            t["id"]: {f["rule"]: f["outcome"] for f in t["findings"] if f["outcome"] not in {"pass", "not-applicable"}}
            for t in report["targets"]
        }

    return run


def outcome(rule, target=0):
    report = json.loads(Path("report.json").read_text())
    return [
        (f["subject"], f["outcome"], f["message"]) for f in report["targets"][target]["findings"] if f["rule"] == rule
    ]


def test_a_key_that_belongs_to_the_leaf_passes(check):
    assert check("chain.pem", "--key", "key.pem") == (0, {"chain.pem": {}})
    assert outcome("key.matches") == [("private key", "pass", "")]


def test_a_chain_without_a_key_has_no_pair_to_judge(check):
    assert check("chain.pem")[0] == 0
    assert outcome("key.matches") == [("key pair", "not-applicable", "there is no key pair")]


def test_a_rule_on_requests_says_that_a_chain_has_none(check):
    assert check("chain.pem")[0] == 0
    assert outcome("request.signature") == [
        ("certificate", "not-applicable", "there is no certificate in the role request")
    ]


def test_the_key_of_another_certificate_fails_and_a_policy_need_not_ask_for_it(check):
    Path("wrong.pem").write_bytes(pem(LEAF, CA) + CA.key_pem)
    Path("ca.pem").write_bytes(CA.key_pem)
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]")

    assert check("wrong.pem") == (1, {"wrong.pem": {"key.matches": "fail"}})
    assert check("chain.pem", "--key", "ca.pem", policy="p.yaml") == (1, {"chain.pem": {"key.matches": "fail"}})


def test_a_locked_key_is_incomplete_without_its_pass_phrase_and_never_shown(check, monkeypatch):
    monkeypatch.setenv("PASS", "open sesame")
    monkeypatch.setenv("WRONG", "close sesame")
    key = ("chain.pem", "--key", "locked.pem")

    assert check(*key) == (3, {"chain.pem": {"key.matches": "not-checked"}})
    assert check(*key, "--password-env", "WRONG") == (3, {"chain.pem": {"key.matches": "not-checked"}})
    assert check(*key, "--password-env", "PASS") == (0, {"chain.pem": {}})
    assert check(*key, "--password-file", "pass.txt") == (0, {"chain.pem": {}})
    with Path("pass.txt").open() as stream:
        import os

        assert check(*key, "--password-fd", str(os.dup(stream.fileno()))) == (0, {"chain.pem": {}})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--password-env", "open sesame"], "is not set"),
        (["--password-file", "nothing.txt"], "cannot be read: No such file"),
        (["--password-file", "empty.txt"], "the first line must hold the pass phrase"),
        (["--password-fd", "999"], "cannot be read: Bad file descriptor"),
        (["--password-env", "HOME", "--password-file", "pass.txt"], "both set the pass phrase"),
    ],
)
def test_a_mistake_about_the_pass_phrase_is_2(capsys, arguments, said):
    Path("empty.txt").write_bytes(b"\nx\n")

    assert cli.run(["check", "chain.pem", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "open sesame" not in told


def test_containers_are_sets_so_their_order_is_not_judged(check):
    Path("a.p7b").write_bytes(pkcs7.serialize_certificates([CA.native, LEAF.native], Encoding.DER))
    Path("a.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"x", LEAF.key, LEAF.native, [CA.native], BestAvailableEncryption(b"open sesame")
        )
    )

    code, found = check("a.p7b", "a.p12", "--password-file", "pass.txt")

    assert (code, found) == (0, {"a.p7b": {}, "a.p12": {}})
    for target, kind in enumerate(("PKCS#7", "PKCS#12")):
        for rule in ("chain.leaf-first", "chain.order"):
            assert outcome(rule, target) == [
                ("presented chain", "not-applicable", f"certificates in {kind} have no order")
            ]
    assert outcome("key.matches", 1) == [("private key", "pass", "")]


def test_a_request_is_judged_by_the_rules_that_fit_one(check):
    Path("a.csr").write_bytes(csr())

    code, found = check("a.csr", "--key", "key.pem", "--name", "a.example")

    assert (code, found) == (0, {"a.csr": {}})
    assert outcome("request.signature") == [("request", "pass", "")]
    assert outcome("name.host-match") == [("request", "pass", "")]
    assert outcome("key.curve") == [("request", "pass", "")]
    assert outcome("key.matches") == [("private key", "pass", "")]
    assert outcome("validity.expired") == [("request", "not-applicable", "a request has nothing that a CA adds")]
    assert outcome("trust.anchor") == [("path", "not-applicable", "there is no path")]


def test_a_faulty_request_fails(check):
    Path("names.csr").write_bytes(csr(sans=()))
    Path("weak.csr").write_bytes(csr(make_key("RSA-1024")))
    Path("forged.csr").write_bytes(csr(forged=True))

    code, found = check("names.csr", "weak.csr", "forged.csr", "--name", "a.example")

    assert code == 1
    assert found == {
        "names.csr": {"name.host-match": "not-checked", "name.san-present": "fail"},
        "weak.csr": {"key.rsa-min": "fail"},
        "forged.csr": {"request.signature": "fail"},
    }


def test_folders_give_their_files_and_leave_other_manifests_alone(check):
    folder = Path("deploy/sub")
    folder.mkdir(parents=True)
    Path("deploy/.hidden").mkdir()
    Path("deploy/.hidden/x.pem").write_bytes(b"no")
    Path("deploy/b.pem").write_bytes(pem(LEAF, CA))
    Path("deploy/app.yaml").write_text("kind: Deployment\n")
    Path("deploy/notes.txt").write_text("hello")
    (folder / "a.csr").write_bytes(csr())

    assert check("deploy") == (0, {"deploy/b.pem": {}, "deploy/sub/a.csr": {}})
    assert check("deploy/.hidden/..", "--role", "server")[0] in {0, 2}
    Path("empty").mkdir()
    assert check("empty") == (2, "certgate: empty: holds no certificate and no request for one\n")


def test_one_key_is_for_one_chain(check):
    assert check("chain.pem", "root.pem", "--key", "key.pem")[0] == 2


def test_each_finding_of_a_manifest_stands_at_its_line(check):
    text = (
        "kind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata:\n  good.pem: |\n"
        + "".join(f"    {line}\n" for line in pem(LEAF, CA).decode().splitlines())
        + "  lone.pem: |\n"
        + "".join(f"    {line}\n" for line in pem(LEAF).decode().splitlines())
    )
    Path("m.yaml").write_text(text)

    code, found = check("m.yaml", "--report", "sarif=r.sarif")

    assert code == 1
    assert found == {
        "m.yaml#shop/web/good.pem": {},
        "m.yaml#shop/web/lone.pem": {"chain.complete": "fail", "trust.anchor": "not-checked"},
    }
    line = text.splitlines().index("  lone.pem: |") + 2
    results = json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
    places = {r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results if r["level"] == "error"}
    assert places == {line}


CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: w}
spec:
  secretName: w
  dnsNames: [a.example]
  duration: 20000h
  renewBefore: 1h
  privateKey: {algorithm: RSA, size: 1024}
  usages: [server auth, digital signature]
  issuerRef: {name: ss, kind: ClusterIssuer}
---
{apiVersion: cert-manager.io/v1, kind: ClusterIssuer, metadata: {name: ss}, spec: {selfSigned: {}}}
"""


def test_a_certificate_resource_is_judged_as_it_will_come_out(check):
    Path("c.yaml").write_text(CERTIFICATE)

    code, found = check("c.yaml")

    assert code == 1
    assert found == {
        "c.yaml#w/spec": {
            "validity.max-lifetime": "fail",
            "key.rsa-min": "fail",
            "request.admission": "fail",
            "request.renewal": "fail",
            "request.self-signed": "fail",
        }
    }
    assert (
        outcome("request.admission")[0][2]
        == "the cluster refuses the resource: privateKey.size 1024 is not between 2048 and 8192"
    )
    assert outcome("request.renewal")[0][2] == "renewal starts 1 hour before expiry, at least 7 days required"
    Path("c.yaml").write_text(CERTIFICATE.replace("renewBefore: 1h", "renewBefore: 30000h"))
    check("c.yaml")
    assert outcome("request.renewal")[0][2] == "renewal starts 1250 days before expiry, but the lifetime is 833 days"
    good = (
        CERTIFICATE.replace("20000h", "2000h")
        .replace("1024", "2048")
        .replace("1h", "500h")
        .replace("kind: ClusterIssuer}", "}")
    )
    Path("c.yaml").write_text(good)
    assert check("c.yaml") == (0, {"c.yaml#w/spec": {}})
    assert outcome("key.rsa-min") == [("request", "pass", "")]
    assert outcome("sig.sha1") == [("request", "not-applicable", "a request has no signature yet")]
