"""The packs for one source each hold what their source asks, and call themselves by nothing that they do not hold."""

import json
import re
from datetime import date, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certgate.cli.main import run
from certgate.lab.pki import CLOCK
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.policy.model import Dated
from certgate.policy.packs import editions_in_force, load_policy, pack_names, read_text, shipped_packs
from certgate.policy.yaml import load_yaml

MOZILLA = {
    "mozilla-modern": (("TLSv1.3",), ("EC",), 90),
    "mozilla-intermediate": (("TLSv1.2", "TLSv1.3"), ("RSA", "EC"), 366),
}
"""tls_versions, certificate_types and maximum_certificate_lifespan of the guidelines 6.0."""
SOUND = ("trust.anchor", "chain.complete", "chain.signature", "chain.issuer-ca", "validity.expired", "key.type")


def rules(name):
    return {rule.id: rule for rule in load_policy(name).rules if rule.is_on}


def values(rule, name):
    value = rule.parameters[name]
    return {v for _, row in value.rows for v in row} if isinstance(value, Dated) else set(value)


def lowered(rule):
    return {word.lower() for word in values(rule, "allowed")}


def newest(name):
    return max(n for n in shipped_packs() if n.startswith(f"{name}@"))


WHOLE = sorted(set(pack_names()) - {"rfc5280-path", "lint"})
"""Packs that judge more than paths, and are meant to be used alone."""


@pytest.mark.parametrize("name", WHOLE)
def test_no_pack_lacks_what_makes_a_chain_sound(name):
    held = rules(name)
    assert {(id, held[id].severity, held[id].required) for id in SOUND} == {(id, Severity.ERROR, True) for id in SOUND}


@pytest.mark.parametrize("name", WHOLE)
def test_no_pack_allows_old_versions_or_suites_without_forward_secrecy(name):
    held = rules(name)
    assert values(held["tls.version"], "allowed") <= {"TLSv1.2", "TLSv1.3"}
    for what in ("version", "cipher", "group"):
        if accepts := held.get(f"tls.accepts-{what}"):
            assert lowered(accepts) == lowered(held[f"tls.{what}"])
    assert all(suite.startswith(("TLS_", "ECDHE-", "DHE-")) for suite in values(held["tls.cipher"], "allowed"))


@pytest.mark.parametrize("name", MOZILLA)
def test_the_mozilla_packs_hold_the_values_of_the_guidelines(name):
    versions, types, days = MOZILLA[name]
    held = rules(name)
    assert held["tls.version"].parameters["allowed"] == versions
    assert held["validity.max-lifetime"].parameters["max_days"] == days
    for id, allowed in (("key.type", types), ("key.curve", ("P-256", "P-384"))):
        assert held[id].on_certificate(None, {Role.SERVER}).parameters["allowed"] == allowed
    assert "RSA" in held["key.type"].on_certificate(None, {Role.ISSUER}).parameters["allowed"]


@pytest.mark.parametrize("name", [name for name in pack_names() if name.startswith("cnsa")])
def test_nothing_that_calls_itself_cnsa_allows_what_cnsa_does_not(name):
    held = rules(name)
    assert values(held["key.type"], "allowed") <= {"RSA", "EC", "ML-DSA-87"}
    assert held["key.rsa-min"].parameters["min_bits"] >= 3072 or "RSA" not in values(held["key.type"], "allowed")
    assert all("AES_256" in s or "AES256" in s for s in values(held["tls.cipher"], "allowed"))
    assert values(held["tls.group"], "allowed") <= {
        "MLKEM1024", "secp384r1", "ffdhe3072", "ffdhe4096"
    }  # fmt: skip
    assert {held[id].severity for id in ("key.type", "sig.hash-min", "tls.cipher", "tls.group")} == {Severity.ERROR}


def test_the_strict_cnsa_pack_is_post_quantum_throughout():
    held = rules("cnsa-2.0-strict")
    assert [held[id].parameters["allowed"] for id in ("key.type", "sig.allowed", "tls.group", "tls.version")] == [
        ("ML-DSA-87",), ("ML-DSA-87",), ("MLKEM1024",), ("TLSv1.3",)
    ]  # fmt: skip


def test_packs_that_demand_a_known_status_are_incomplete_without_one():
    held = {name: rules(name).get("rev.status") for name in pack_names()}
    assert {name for name, rule in held.items() if rule and rule.required} == {"nist-800-52r2", "pci-dss-4"}


def test_packs_whose_source_forbids_to_accept_old_versions_require_an_answer():
    held = {name: rules(name).get("tls.accepts-version") for name in pack_names()}
    assert {name for name, rule in held.items() if rule and rule.required} == {
        "mozilla-intermediate", "mozilla-modern", "nist-800-52r2", "bsi-tr-02102", "pci-dss-4", "cnsa-2.0-strict",
        "cnsa-2.0-transition",
    }  # fmt: skip


