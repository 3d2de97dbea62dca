"""Leaves of equal shape below the same issuers have the same answers, of every engine and of certgate."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import CLOCK, Credential, encoded_extension, issue, make_key
from certgate.trust.build import build_paths
from certgate.trust.engines import ENGINES
from certgate.trust.engines.interface import PathQuestion
from certgate.trust.store import TrustStore
from certgate.trust.validation import validate
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import encoded, sequence
from certgate.x509.errors import Malformed
from certgate.x509.purposes import CLIENT_AUTH
from tests.trust.leaves import CA, KEYS, OTHER_KEYS, ROOT, SCTS, leaf, leaves, signed

OTHER_ROOT = issue("Other Root", ca=True, days=3650)
TWIN = issue("CA", issuer=ROOT, ca=True)
IMPOSTOR = issue("CA", issuer=OTHER_ROOT, ca=True)
CONSTRAINED = issue(
    "Constrained CA",
    issuer=ROOT,
    ca=True,
    extensions={x509.NameConstraints: (x509.NameConstraints([x509.DNSName("a.example")], None), True)},
)
BELOW = issue("CA", issuer=CONSTRAINED, ca=True)


def ask(credential: Credential, *others: Credential, to=(ROOT,), now=CLOCK, purposes=("server",)) -> PathQuestion:
    certificates = [parse_certificate(one.der) for one in (credential, *others)]
    store = TrustStore("root", tuple(parse_certificate(one.der) for one in to))
    return PathQuestion(certificates[0], tuple(certificates[1:]), store, now, purposes)


def answers(question: PathQuestion) -> list[object]:
    paths = build_paths(question.presented, question.store).paths
    own = [bool(validate(path, question.now, question.purposes)) for path in paths]
    return [own, *(engine.judge(question) for engine in ENGINES)]


def identifier(octets: bytes):
    return {x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(octets), False)}


def test_leaves_of_equal_shape_have_the_same_answers():
    found = defaultdict(list)
    for der in leaves(300):
        try:
            question = ask(Credential(der, CA.key), CA)
        except Malformed:
            continue
        if question.shape is not None:
            found[question.shape].append(question)

    shared = [questions for questions in found.values() if len(questions) > 1]
    assert sum(map(len, shared)) > 150
    for questions in shared:
        first, *others = map(answers, questions)
        assert all(other == first for other in others)


COMMON_NAME = x509.NameAttribute(NameOID.COMMON_NAME, "a.example")
OF_EQUAL_SHAPE = {
    "another serial number": leaf(serial=77),
    "other dates": leaf(not_before=CLOCK - timedelta(days=3), days=10),
    "another common name": leaf(subject="b-2.example"),
    "another name": leaf(sans=["b.example"]),
    "more names": leaf(sans=["b.example", "c.b.example"]),
    "another key": leaf(key=OTHER_KEYS["P-256"]),
}


@pytest.mark.parametrize("name", OF_EQUAL_SHAPE)
def test_what_differs_among_the_leaves_of_one_issuer_is_no_part_of_their_shape(name):
    shape = ask(leaf(), CA).shape

    assert shape is not None
    assert ask(OF_EQUAL_SHAPE[name], CA).shape == shape


def test_nor_are_key_identifiers_and_timestamps():
    def one(octet: bytes) -> Credential:
        scts = encoded(b"\x04", octet * 9)
        return leaf(extensions=identifier(octet * 20), raw_extensions=[(SCTS, False, scts)])

    shape = ask(one(b"\1"), CA).shape
    assert shape is not None
    assert ask(one(b"\2"), CA).shape == shape


def organisation(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), COMMON_NAME])


UNKNOWN = {x509.UnrecognizedExtension: (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b""), True)}
OF_ANOTHER_SHAPE = {
    "expired": leaf(not_before=CLOCK - timedelta(days=90), days=30),
    "not yet valid": leaf(not_before=CLOCK + timedelta(days=1)),
    "expired within a minute": leaf(not_after=CLOCK + timedelta(seconds=59)),
    "valid for less than a minute": leaf(not_before=CLOCK - timedelta(seconds=59)),
    "with dates as GeneralizedTime": leaf(generalized_end=True),
    "signed with another key": leaf(replace(CA, key=make_key())),
    "signed with another hash": leaf(hash_name="sha384"),
    "that names another hash than it is signed with": leaf(inner_hash="sha384"),
    "for clients": leaf(ekus=[CLIENT_AUTH]),
    "for no purpose": leaf(ekus=[]),
    "with another key usage": leaf(key_usage=["key_encipherment"]),
    "with another policy": leaf(policies=["1.2.3.4"]),
    "a CA": leaf(ca=True),
    "with a critical extension that nobody knows": leaf(extensions=UNKNOWN),
    "with an extension twice": leaf(raw_extensions=[("2.5.29.14", False, b"\4\1\1")] * 2),
    "with an extension that is not critical explicitly": signed(
        sequence(leaf().der)[0].der.replace(bytes.fromhex("0603551d25"), bytes.fromhex("0603551d26"))
    ),
    "with a key identifier that is none": leaf(raw_extensions=[("2.5.29.14", False, b"\5\0")]),
    "with SCTs that are critical": leaf(raw_extensions=[(SCTS, True, b"\4\0")]),
    "without a name": leaf(sans=[]),
    "with a wildcard": leaf(sans=["*.a.example"]),
    "with an address": leaf(sans=["10.0.0.1"]),
    "with an underscore in its name": leaf(sans=["a_b.example"]),
    "with a name of one label": leaf(sans=["localhost"]),
    "with an A-label": leaf(sans=["xn--bcher-kva.example"]),
    "with a mail address": leaf(sans=[x509.RFC822Name("a@a.example")]),
    "of another organisation": leaf(subject=organisation("Another")),
    "with a common name that is no host name": leaf(subject="a b"),
    "with a key of another size": leaf(key=KEYS["P-384"]),
    "with an RSA key": leaf(key=KEYS["RSA-2048"]),
    "with a key of a kind of its own": leaf(key=KEYS["Ed25519"]),
    "with a negative serial number": leaf(serial=-1),
    "with the serial number 0": leaf(serial=0),
    "with a serial number that is too long": leaf(serial=1 << 160),
    "with unique identifiers": leaf(unique_ids=True),
    "of version 1": leaf(version=1),
    "that names another key of its issuer": leaf(
        extensions={x509.AuthorityKeyIdentifier: (x509.AuthorityKeyIdentifier(b"other", None, None), False)}
    ),
    "self-issued": leaf(subject="CA"),
}


@pytest.mark.parametrize("name", OF_ANOTHER_SHAPE)
def test_whatever_else_differs_is_asked_about(name):
    found = OF_ANOTHER_SHAPE[name]
    found = Credential(found, CA.key) if isinstance(found, bytes) else found

    assert ask(found, CA).shape != ask(leaf(), CA).shape


@pytest.mark.parametrize(
    "question",
    [
        ask(leaf(), CA, to=(OTHER_ROOT,)),
        ask(leaf(), CA, to=(ROOT, OTHER_ROOT)),
        ask(leaf(), CA, now=CLOCK + timedelta(minutes=1)),
        ask(leaf(), CA, purposes=("client",)),
        ask(leaf(), CA, purposes=("server", "client")),
        ask(leaf(), CA, OTHER_ROOT),
        ask(leaf(TWIN), TWIN),
        ask(leaf(ROOT), CA),
    ],
    ids=["store", "more anchors", "time", "purpose", "purposes", "beside", "issuer", "root"],
)
def test_the_path_the_time_and_the_purposes_are_part_of_the_shape(question):
    assert question.shape is not None
    assert question.shape != ask(leaf(), CA).shape


PINNED = leaf()


@pytest.mark.parametrize(
    "question",
    [
        ask(leaf(TWIN), TWIN, CA),
        ask(leaf(BELOW), BELOW, CONSTRAINED),
        ask(leaf(CONSTRAINED), CONSTRAINED),
        ask(leaf(CONSTRAINED), to=(CONSTRAINED,)),
        ask(leaf()),
        ask(PINNED, CA, to=(ROOT, PINNED)),
        ask(ROOT, CA),
        ask(leaf(IMPOSTOR), CA),
    ],
    ids=["twins", "constrained", "by its issuer", "by an anchor", "no issuer", "an anchor", "a root", "signature"],
)
def test_a_question_has_no_shape_where_more_than_one_leaf_can_be_told_by_it(question):
    assert question.shape is None


IDENTIFIED = sequence(leaf(extensions=identifier(b"\1" * 20)).der)[0].der


def with_flag(octet: str) -> PathQuestion:
    """A leaf whose key identifier has a flag."""
    short = encoded_extension("2.5.29.14", False, b"\4\x14" + b"\1" * 20)
    long = encoded(b"\x30", bytes.fromhex("0603551d0e0101" + octet) + encoded(b"\x04", b"\4\x14" + b"\1" * 20))
    assert short in IDENTIFIED
    *parts, extensions = sequence(IDENTIFIED)
    odd = b"".join(long if one.der == short else one.der for one in sequence(extensions.content))
    tbs = encoded(b"\x30", b"".join(part.der for part in parts) + encoded(b"\xa3", encoded(b"\x30", odd)))
    return ask(Credential(signed(tbs), CA.key), CA)


def test_an_extension_that_is_ill_formed_leaves_no_shape():
    assert with_flag("ff").shape is not None
    assert with_flag("01").shape is None


def test_an_extension_keeps_its_encoding():
    plain, unusual = ask(Credential(signed(IDENTIFIED), CA.key), CA), with_flag("00")
    assert plain.shape is not None
    assert unusual.shape != plain.shape
    assert answers(unusual) != answers(plain)
