"""What values plainly are, and that it takes no text long to be told."""

import time
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from certgate.observe.kubernetes.appearance import Appearance, appearance_of, from_base64
from tests.observe.kubernetes.manifests import LEAF, LEAF_PEM

KEY_DER = LEAF.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PUBLIC_PEM = LEAF.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PGP = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Appearance.EMPTY),
        (b"\xef\xbb\xbf \n", Appearance.EMPTY),
        (LEAF_PEM, Appearance.CERTIFICATES),
        (LEAF.der, Appearance.CERTIFICATES),
        (LEAF.der[:300], Appearance.CERTIFICATES),
        (LEAF_PEM + LEAF.key_pem, Appearance.CERTIFICATES),
        (LEAF_PEM.decode().encode("utf-16"), Appearance.CERTIFICATES),
        (b"\n\0" + LEAF_PEM.decode().encode("utf-16-be"), Appearance.CERTIFICATES),
        (LEAF.key_pem.decode().encode("utf-16"), Appearance.UNKNOWN),
        (b"  " + LEAF_PEM, Appearance.WITHIN),
        (LEAF_PEM.replace(b"\n", b"\\\\n"), Appearance.WITHIN),
        (b"a: " + b64encode(LEAF_PEM), Appearance.WITHIN),
        (b'["' + b64encode(LEAF.der) + b'"]', Appearance.WITHIN),
        (b64encode(LEAF_PEM), Appearance.ENCODED),
        (b64encode(LEAF.der).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"="), Appearance.ENCODED),
        (b64encode(b64encode(b64encode(LEAF_PEM))), Appearance.ENCODED),
        (LEAF.key_pem, Appearance.OTHER),
        (KEY_DER, Appearance.OTHER),
        (PUBLIC_PEM, Appearance.OTHER),
        (PGP, Appearance.OTHER),
        (b64encode(LEAF.key_pem), Appearance.UNKNOWN),
        (b"key: " + b64encode(KEY_DER), Appearance.UNKNOWN),
        (b"hello", Appearance.UNKNOWN),
        (b"0" * 500, Appearance.UNKNOWN),
        (b"speak of -----BEGIN CERTIFICATE----- and go on", Appearance.UNKNOWN),
    ],
)
def test_a_value_is_what_it_plainly_is(data, expected):
    assert appearance_of(data) is expected


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("YQ==", b"a"),
        ("YW\nJj\r\n", b"abc"),
        ("", b""),
        ("YQ =", None),
        ("YQ", None),
        ("Y-_a", None),
        ("YQ==YQ==", None),
        ("é", None),
    ],
)
def test_base64_is_that_of_go(text, data):
    assert from_base64(text) == data


SIZE = 1_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN " + b"CERTIFICATE " * (SIZE // 12),
        b"-----BEGIN CERTIFICATE-----" * (SIZE // 27),
        b"a" + b" " * SIZE + b"!",
        b"a" * SIZE + b"!",
        b"LS0tLS1CRUdJTi" * (SIZE // 14),
        b"MIIA" * (SIZE // 4),
        b"- BEGIN CERT " * (SIZE // 13),
        b"-----BEGIN CERTIFICATE-----" + b"\\n" * (SIZE // 2),
        b"-" * SIZE,
    ],
)
def test_no_text_takes_long(data):
    start = time.process_time()

    appearance_of(data)

    assert time.process_time() - start < 5
