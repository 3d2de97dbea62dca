"""Signatures are verified with the raw key."""

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, padding
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.pki import algorithm_identifier, make_key, sign
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.signature import read_signature_algorithm, verify_signature

FAILED = "the signature does not verify with the signer's key"


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["RSA-2048", "P-256", "P-384"])
def test_a_signature_with_a_hash_holds_over_its_data_and_no_other(kind, hash_name):
    key = make_key(kind)
    algorithm = read_signature_algorithm(algorithm_identifier(key, hash_name))

    signature = sign(key, b"data", hash_name)

    assert algorithm.hash == hash_name
    assert verify_signature(algorithm, key.public_key(), signature, b"data") is None
    assert verify_signature(algorithm, key.public_key(), signature, b"Data") == FAILED


@pytest.mark.parametrize("kind", ["Ed25519", "Ed448"])
def test_a_signature_without_a_hash_holds_over_its_data_and_no_other(kind):
    key = make_key(kind)
    algorithm = read_signature_algorithm(algorithm_identifier(key, "sha256"))

    signature = sign(key, b"data", "sha256")

    assert algorithm.hash is None
    assert verify_signature(algorithm, key.public_key(), signature, b"data") is None
    assert verify_signature(algorithm, key.public_key(), signature, b"Data") == FAILED


@pytest.mark.parametrize("salt", [20, 32, padding.PSS.MAX_LENGTH])
@pytest.mark.parametrize("mask_hash", [hashes.SHA1(), hashes.SHA256()])
def test_pss_is_verified_with_the_parameters_it_names(salt, mask_hash):
    key = make_key("RSA-2048")
    name, day = x509.Name([]), datetime(2026, 1, 1)  # noqa: DTZ001
    native = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day).sign(
        key, hashes.SHA256(), rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    )
    algorithm = read_signature_algorithm(parse_certificate(native.public_bytes(Encoding.DER)).signature_algorithm_der)
    signature = key.sign(b"data", padding.PSS(padding.MGF1(mask_hash), 20), hashes.SHA256())

    right = verify_signature(algorithm, key.public_key(), native.signature, native.tbs_certificate_bytes)
    other = verify_signature(algorithm, key.public_key(), signature, b"data")

    same = salt == 20 and mask_hash.name == "sha256"
    assert (right, other) == (None, None if same else FAILED)


def test_a_dsa_signature_holds_over_its_data_and_no_other():
    key = dsa.generate_private_key(1024)
    algorithm = read_signature_algorithm(bytes.fromhex("300b 0609 608648016503040302"))

    signature = key.sign(b"data", hashes.SHA256())

    assert verify_signature(algorithm, key.public_key(), signature, b"data") is None
    assert verify_signature(algorithm, key.public_key(), signature, b"Data") == FAILED


def test_an_algorithm_of_another_kind_of_key_does_not_hold():
    rsa, ec = make_key("RSA-2048"), make_key("P-256")
    algorithm = read_signature_algorithm(algorithm_identifier(rsa, "sha256"))

    reason = verify_signature(algorithm, ec.public_key(), sign(rsa, b"data", "sha256"), b"data")

    assert reason == "the signature algorithm 1.2.840.113549.1.1.11 does not go with the signer's key"


@pytest.mark.parametrize(
    ("der", "message"),
    [
        (b"", "the signature algorithm cannot be read"),
        (bytes.fromhex("300506032905"), "the signature algorithm cannot be read"),
        (bytes.fromhex("300406022a03"), "the signature algorithm 1.2.3 is not supported"),
        # RSASSA-PSS with a salt of 513 bytes, with trailer field 2, with another mask function
        (
            bytes.fromhex("3013 0609 2a864886f70d01010a 3006 a204 0202 0201"),
            "its RSASSA-PSS parameters are not supported",
        ),
        (bytes.fromhex("3012 0609 2a864886f70d01010a 3005 a303 020102"), "its RSASSA-PSS parameters are not supported"),
        (bytes.fromhex("3019 0609 2a864886f70d01010a 300c a10a 3008 06022a03 3002 0600"), "cannot be read"),
    ],
)
def test_an_unknown_or_unreadable_algorithm_is_malformed(der, message):
    with pytest.raises(Malformed, match=message):
        read_signature_algorithm(der)


@pytest.mark.parametrize(
    "fields",
    [
        "a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120",
        "a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120a303020101",
    ],
    ids=["default left out", "trailerField written out"],
)  # fmt: skip
def test_a_default_that_is_written_out_changes_no_parameters_of_pss(fields):
    parameters = bytes.fromhex(fields)
    body = bytes.fromhex("06092a864886f70d01010a30") + bytes([len(parameters)]) + parameters
    found = read_signature_algorithm(b"\x30" + bytes([len(body)]) + body)
    assert (found.hash, found.pss._salt_length) == ("sha256", 32)
