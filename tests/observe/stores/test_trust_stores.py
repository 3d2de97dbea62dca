"""Trust stores from files, folders and SPIFFE bundles: whole, or not at all."""

import json
import os
import re
from base64 import b64encode, encodebytes
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs7, pkcs12

from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.model.bundle_facts import BundleFacts, BundleSource
from certgate.model.errors import UsageError
from certgate.observe.stores.anchor_file import from_file, key_digests
from certgate.observe.stores.trust_stores import load_store, public_keys
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.observe.files.pem_cases import CASES

ONE = issue("One", ca=True, sans=["spiffe://one.example"])
TWO = issue("Two", ca=True, sans=["spiffe://two.example"])
LEAF_OF_ONE = issue("", issuer=ONE, sans=["spiffe://one.example/db"])


def key(*certificates: Credential, **changes) -> dict:
    chain = [b64encode(c.der).decode() for c in certificates]
    return {"kty": "EC", "use": "x509-svid", "crv": "P-256", "x5c": chain} | changes


def bundle(*keys: object) -> str:
    return json.dumps({"keys": keys, "spiffe_sequence": 1, "spiffe_refresh_hint": 3600})


def subjects(store: TrustStore) -> list[str]:
    return [anchor.subject.text for anchor in store.anchors]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_the_union_of_its_pem_files(here):
    (here / "ca" / "deeper").mkdir(parents=True)
    (here / "ca" / "b.pem").write_bytes(pem(ONE))
    (here / "ca" / "a.crt").write_bytes(pem(TWO, ONE))
    (here / "ca" / "README").write_text("no certificate")
    (here / "ca" / "deeper" / "c.pem").write_bytes(pem(LEAF_OF_ONE))
    store = load_store(("ca",))
    assert (store.name, subjects(store), store.bundles) == ("ca", ["CN=Two", "CN=One"], {})


def test_a_folder_whose_one_file_cannot_be_read_is_no_store(here):
    (here / "ca").mkdir()
    (here / "ca" / "a.pem").write_bytes(pem(ONE))
    (here / "ca" / "b.pem").write_text("not a certificate")
    with pytest.raises(UsageError, match=r"trust store ca/b\.pem: holds neither a PEM block nor DER"):
        load_store(("ca",))


def test_a_folder_with_a_link_that_leads_nowhere_is_no_store(here):
    (here / "ca").mkdir()
    (here / "ca" / "a.pem").write_bytes(pem(ONE))
    (here / "ca" / "b.pem").symlink_to("gone.pem")
    with pytest.raises(UsageError, match=r"trust store ca/b\.pem: cannot be read"):
        load_store(("ca",))


def test_the_end_of_a_name_counts_in_either_case(here):
    (here / "ca").mkdir()
    (here / "ca" / "a.PEM").write_bytes(pem(ONE))
    assert subjects(load_store(("ca",))) == ["CN=One"]


