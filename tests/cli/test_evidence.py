"""`certgate check` with what is about to be stapled, and with CRLs from files."""

from datetime import timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue, pem

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
OTHER = issue("b.example", issuer=CA, sans=["b.example"])
AT = CLOCK.isoformat()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("chain.pem").write_bytes(pem(LEAF, CA))
    Path("other.pem").write_bytes(pem(OTHER, CA))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: ocsp.signature}, {rule: ocsp.fresh}]")


def check(*arguments, file="chain.pem"):
    return cli.run(["check", file, *arguments, "--policy", "p.yaml", "--trust", "root.pem", "--at", AT])


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_a_staple_is_judged_before_it_is_deployed(capsys):
    Path("ocsp.der").write_bytes(make_staple(LEAF, CA))
    assert check("--staple", "ocsp.der") == 0
    Path("ocsp.der").write_bytes(make_staple(LEAF, CA, next_update=CLOCK - timedelta(seconds=1)))
    assert check("--staple", "ocsp.der") == 1
    assert "the response expired" in said(capsys)


def test_a_staple_that_does_not_answer_is_never_compliant_whatever_the_policy_holds(capsys):
    Path("bare.yaml").write_text("rules: [{rule: trust.anchor}]")
    Path("quiet.yaml").write_text("rules: [{rule: trust.anchor}, {rule: rev.status, required: false}]")
    files = {
        "right.der": (make_staple(LEAF, CA), 0),
        "other.der": (make_staple(OTHER, CA), 3),
        "late.der": (make_staple(LEAF, CA, next_update=None), 3),
        "strange.der": (make_staple(LEAF, ROOT), 3),
        "junk.der": (b"<html>", 3),
        "revoked.der": (make_staple(LEAF, CA, status="revoked"), 1),
    }
    for file, (content, code) in files.items():
        Path(file).write_bytes(content)
        for policy in ("bare.yaml", "quiet.yaml"):
            arguments = ["chain.pem", "--staple", file, "--policy", policy, "--trust", "root.pem", "--at", AT]
            assert (file, policy, cli.run(["check", *arguments])) == (file, policy, code)
    assert "the staple is about another certificate" in said(capsys)


def test_a_good_answer_by_the_staple_suffices_beside_a_crl_of_another_ca(capsys):
    Path("ocsp.der").write_bytes(make_staple(LEAF, CA))
    Path("other.crl").write_bytes(make_crl(issue("Stranger", ca=True)))
    assert check("--staple", "ocsp.der", "--crl", "other.crl") == 0
    assert check("--crl", "other.crl", "--revocation", "off") == 3


def test_a_file_that_is_no_response_fails(capsys):
    Path("ocsp.der").write_bytes(b"<html>")
    assert check("--staple", "ocsp.der") == 1
    assert "not a DER OCSP response" in said(capsys)


def test_a_crl_switches_the_rules_on_revocation_on(capsys):
    Path("ca.crl").write_bytes(make_crl(CA))
    Path("root.crl").write_bytes(make_crl(ROOT))
    assert check("--crl", "ca.crl", "--crl", "root.crl", "-v") == 0
    assert "0 errors, 0 warnings" in said(capsys)
    Path("ca.crl").write_bytes(make_crl(CA, LEAF))
    assert check("--crl", "ca.crl") == 1
    assert "rev.status" in said(capsys)
    Path("root.crl").write_bytes(make_crl(ROOT, CA))
    assert check("--crl", "root.crl", "--select", "rev.status") == 1
    assert "issuer 1" in said(capsys)


def test_a_crl_that_does_not_answer_for_the_leaf_leaves_it_incomplete_and_a_broken_one_fails(capsys):
    stranger = issue("Stranger", ca=True)
    for issuer in (ROOT, stranger):
        Path("other.crl").write_bytes(make_crl(issuer))
        assert check("--crl", "other.crl") == 3
        assert "no given CRL is from the certificate's issuer" in said(capsys)
    Path("broken.crl").write_bytes(b"<html>")
    assert check("--crl", "broken.crl") == 1
    assert "the CRL cannot be read" in said(capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--staple", "nothing.der"], "--staple nothing.der: cannot be read: No such file"),
        (["--crl", "nothing.crl"], "--crl nothing.crl: cannot be read: No such file"),
        (["other.pem", "--staple", "root.pem"], "--staple needs exactly one chain, not 2"),
    ],
)
def test_a_mistake_in_what_is_named_is_2(capsys, arguments, message):
    assert check(*arguments) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_saved_observations_keep_staple_and_crls(capsys):
    Path("ocsp.der").write_bytes(make_staple(LEAF, CA))
    Path("ca.crl").write_bytes(make_crl(CA, LEAF))
    assert check("--staple", "ocsp.der", "--crl", "ca.crl", "--save", "seen.jsonl") == 1
    assert check(file="seen.jsonl") == 1
    assert "according to a CRL" in said(capsys)
    assert check("--ignore", "rev.status", file="seen.jsonl") == 0
