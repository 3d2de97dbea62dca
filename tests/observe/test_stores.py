"""Trust stores from files, folders and SPIFFE bundles: whole, or not at all."""

import json
from base64 import b64encode

import pytest

from certgate.lab.pki import Credential, issue, pem
from certgate.model.errors import UsageError
from certgate.observe.stores import load_store
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

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
    with pytest.raises(UsageError, match=r"trust store ca/b\.pem: holds no PEM certificate"):
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
    both = pem(ONE) + pem(TWO).replace(b"CERTIFICATE", label)
    (here / "both.pem").write_bytes(both)
    assert subjects(load_store(("both.pem",))) == ["CN=One", "CN=Two"]
    (here / "both.pem").write_bytes(both[:-40])
    with pytest.raises(UsageError, match=r"both\.pem: a PEM block has no end"):
        load_store(("both.pem",))


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
        (bundle(7), 'key 1: "kty" and "use" must be set'),
        (bundle(key(ONE), {"use": "x509-svid"}), 'key 2: "kty" and "use" must be set'),
        (bundle({"kty": "EC"}), 'key 1: "kty" and "use" must be set'),
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
        (("spiffe://one.example",), "say which file holds the bundle, spiffe://one.example=FILE"),
        (("spiffe://one.example=",), "say which file holds the bundle, spiffe://one.example=FILE"),
        (("spiffe://One.example=one.pem",), "characters other than a-z"),
        (("spiffe://one.example/db=one.pem",), "one.example/db has a path, so it is no trust domain"),
        (
            ("spiffe://one.example=one.pem", "one.pem"),
            "one.pem is no bundle of a SPIFFE trust domain, and bundles go with nothing else; name it spiffe://TRUST-DOMAIN=one.pem",
        ),
    ],
)
def test_a_bundle_that_is_named_wrongly_or_pooled_is_refused(here, words, message):
    (here / "one.pem").write_bytes(pem(ONE))
    with pytest.raises(UsageError) as caught:
        load_store(words)
    assert message in str(caught.value)