@pytest.mark.parametrize("label", [b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"])
def test_no_block_that_openssl_takes_is_passed_over(here, label):
    (here / "both.pem").write_bytes(pem(ONE) + pem(TWO).replace(b"CERTIFICATE", label))
    assert subjects(load_store(("both.pem",))) == ["CN=One", "CN=Two"]


@pytest.mark.parametrize("name", CASES)
def test_a_store_is_read_as_chains_are_and_never_shrinks_in_silence(here, name):
    case = CASES[name]
    (here / "store.pem").write_bytes(case.text)
    if "some servers read" in str(case.ours):  # certgate is the only reader of its trust store
        assert load_store(("store.pem",)).anchors
    elif isinstance(case.ours, int):
        assert len(load_store(("store.pem",)).anchors) == case.ours
    else:
        with pytest.raises(UsageError) as caught:
            load_store(("store.pem",))
        assert str(caught.value).startswith(f"trust store store.pem: line {case.ours}")


@pytest.mark.parametrize("name", CASES)
def test_the_keys_of_a_file_are_those_of_the_store_read_from_it(here, name):
    (here / "store.pem").write_bytes(CASES[name].text)
    try:
        whole = tuple(anchor.key.sha256 for anchor in from_file(Path("store.pem")))
    except UsageError as error:
        with pytest.raises(UsageError, match=f"^{re.escape(str(error))}$"):
            key_digests(Path("store.pem"))
    else:
        assert key_digests(Path("store.pem")) == whole


def armour(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n{encodebytes(der).decode()}-----END {label}-----\n".encode()


def test_what_openssl_notes_beside_a_certificate_may_be_its_name_but_no_purpose(here):
    named, limited, refusing = (
        bytes.fromhex(text) for text in ("30030c0141", "300c300a06082b06010505070301", "300ca00a06082b06010505070301")
    )
    (here / "a.pem").write_bytes(armour("TRUSTED CERTIFICATE", ONE.der + named))
    assert subjects(load_store(("a.pem",))) == ["CN=One"]
    for purposes in (limited, refusing):
        (here / "a.pem").write_bytes(pem(TWO) + armour("TRUSTED CERTIFICATE", ONE.der + purposes))
        line = 1 + pem(TWO).count(b"\n")
        with pytest.raises(UsageError, match=rf"a\.pem: line {line}: the TRUSTED CERTIFICATE block limits its trust"):
            load_store(("a.pem",))


@pytest.mark.parametrize("behind", [b"\0", bytes.fromhex("30030c0141")])
def test_a_certificate_with_something_behind_it_is_none(here, behind):
    (here / "a.pem").write_bytes(armour("CERTIFICATE", ONE.der + behind))
    with pytest.raises(UsageError, match=r"trust store a\.pem: line 1: not a DER certificate"):
        load_store(("a.pem",))


def test_der_is_one_anchor(here):
    (here / "one.der").write_bytes(ONE.der)
    assert subjects(load_store(("one.der",))) == ["CN=One"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            pkcs7.serialize_certificates([ONE.native], Encoding.DER),
            "is a PKCS#7 container; convert it: openssl pkcs7 -inform DER -print_certs -in FILE -out FILE.pem",
        ),
        (
            pem(TWO) + pkcs7.serialize_certificates([ONE.native], Encoding.PEM),
            f"line {1 + pem(TWO).count(chr(10).encode())}: holds a PKCS7 block; convert it: openssl pkcs7 -print_certs -in FILE -out FILE.pem",
        ),
        (
            pkcs12.serialize_key_and_certificates(b"x", ONE.key, ONE.native, None, NoEncryption()),
            "is a PKCS#12 container; convert it: openssl pkcs12 -nokeys -in FILE -out FILE.pem",
        ),
        (
            b"\xfe\xed\xfe\xed\0\0\0\2",
            "is a Java key store; convert it: keytool -list -rfc -keystore FILE > FILE.pem",
        ),
        (
            pem(ONE).decode().encode("utf-16"),
            "is UTF-16 text; convert it: iconv -f UTF-16 -t ASCII FILE > FILE.pem",
        ),
        (b"\x30\x03\x0a\x01\x03", "holds only an OCSP response, no certificate"),
        (b"\x30\x03\x02\x01\x00", "holds only a private key, no certificate"),
        (ONE.key_pem, "holds only a PRIVATE KEY block, no certificate"),
        (b"\n", "is empty"),
        (b"hello", "holds neither a PEM block nor DER"),
        (b"{}", 'a SPIFFE bundle is a JSON object with a list of "keys"'),
    ],
)
def test_another_format_is_named_with_the_command_that_converts_it(here, content, message):
    (here / "store").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_store(("store",))
    assert str(caught.value) == f"trust store store: {message}"


def test_a_folder_without_certificates_is_no_store(here):
    (here / "ca").mkdir()
    with pytest.raises(UsageError, match=r"trust store ca: is a folder without a file \*\.pem, \*\.crt or \*\.cer"):
        load_store(("ca",))


def test_bundles_are_kept_apart_by_trust_domain(here):
    (here / "one.json").write_text(bundle(key(ONE), {"kty": "EC", "use": "jwt-svid", "kid": "x"}, key(use="other")))
    (here / "two.pem").write_bytes(pem(TWO))
    store = load_store(("spiffe://one.example=one.json", "spiffe://two.example=two.pem"))
    assert subjects(store) == ["CN=One", "CN=Two"]
    assert {domain: subjects(bundle) for domain, bundle in store.bundles.items()} == {
        "one.example": ["CN=One"],
        "two.example": ["CN=Two"],
    }


def test_a_bundle_says_where_it_is_from_and_what_it_says_of_itself(here):
    (here / "one.json").write_text(bundle(key(ONE), key(TWO)))
    os.utime(here / "one.json", (1_700_000_000, 1_700_000_000))
    (facts,) = load_store(("spiffe://one.example=one.json",)).origins
    assert replace(facts, obtained_at=CLOCK) == BundleFacts(
        trust_domain="one.example",
        source=BundleSource.FILE,
        location="one.json",
        obtained_at=CLOCK,
        written_at=datetime.fromtimestamp(1_700_000_000, UTC),
        sequence=1,
        refresh_hint=3600,
        authorities=tuple(sorted(parse_certificate(c.der).sha256 for c in (ONE, TWO))),
    )


def test_a_bundle_that_is_named_as_a_plain_store_is_one(here):
    (here / "one.json").write_text(bundle(key(ONE)))
    (here / "two.pem").write_bytes(pem(TWO))
    store = load_store(("one.json", "two.pem"))
    assert subjects(store) == ["CN=One", "CN=Two"]
    assert [(facts.trust_domain, facts.sequence) for facts in store.origins] == [("", 1)]
    assert store.for_leaf(parse_certificate(LEAF_OF_ONE.der)) is store


def test_a_key_without_a_use_is_ignored_as_one_with_an_unknown_use(here):
    (here / "one.json").write_text(bundle({"kty": "EC"}, {}, key(use=7), key(ONE)))
    assert subjects(load_store(("spiffe://one.example=one.json",))) == ["CN=One"]


def test_a_key_of_an_unknown_type_is_ignored(here):
    (here / "one.json").write_text(bundle(key(TWO, kty="XYZ"), key(ONE, kty="OKP")))
    assert subjects(load_store(("spiffe://one.example=one.json",))) == ["CN=One"]
    (here / "one.json").write_text(bundle(key(ONE, kty="XYZ")))
    with pytest.raises(UsageError, match="no SVID of its trust domain is trusted"):
        load_store(("spiffe://one.example=one.json",))


def test_two_bundles_of_one_trust_domain_are_one(here):
    (here / "one.json").write_text(bundle(key(ONE)))
    (here / "next.json").write_text(bundle(key(TWO)))
    store = load_store(("spiffe://one.example=one.json", "spiffe://one.example=next.json"))
    assert subjects(store.bundles["one.example"]) == ["CN=One", "CN=Two"]


def test_the_digest_tells_whose_bundle_it_is(here):
    (here / "one.pem").write_bytes(pem(ONE))
    plain, one, two = (load_store((word,)) for word in ("one.pem", "spiffe://a=one.pem", "spiffe://b=one.pem"))
    assert len({plain.sha256, one.sha256, two.sha256}) == 3


def test_only_the_bundle_of_its_own_trust_domain_trusts_a_leaf(here):
    (here / "one.pem").write_bytes(pem(ONE))
    (here / "two.pem").write_bytes(pem(TWO))
    store = load_store(("spiffe://one.example=one.pem", "spiffe://two.example=two.pem"))

    def trusting(*uris: str) -> list[str]:
        return subjects(store.for_leaf(parse_certificate(issue("", issuer=ONE, sans=uris).der)))

    assert trusting("spiffe://one.example/db") == ["CN=One"]
    assert trusting("spiffe://ONE.example/db") == ["CN=One"]
    assert trusting("spiffe://three.example/db") == []
    assert trusting("https://one.example/db") == []
    assert trusting("spiffe://one.example/db", "spiffe://two.example/db") == []
    unreadable = issue("a", issuer=ONE, raw_extensions=[("2.5.29.17", False, b"\x05\x00")])
    assert subjects(store.for_leaf(parse_certificate(unreadable.der))) == []


def test_a_plain_store_trusts_every_leaf(here):
    (here / "one.pem").write_bytes(pem(ONE))
    store = load_store(("one.pem",))
    assert store.for_leaf(parse_certificate(LEAF_OF_ONE.der)) is store


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not JSON (line 1, column 2)"),
        ("{" * 100_000, "is not JSON"),
        ('{"a": ' * 100_000, "is nested too deeply"),
        ("{}", 'a SPIFFE bundle is a JSON object with a list of "keys"'),
        ('{"keys": null}', 'a SPIFFE bundle is a JSON object with a list of "keys"'),
        ('{"keys": []}', 'holds no key with "use": "x509-svid", so no SVID of its trust domain is trusted'),
        (bundle(key(use="jwt-svid")), 'holds no key with "use": "x509-svid"'),
        (bundle(7), "key 1 is not an object"),
        (bundle(key(ONE), {"use": "x509-svid"}), 'key 2: "kty" must be set'),
        (bundle({"kty": "EC"}), 'holds no key with "use": "x509-svid"'),
        ('{"keys": [], "keys": []}', "has the key 'keys' twice in one object"),
        (bundle(*[{}] * 1001), "has 1,001 keys, more than the limit of 1,000"),
        (bundle(key(ONE)).replace(": 3600", ": -1"), '"spiffe_refresh_hint" must be a whole number'),
        (bundle(key(ONE)).replace('sequence": 1', 'sequence": true'), '"spiffe_sequence" must be a whole number'),
        (bundle(key(ONE)).replace('sequence": 1', f'sequence": {2**64}'), '"spiffe_sequence" must be a whole number'),
        (bundle({"kty": "EC", "use": "x509-svid"}), 'key 1: "x5c" must hold exactly one certificate'),
        (bundle(key()), 'key 1: "x5c" must hold exactly one certificate'),
        (bundle(key(ONE, TWO)), 'key 1: "x5c" must hold exactly one certificate'),
        (bundle(key(x5c=[5])), 'key 1: "x5c" must hold exactly one certificate'),
        (bundle(key(ONE, kid="x")), 'key 1: a key for X.509-SVIDs has no "kid"'),
        (bundle(key(x5c=["%%"])), 'key 1: the certificate in "x5c" cannot be read'),
        (bundle(key(x5c=["é"])), 'key 1: the certificate in "x5c" cannot be read'),
        (bundle(key(x5c=["MAA="])), 'key 1: the certificate in "x5c" cannot be read'),
    ],
)
def test_a_bundle_that_breaks_the_standard_is_no_store(here, content, message):
    if content is not None:
        (here / "b.json").write_text(content)
    with pytest.raises(UsageError) as caught:
        load_store(("spiffe://one.example=b.json",))
    assert str(caught.value).startswith("trust store b.json: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("spiffe://one.example",), "name the file with the bundle: spiffe://one.example=FILE"),
        (("spiffe://one.example=",), "or its bundle endpoint: spiffe://one.example=https://HOST/PATH"),
        (("spiffe://One.example=one.pem",), "characters other than a-z"),
        (("spiffe://one.example/db=one.pem",), "one.example/db has a path, so it is not a trust domain"),
        (
            ("spiffe://one.example=one.pem", "one.pem"),
            "one.pem is not the bundle of a SPIFFE trust domain, and other stores cannot be mixed with bundles; name it spiffe://TRUST-DOMAIN=one.pem",
        ),
    ],
)
def test_a_bundle_that_is_named_wrongly_or_pooled_is_refused(here, words, message):
    (here / "one.pem").write_bytes(pem(ONE))
    with pytest.raises(UsageError) as caught:
        load_store(words)
    assert message in str(caught.value)


def test_the_keys_of_the_public_cas_are_those_of_the_anchors_that_are_read_whole():
    assert public_keys() == tuple(anchor.key.sha256 for anchor in load_store(("mozilla",)).anchors)
