"""The webhook's own certificate is taken up when its files change, and only with its own key."""

from datetime import UTC, datetime

import pytest

from certgate.lab.pki import pem
from certgate.webhook.serving_certificate import ServingCertificate, UnusablePair
from tests.webhook.conftest import LEAF, OTHER


@pytest.fixture
def pair(tmp_path):
    """A pair of files, and what writes them."""
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"

    def write(chain, private):
        certificate.write_bytes(chain)
        key.write_bytes(private)

    write(pem(LEAF), LEAF.key_pem)
    return ServingCertificate(certificate=str(certificate), key=str(key)), write


def test_equal_contents_are_not_loaded_again_and_others_are(pair):
    serving, write = pair
    serving.load()
    write(pem(LEAF), LEAF.key_pem)
    assert serving.renewed() is None
    write(pem(OTHER), OTHER.key_pem)
    assert serving.renewed() is not None
    assert serving.renewed() is None
    assert serving.not_after > datetime(2026, 1, 1, tzinfo=UTC)


def test_a_pair_that_does_not_match_is_refused_once_and_the_next_is_used(pair):
    serving, write = pair
    serving.load()
    write(pem(OTHER), LEAF.key_pem)
    with pytest.raises(UnusablePair, match="expected a PEM chain and its own key"):
        serving.renewed()
    assert serving.renewed() is None
    write(pem(OTHER), OTHER.key_pem)
    assert serving.renewed() is not None


@pytest.mark.parametrize(
    ("chain", "key", "said"),
    [
        (b"foo", LEAF.key_pem, "--tls-cert .*: holds no certificate in PEM"),
        (pem(LEAF), b"foo", "expected a PEM chain and its own key"),
        (LEAF.key_pem, LEAF.key_pem, "holds no certificate"),
        (
            pem(LEAF),
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "not encrypted",
        ),
    ],
    ids=["rubbish", "no key", "no certificate", "encrypted"],
)
def test_what_cannot_be_served_is_refused(pair, chain, key, said):
    serving, write = pair
    write(chain, key)
    with pytest.raises(UnusablePair, match=said):
        serving.load()


def test_a_file_that_is_gone_for_a_moment_is_said_once(pair, tmp_path):
    serving, _ = pair
    serving.load()
    (tmp_path / "tls.key").unlink()
    with pytest.raises(UnusablePair, match=r"--tls-key .*/tls.key cannot be read: No such file"):
        serving.renewed()
    assert serving.renewed() is None


def test_a_pair_that_changes_while_it_is_read_is_not_used(pair, monkeypatch):
    serving, _ = pair
    digests = iter([b"1", b"2"])
    monkeypatch.setattr(ServingCertificate, "_read", lambda _: (next(digests), None))
    with pytest.raises(UnusablePair, match="changed while it was read"):
        serving.load()
