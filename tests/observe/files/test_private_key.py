"""Private keys beside certificates: what is kept of them is their public half."""

import io

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from certgate.lab.pki import issue, make_key, pem
from certgate.model.observation import Observed
from certgate.model.target import FileSource, Target
from certgate.observe.files import unlock
from certgate.observe.files.chain_file import observe_file
from certgate.observe.files.key_material import HOW_TO_UNLOCK
from certgate.observe.saved import SavedObservations

CA = issue("CA", ca=True)
PLAIN = NoEncryption()
LOCKED = BestAvailableEncryption(b"secret")


def spki(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def observe(tmp_path):
    def run(contents, key=None, **options):
        path, key_path = tmp_path / "chain.pem", tmp_path / "key.pem"
        path.write_bytes(contents)
        if key is not None:
            key_path.write_bytes(key)
        source = FileSource(str(path), str(key_path) if key is not None else "")
        return observe_file(Target(id="chain.pem", ordinal=0, source=source), **options)

    return run


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519", "Ed448", "RSA-2048"])
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("encryption", [PLAIN, LOCKED], ids=["plain", "encrypted"])
def test_a_key_in_the_file_gives_its_public_half_whatever_its_form(observe, kind, form, encryption):
    if kind.startswith("Ed") and form is PrivateFormat.TraditionalOpenSSL:
        form = PrivateFormat.PKCS8
    key = make_key(kind)
    leaf = issue("a.example", issuer=CA, key=key)

    observation = observe(pem(leaf, CA) + key.private_bytes(Encoding.PEM, form, encryption), password=b"secret")

    assert (observation.failure, observation.presented) == (None, (leaf.der, CA.der))
    assert (observation.public_key, observation.key_problem) == (spki(key), "")


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_key_in_a_file_of_its_own_wins_over_one_beside_the_chain(observe, encoding):
    key, other = make_key(), make_key()
    inside = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN)

    observation = observe(pem(CA) + inside, key=key.private_bytes(encoding, PrivateFormat.PKCS8, PLAIN))

    assert observation.public_key == spki(key)


KEY = make_key()
PKCS8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN)
ENCRYPTED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, LOCKED)
OLD = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, LOCKED)


@pytest.mark.parametrize(
    ("text", "password", "problem"),
    [
        (ENCRYPTED, None, f"the private key is encrypted: {HOW_TO_UNLOCK}"),
        (OLD, None, f"the private key is encrypted: {HOW_TO_UNLOCK}"),
        (ENCRYPTED, b"wrong", "the pass phrase does not open the private key, or the key is damaged"),
        (OLD, b"wrong", "the pass phrase does not open the private key, or the key is damaged"),
        (PKCS8.replace(PKCS8[-60:-40], b"A" * 20), None, "the private key cannot be read, or its parts do not match"),
        (PKCS8 + PKCS8, None, "there are 2 private keys; keep the one of the certificate"),
        (PKCS8.replace(b"\n", b"\n" + b" " * 40_000, 1), None, "the private key is larger than 32768 bytes"),
    ],
)
def test_a_key_that_cannot_be_read_is_a_problem_that_says_nothing_of_it(observe, text, password, problem):
    observation = observe(pem(CA) + text, password=password)

    assert (observation.failure, observation.presented) == (None, (CA.der,))
    assert (observation.public_key, observation.key_problem) == (None, problem)


def test_an_rsa_key_whose_parts_disagree_is_none(observe):
    from cryptography.hazmat.primitives.asymmetric import rsa

    good = make_key("RSA-2048").private_numbers()
    mixed = rsa.RSAPrivateNumbers(
        good.p, good.q, good.d + 2, good.dmp1 + 2, good.dmq1 + 2, good.iqmp, good.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)

    observation = observe(pem(CA) + mixed.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PLAIN))

    assert observation.key_problem == "the private key cannot be read, or its parts do not match"


def test_a_key_file_without_a_key_and_a_missing_one_are_told(observe, tmp_path):
    assert observe(pem(CA), key=pem(CA)).key_problem == "the key file holds no private key"
    missing = observe_file(
        Target(id="x", ordinal=0, source=FileSource(str(tmp_path / "chain.pem"), str(tmp_path / "nothing.pem")))
    )
    assert "No such file" in missing.failure.detail


def test_a_key_that_takes_too_long_to_open_ends_at_the_limit(observe, monkeypatch):
    monkeypatch.setattr(unlock, "MAX_SECONDS", 0.001)

    observation = observe(pem(CA) + ENCRYPTED, password=b"secret")

    assert observation.public_key is None
    assert "takes longer than" in observation.key_problem


def test_neither_the_key_nor_the_pass_phrase_is_in_what_is_kept(observe):
    observation = observe(pem(CA) + ENCRYPTED, password=b"open sesame")
    opened = observe(pem(CA) + ENCRYPTED, password=b"secret")

    secret = KEY.private_numbers().private_value.to_bytes(32)
    for seen in (observation, opened):
        saved = io.StringIO()
        SavedObservations(saved).observed(Observed(Target(id="chain.pem", ordinal=0, source=FileSource("x")), (seen,)))
        kept = repr(seen).encode("latin-1", "backslashreplace") + saved.getvalue().encode()
        assert b"sesame" not in kept
        assert repr(secret)[2:-1].encode() not in kept
        assert not any(line in kept for line in (ENCRYPTED + PKCS8).splitlines() if len(line) == 64)
