"""PKCS#7 and PKCS#12: sets, in which the leaf is found by what it is."""

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from certgate.lab.pki import issue
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.target import FileSource, Target
from certgate.observe.files import unlock
from certgate.observe.files.chain_file import MAX_CERTIFICATES, observe_file

ROOT = issue("Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
OTHER = issue("b.example", issuer=CA, sans=["b.example"])


def spki(credential):
    return credential.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def store(leaf, *others, key=LEAF.key, password=b"secret"):
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    natives = [other.native for other in others]
    return pkcs12.serialize_key_and_certificates(b"x", key, leaf and leaf.native, natives, encryption)


@pytest.fixture
def observe(tmp_path):
    def run(contents, **options):
        path = tmp_path / "input"
        path.write_bytes(contents)
        return observe_file(Target(id="input", ordinal=0, source=FileSource(str(path))), **options)

    return run


@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("order", [(ROOT, CA, LEAF), (CA, LEAF, ROOT), (LEAF, ROOT, CA)])
def test_the_leaf_of_a_pkcs7_container_is_the_one_that_issued_nobody(observe, form, order):
    observation = observe(pkcs7.serialize_certificates([c.native for c in order], form))

    assert observation.failure is None
    assert observation.container == "PKCS#7"
    assert observation.presented[0] == LEAF.der
    assert set(observation.presented) == {LEAF.der, CA.der, ROOT.der}
    assert (observation.public_key, observation.key_problem) == (None, "")


def test_two_leaves_in_one_container_cannot_be_told_apart(observe):
    observation = observe(pkcs7.serialize_certificates([LEAF.native, OTHER.native, CA.native], Encoding.DER))

    assert observation.presented == ()
    assert observation.failure.kind is FailureKind.UNREADABLE
    assert "2 of them issued none of the others; write one container per chain" in observation.failure.detail


def test_an_unrelated_ca_is_not_taken_for_the_leaf(observe):
    stranger = issue("Stranger", ca=True)

    observation = observe(pkcs7.serialize_certificates([stranger.native, CA.native, LEAF.native], Encoding.DER))

    assert observation.presented[0] == LEAF.der


def test_a_renewed_root_beside_the_old_one_does_not_hide_the_leaf(observe):
    again = issue("Root", ca=True, key=ROOT.key, days=4000)

    observation = observe(
        pkcs7.serialize_certificates([again.native, ROOT.native, CA.native, LEAF.native], Encoding.DER)
    )

    assert observation.presented[0] == LEAF.der


def test_as_many_certificates_as_the_limit_are_read_and_one_more_is_not(observe):
    many = [issue(f"{n}.example", issuer=CA).native for n in range(MAX_CERTIFICATES)]

    below = observe(pkcs7.serialize_certificates([CA.native, *many[1:]], Encoding.DER))
    above = observe(pkcs7.serialize_certificates([CA.native, *many], Encoding.DER))

    assert below.failure.kind is FailureKind.UNREADABLE
    assert above.failure.kind is FailureKind.LIMIT


def test_a_damaged_pkcs7_container_is_unreadable(observe):
    contents = pkcs7.serialize_certificates([LEAF.native], Encoding.DER)

    assert observe(contents[:-20]).failure.kind is FailureKind.UNREADABLE


def test_the_leaf_of_a_pkcs12_container_is_the_one_whose_key_is_there(observe):
    observation = observe(store(LEAF, ROOT, OTHER, CA), password=b"secret")

    assert observation.failure is None
    assert observation.container == "PKCS#12"
    assert observation.presented[0] == LEAF.der
    assert set(observation.presented) == {c.der for c in (LEAF, ROOT, OTHER, CA)}
    assert observation.public_key == spki(LEAF)


def test_a_pkcs12_container_without_a_pass_phrase_needs_none(observe):
    assert observe(store(LEAF, CA, password=None)).presented == (LEAF.der, CA.der)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        (None, "the PKCS#12 container is encrypted, or damaged: give its pass phrase with --password-file"),
        (b"wrong", "the pass phrase does not open the PKCS#12 container"),
        (b"", "the pass phrase does not open the PKCS#12 container"),
    ],
)
def test_a_pass_phrase_that_is_missing_or_wrong_is_told_and_never_shown(observe, password, said):
    observation = observe(store(LEAF, CA), password=password)

    assert observation.presented == ()
    assert observation.failure.kind is FailureKind.LOCKED
    assert observation.failure.detail.startswith(said)
    assert "wrong" not in repr(observation)
    assert "secret" not in repr(observation)


def test_a_container_that_takes_too_long_to_open_ends_at_the_limit(observe, monkeypatch):
    monkeypatch.setattr(unlock, "MAX_SECONDS", 0.001)

    observation = observe(store(LEAF, CA), password=b"secret")

    assert (observation.presented, observation.failure.kind) == ((), FailureKind.LIMIT)


def test_a_container_without_a_certificate_says_so(observe):
    observation = observe(store(None), password=b"secret")

    assert observation.failure == Failure(
        FailureKind.NO_CERTIFICATE, Phase.READ, "the PKCS#12 container holds no certificate"
    )
