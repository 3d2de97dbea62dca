"""The strength of keys of CAs."""

import pytest

from certgate.checks.certificate.key_ca import _strength
from certgate.x509.key import Key


@pytest.mark.parametrize(
    ("key", "bits"),
    [
        (Key(algorithm="RSA", sha256="", bits=3071), 112),
        (Key(algorithm="RSA", sha256="", bits=3072), 128),
        (Key(algorithm="RSASSA-PSS", sha256="", bits=7680), 192),
        (Key(algorithm="RSA", sha256="", bits=15360), 256),
        (Key(algorithm="RSA", sha256="", bits=512), 0),
        (Key(algorithm="EC", sha256="", bits=224), 112),
        (Key(algorithm="EC", sha256="", bits=256), 128),
        (Key(algorithm="EC", sha256="", bits=521), 256),
        (Key(algorithm="Ed25519", sha256=""), 128),
        (Key(algorithm="Ed448", sha256=""), 224),
        (Key(algorithm="ML-DSA-65", sha256=""), 192),
        (Key(algorithm="1.2.3", sha256=""), None),
        (Key(algorithm="RSA", sha256=""), None),
    ],
)
def test_the_strength_of_a_key_is_that_of_the_table(key, bits):
    assert _strength(key) == bits
