"""CRLs and OCSP responses as files: judged on their own, and told apart from chains in every report."""

import json
from base64 import encodebytes
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from certgate.cli import main as cli
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.ocsp import make_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue, pem
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
AKI = (x509.AuthorityKeyIdentifier(parse_certificate(CA.der).ski, None, None), False)
AT = "2026-06-15T12:00:00Z"


def crl(*entries, **options):
    return make_crl(CA, *entries, extensions=[AKI], this_update=CLOCK - timedelta(days=1), **options)


GOOD_CRL = crl(crl_entry(LEAF, reason=x509.ReasonFlags.superseded))
HELD_CRL = crl(crl_entry(LEAF, reason=x509.ReasonFlags.certificate_hold))


def in_pem(label, *ders):
    return b"".join(
        f"-----BEGIN {label}-----\n".encode() + encodebytes(d) + f"-----END {label}-----\n".encode() for d in ders
    )


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Checks a file with this content under the CA: the exit code, and what JSON says of the target."""
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").write_bytes(pem(CA))

    def run(content, *options, trust="ca.pem"):
        Path("it").write_bytes(content)
        code = cli.run(["check", "it", "--trust", trust, "--at", AT, "--report", "json", *options])
        return code, json.loads(capsys.readouterr().out)["targets"][0]

    return run


def failed(target):
    return {finding["rule"] for finding in target["findings"] if finding["outcome"] == "fail"}


def unobserved(target):
    return [f["message"] for f in target["findings"] if f["rule"] == "target.observed" and f["outcome"] != "pass"]


@pytest.mark.parametrize("content", [GOOD_CRL, in_pem("X509 CRL", GOOD_CRL)])
def test_a_good_crl_is_compliant_in_either_encoding(check, content):
    code, target = check(content)

    assert (code, failed(target)) == (0, set())
    assert target["roles"] == ["crl"]
    assert target["role_reason"] == "the file holds a CRL"
    assert [(c["label"], c["subject"]) for c in target["certificates"]] == [("CRL", "CN=CA")]


@pytest.mark.parametrize("wrap", [bytes, lambda der: in_pem("OCSP RESPONSE", der)])
def test_a_good_response_is_compliant_in_either_encoding(check, wrap):
    code, target = check(wrap(make_staple(LEAF, CA)))
    serial = f"{parse_certificate(LEAF.der).serial:x}"

    assert (code, failed(target)) == (0, set())
    assert target["roles"] == ["ocsp"]
    assert [(c["label"], c["subject"]) for c in target["certificates"]] == [
        ("OCSP response", f"for serial number {serial}")
    ]


def test_the_role_of_the_command_line_does_not_make_it_a_certificate(check):
    assert check(GOOD_CRL, "--role", "ca")[1]["roles"] == ["crl"]


def test_the_policy_for_internal_pki_knows_no_public_reasons(check):
    assert failed(check(HELD_CRL)[1]) == {"crl.reasons-public"}
    assert check(HELD_CRL, "--policy", "internal-pki")[0] == 0


def test_one_cause_is_one_error(check):
    unspecified = crl(crl_entry(LEAF, raw_extensions=[("2.5.29.21", False, b"\x0a\x01\x00")]))

    assert failed(check(unspecified)[1]) == {"crl.reasons-public"}
    assert failed(check(unspecified, "--policy", "internal-pki")[1]) == {"crl.reasons"}
    assert failed(check(make_staple(LEAF, CA, hash_name="sha1"))[1]) == {"ocsp.response-hash"}


def test_an_expired_and_a_future_crl_are_violations(check):
    expired = make_crl(CA, extensions=[AKI], next_update=CLOCK - timedelta(seconds=1))
    future = make_crl(CA, extensions=[AKI], this_update=CLOCK + timedelta(hours=1))

    assert check(expired)[0] == check(future)[0] == 1
    assert failed(check(expired)[1]) == failed(check(future)[1]) == {"crl.current"}


def test_a_crl_that_is_both_old_in_form_and_unknown_to_clients_is_still_judged(check):
    assert "crl.algorithms" in failed(check(crl(inner_hash="sha384"))[1])
    assert "crl.version" in failed(check(crl(version=3))[1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD_CRL[:-7], "unreadable: the input is truncated"),
        (GOOD_CRL + b"more", "unreadable: 4 bytes follow the end of its contents"),
        (make_staple(LEAF, CA)[:-7], "unreadable: the input is truncated"),
        (make_staple(LEAF, CA) + b"more", "unreadable: 4 bytes follow the end of its contents"),
        (unsuccessful_staple(3), "unreadable: the OCSP responder answered with the error tryLater"),
        (in_pem("X509 CRL", b"\x30\x00"), "unreadable: the CRL cannot be read"),
        (in_pem("X509 CRL", GOOD_CRL, GOOD_CRL), "unreadable: the input holds 2 CRLs or OCSP responses"),
    ],
)
def test_what_cannot_be_read_is_never_a_pass(check, content, message):
    code, target = check(content)

    assert code == 3
    assert unobserved(target)[0].startswith(message)


def test_without_its_issuer_a_crl_is_incomplete(check):
    Path("root.pem").write_bytes(pem(ROOT))
    code, target = check(GOOD_CRL, trust="root.pem")

    assert code == 3
    assert [f["rule"] for f in target["findings"] if f["outcome"] == "not-checked"] == ["crl.signature"]


@pytest.mark.parametrize(
    ("rule", "role", "expected"),
    [("crl.number", "crl", 1), ("crl.number", "ocsp", 2), ("crl.number", "server", 2), ("bc.leaf", "crl", 2)],
)
def test_a_condition_on_the_role_must_fit_the_rule(check, rule, role, expected):
    entry = f"{{rule: {rule}, when: {{role: {role}}}, severity: error}}"
    Path("p.yaml").write_text(f"extends: internal-pki\nrules: [{entry}]\n", encoding="utf-8")
    Path("it").write_bytes(crl(number=None))

    assert cli.run(["check", "it", "--trust", "ca.pem", "--at", AT, "--policy", "p.yaml"]) == expected


def test_a_chain_is_not_told_of_rules_for_crls(check):
    target = check(pem(LEAF, CA))[1]

    assert not [f["rule"] for f in target["findings"] if f["subject"] in {"CRL", "OCSP response"}]


@pytest.mark.parametrize("report", ["sarif", "junit", "html", "markdown", "csv", "terminal"])
def test_every_report_names_the_crl(check, report):
    check(HELD_CRL, "--report", f"{report}=out")

    assert "crl.reasons-public" in Path("out").read_text(encoding="utf-8")


def test_a_saved_observation_of_a_crl_can_be_judged_again(check, capsys):
    code, target = check(HELD_CRL, "--save", "seen.jsonl")
    assert cli.run(["check", "seen.jsonl", "--trust", "ca.pem", "--at", AT, "--report", "json"]) == code == 1
    again = json.loads(capsys.readouterr().out)["targets"][0]
    assert again["findings"] == target["findings"]


@pytest.mark.parametrize(("content", "label"), [(GOOD_CRL, "X509 CRL"), (make_staple(LEAF, CA), "OCSP RESPONSE")])
def test_inspect_shows_it(check, capsys, content, label):
    Path("it").write_bytes(content)
    for form in ("text", "pem"):
        assert cli.run(["inspect", "it", "--trust", "ca.pem", *(["--pem"] if form == "pem" else [])]) == 0
        shown = capsys.readouterr().out
        assert (f"BEGIN {label}" in shown) == (form == "pem")
