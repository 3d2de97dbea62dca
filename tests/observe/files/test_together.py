"""What belongs together in a folder: nothing is left out that is not content of something judged."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from certgate.lab.pki import issue, make_key, pem
from certgate.observe.files.pem import read_blocks
from certgate.observe.files.together import FileGroup, belonging_together

ROOT = issue("Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
OTHER = issue("b.example", issuer=CA, sans=["b.example"])
LOCKED = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
DER_KEY = LEAF.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """`judged({name: content, …})`: the files that are judged, with what belongs to each."""
    monkeypatch.chdir(tmp_path)

    def run(files, password=None):
        for name, content in files.items():
            Path(name).write_bytes(content)
        return belonging_together(sorted(files), password)

    return run


FULL = pem(LEAF, CA)
CERTBOT = {"cert.pem": pem(LEAF), "chain.pem": pem(CA), "fullchain.pem": FULL, "privkey.pem": LEAF.key_pem}
ACME_SH = {"a.example.cer": pem(LEAF), "a.example.key": LEAF.key_pem, "ca.cer": pem(CA), "fullchain.cer": FULL}
LEGO = {"a.example.crt": FULL, "a.example.issuer.crt": pem(CA), "a.example.key": LEAF.key_pem}
MOUNT = {"ca.crt": pem(ROOT), "tls.crt": FULL, "tls.key": LEAF.key_pem}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (CERTBOT, [FileGroup("fullchain.pem", "privkey.pem", ["cert.pem", "chain.pem"])]),
        (ACME_SH, [FileGroup("fullchain.cer", "a.example.key", ["a.example.cer", "ca.cer"])]),
        (LEGO, [FileGroup("a.example.crt", "a.example.key", ["a.example.issuer.crt"])]),
        (MOUNT, [FileGroup("ca.crt", issued="tls.crt"), FileGroup("tls.crt", "tls.key")]),
        (
            MOUNT | {"key.der": DER_KEY, "tls-combined.pem": FULL + LEAF.key_pem},
            [FileGroup("ca.crt", issued="tls-combined.pem"), FileGroup("tls-combined.pem", "", ["key.der", "tls.key"]), FileGroup("tls.crt", "tls.key", ["key.der"])],
        ),
        ({"a.pem": FULL, "a.key": LEAF.key_pem, "b.pem": pem(OTHER, CA), "b.key": OTHER.key_pem}, [FileGroup("a.pem", "a.key"), FileGroup("b.pem", "b.key")]),
        ({"cert.der": LEAF.der, "fullchain.pem": FULL}, [FileGroup("fullchain.pem", "", ["cert.der"])]),
    ],
)  # fmt: skip
def test_a_chain_is_judged_whole_and_with_its_key(judged, files, expected):
    assert judged(files) == expected


def test_a_file_alone_is_judged_as_it_is(judged):
    assert judged({"privkey.pem": LEAF.key_pem}) == [FileGroup("privkey.pem")]
    assert judged({"a.key": LEAF.key_pem}) == []
    assert judged({}) == []


SECOND = pem(LEAF, CA, OTHER)
TWICE = pem(LEAF, CA, CA)
REVERSED = pem(CA, LEAF)


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (SECOND, pem(OTHER)),
        (SECOND, pem(LEAF)),
        (TWICE, pem(LEAF)),
        (REVERSED, pem(LEAF)),
        (pem(LEAF, ROOT), pem(LEAF)),
        (pem(issue("x", issuer=LEAF), LEAF, CA), pem(LEAF)),
        (pem(LEAF, OTHER), pem(OTHER)),
        (FULL, FULL),
        (FULL, pem(OTHER)),
        (FULL, pem(LEAF, OTHER)),
        (FULL, pem(LEAF) + LEAF.key_pem),
        (FULL, pem(LEAF)[:-30]),
        (FULL, pem(LEAF) + b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"),
        (FULL[:-30], pem(LEAF)),
        (pem(LEAF, issue("CA", ca=True)), pem(LEAF)),
        (pem(LEAF, b"\x30\x03\x02\x01\x01"), pem(LEAF)),
    ],
)
def test_what_is_not_surely_a_part_of_one_chain_is_judged(judged, whole, part):
    assert [one.path for one in judged({"a.pem": part, "b.pem": whole})] == ["a.pem", "b.pem"]


def test_the_issuers_may_hold_more_than_the_chain_and_are_judged_as_cas(judged):
    files = {"cert.pem": pem(LEAF), "chain.pem": pem(CA, ROOT)}
    assert judged(files) == [FileGroup("cert.pem"), FileGroup("chain.pem", issued="cert.pem")]
    for other in (pem(ROOT, CA), pem(CA, issue("X", ca=True)), pem(issue("CA", ca=True))):
        assert judged(files | {"chain.pem": other}) == [FileGroup("cert.pem"), FileGroup("chain.pem")]


@pytest.mark.parametrize("password", [None, b"wrong"])
def test_a_locked_key_is_the_only_chains_key_so_that_it_is_not_forgotten(judged, password):
    assert judged(CERTBOT | {"privkey.pem": LOCKED}, password)[0].key == "privkey.pem"


def test_a_locked_key_is_known_by_what_its_pass_phrase_opens(judged):
    files = {"a.pem": FULL, "b.pem": pem(OTHER, CA), "k.pem": LOCKED}
    assert judged(files, b"open sesame") == [FileGroup("a.pem", "k.pem"), FileGroup("b.pem")]
    assert judged(files) == [FileGroup("a.pem"), FileGroup("b.pem"), FileGroup("k.pem")]


def test_a_key_of_the_same_name_is_the_chains_though_it_does_not_fit_so_that_a_rule_says_so(judged):
    files = {
        "a.crt": FULL,
        "a.key": OTHER.key_pem,
        "b.crt": pem(OTHER, CA),
        "b.key": LEAF.key_pem,
        "x.key": make_key_pem(),
    }
    assert judged(files) == [FileGroup("a.crt", "a.key", ["b.key"]), FileGroup("b.crt", "b.key", ["a.key"])]
    assert judged({"tls.crt": FULL, "tls.key": OTHER.key_pem, "right.pem": LEAF.key_pem}) == [
        FileGroup("tls.crt", "tls.key", ["right.pem"])
    ]
    assert judged({"tls.crt": FULL, "tls.key": make_key_pem()}) == [FileGroup("tls.crt", "tls.key")]
    assert judged({"tls.crt": FULL, "tls.key": LEAF.key_pem[:-30]}) == [FileGroup("tls.crt", "tls.key")]


def test_a_key_that_is_no_chains_is_judged_and_so_told(judged):
    other = make_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    files = {"tls.crt": FULL, "tls.key": LEAF.key_pem, "tls.der": other}
    assert judged(files) == [FileGroup("tls.crt", "tls.key"), FileGroup("tls.der")]
    assert judged({"all.pem": FULL + LEAF.key_pem, "k.pem": make_key_pem()}) == [
        FileGroup("all.pem"),
        FileGroup("k.pem"),
    ]


def test_the_key_of_a_ca_is_the_cas(judged):
    files = {"ca.crt": pem(ROOT), "k.pem": ROOT.key_pem, "tls.crt": FULL}
    assert judged(files) == [FileGroup("ca.crt", "k.pem", issued="tls.crt"), FileGroup("tls.crt")]


def make_key_pem():
    return make_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_the_only_key_is_the_only_chains_whatever_its_name(judged):
    assert judged({"fullchain.pem": FULL, "privkey.pem": make_key_pem()}) == [FileGroup("fullchain.pem", "privkey.pem")]


def test_a_key_of_nobody_is_judged_and_so_says_that_it_is_no_certificate(judged):
    files = {"a.pem": FULL, "b.pem": pem(OTHER, CA), "k.pem": make_key_pem(), "l.key": make_key_pem()}
    assert judged(files) == [FileGroup("a.pem"), FileGroup("b.pem"), FileGroup("k.pem")]


def test_a_renewed_leaf_of_the_same_key_shares_it(judged):
    renewed = issue("a.example", issuer=CA, key=LEAF.key, sans=["a.example"])
    files = {"new.pem": pem(renewed, CA), "old.pem": FULL, "privkey.pem": LEAF.key_pem}
    assert judged(files) == [FileGroup("new.pem", "privkey.pem"), FileGroup("old.pem", "privkey.pem")]


CERTIFICATES = (LEAF, OTHER, CA, ROOT)


@given(st.lists(st.lists(st.sampled_from(CERTIFICATES), min_size=1, max_size=4), min_size=2, max_size=5))
@settings(max_examples=60)
def test_every_file_is_judged_or_is_content_of_one_that_is(tmp_path_factory, chains):
    folder = tmp_path_factory.mktemp("any")
    for number, chain in enumerate(chains):
        (folder / f"{number}.pem").write_bytes(pem(*chain))
    paths = [str(folder / f"{number}.pem") for number in range(len(chains))]

    found = belonging_together(paths, None)

    assert sorted([one.path for one in found] + [part for one in found for part in one.parts]) == paths
    for one in found:
        whole = contents(one.path)
        assert all(set(contents(part)) < set(whole) for part in one.parts)
        assert not one.parts or (whole[0] != OTHER.der or LEAF.der not in whole)
        assert not one.parts or (whole[0] != LEAF.der or OTHER.der not in whole)


def contents(path):
    return [block.der for block in read_blocks(Path(path).read_bytes())]