ONE_SOURCE = [name for name in pack_names() if name.startswith(("nist", "cnsa", "pci", "bsi", "mozilla"))]
"""Packs that follow one source."""
CITED = r"(NIST SP 800-52r2|PCI DSS|TR-02102-[12] \(2026-01\)|RFC \d+|draft-[a-z0-9-]+-\d\d|Mozilla guidelines 6\.0|certgate's own)[,: §]"


@pytest.mark.parametrize("name", shipped_packs())
def test_a_rule_that_a_pack_holds_off_says_that_its_source_was_not_read(name):
    of_the_past = name in {edition for _, edition in editions_in_force(name.partition("@")[0])}
    reasons = ("source not read: ", "in force since ") if of_the_past else ("source not read: ",)
    assert all(rule.disabled.startswith(reasons) for rule in load_policy(name).rules if rule.disabled)


@pytest.mark.parametrize("name", ONE_SOURCE)
def test_a_pack_that_follows_one_source_cites_it_for_each_value_that_it_sets(name):
    edition = newest(name)
    entries = load_yaml(read_text(shipped_packs()[edition]), edition).value["rules"]
    assert [entry["rule"] for entry in entries if not re.match(CITED, entry.get("note", ""))] == []


@pytest.mark.parametrize("name", shipped_packs())
def test_a_pack_cites_its_sources_and_does_not_quote_them(name):
    assert re.findall("[“”„«»]|\\b(?:MUST|SHALL|SHOULD)\\b", read_text(shipped_packs()[name])) == []


@pytest.mark.parametrize("name", ["nist-800-52r2", "pci-dss-4"])
def test_a_source_without_an_exception_for_short_lived_certificates_gives_none(name):
    assert rules(name)["rev.status"].parameters["short_lived_days"] == 0


def test_what_nist_says_shall_be_is_an_error_and_what_should_be_a_warning():
    held = rules("nist-800-52r2")
    shall = ("tls.version", "tls.cipher", "chain.self-signed-leaf", "key.rsa-min", "rev.pointer", "ocsp.stapled")
    assert {held[id].severity for id in shall} == {Severity.ERROR}
    assert {held[id].severity for id in ("key.curve", "validity.max-lifetime")} == {Severity.WARNING}
    assert held["validity.max-lifetime"].parameters["max_days"] == 1096


def test_bsi_advises_against_pkcs1_v15_from_2026_on():
    rule = rules("bsi-tr-02102")["sig.pkcs1-v15"]
    assert (rule.severity, str(rule.since.by), rule.since.day) == (Severity.WARNING, "clock", date(2026, 1, 1))
    assert {name for name in pack_names() if "sig.pkcs1-v15" in rules(name)} == {"bsi-tr-02102"}


def post_quantum(name, key, signer=None, issuer=None):
    """A leaf, or a CA where there is no `issuer` of another name, with ML-DSA throughout."""
    ca = name != HOST
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer or name)]
    extensions = [
        (x509.BasicConstraints(ca, None), True),
        (x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key((signer or key).public_key()), False),
    ]
    if not ca:
        extensions += [
            (x509.SubjectAlternativeName([x509.DNSName(HOST)]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ]
    builder = (
        x509.CertificateBuilder(*reversed(names), key.public_key(), x509.random_serial_number())
        .not_valid_before(CLOCK - timedelta(days=10))
        .not_valid_after(CLOCK + timedelta(days=1000 if ca else 50))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer or key, None).public_bytes(Encoding.PEM)


HOST = "db.corp.example"


@pytest.mark.parametrize(
    ("kind", "code", "failed"),
    [
        (mldsa.MLDSA87PrivateKey, 0, {"rev.pointer"}),
        (mldsa.MLDSA65PrivateKey, 1, {"rev.pointer", "key.type"}),
    ],
    ids=["ML-DSA-87", "ML-DSA-65"],
)
def test_a_file_with_ml_dsa_87_throughout_is_compliant_by_the_strict_cnsa_pack(tmp_path, capsys, kind, code, failed):
    root, ca, leaf = mldsa.MLDSA87PrivateKey.generate(), mldsa.MLDSA87PrivateKey.generate(), kind.generate()
    (tmp_path / "root.pem").write_bytes(post_quantum("Root", root))
    (tmp_path / "chain.pem").write_bytes(post_quantum(HOST, leaf, ca, "CA") + post_quantum("CA", ca, root, "Root"))
    words = ["--trust", str(tmp_path / "root.pem"), "--name", HOST, "--at", CLOCK.isoformat(), "--report", "json=-"]

    assert run(["check", str(tmp_path / "chain.pem"), "--policy", "cnsa-2.0-strict", *words]) == code

    [target] = json.loads(capsys.readouterr().out)["targets"]
    assert {f["rule"] for f in target["findings"] if f["outcome"] == "fail"} == failed
