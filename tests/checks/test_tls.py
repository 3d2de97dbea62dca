"""What was negotiated is held against the policy."""

import pytest

from certgate.checks.registry import Problem
from certgate.checks.subjects import Handshake
from certgate.checks.tls import cipher, version
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("leaf").der)


def handshake(version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256"):
    return Handshake(HandshakeFacts(version, cipher), LEAF)


@pytest.mark.parametrize("name", ["TLSv1.2", "TLSv1.3"])
def test_a_current_version_passes(name):
    assert list(version(handshake(version=name))) == []


@pytest.mark.parametrize("name", ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.4", ""])
def test_any_other_version_fails(name):
    assert list(version(handshake(version=name))) == [Problem(f"{name} was negotiated; allowed: TLSv1.2, TLSv1.3")]


def test_a_policy_can_allow_one_version_alone():
    assert list(version(handshake(version="TLSv1.2"), allowed=("TLSv1.3",))) == [
        Problem("TLSv1.2 was negotiated; allowed: TLSv1.3")
    ]


def test_a_policy_that_allows_nothing_fails_everything():
    assert list(version(handshake(), allowed=())) == [Problem("TLSv1.3 was negotiated; allowed: none")]


@pytest.mark.parametrize(
    "name", ["TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
)
def test_a_suite_with_forward_secrecy_and_authenticated_encryption_passes(name):
    assert list(cipher(handshake(cipher=name))) == []


@pytest.mark.parametrize("name", ["AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256", "NULL-MD5"])
def test_any_other_suite_fails(name):
    assert list(cipher(handshake(cipher=name), allowed=("TLS_AES_128_GCM_SHA256",))) == [
        Problem(f"{name} was negotiated; allowed: TLS_AES_128_GCM_SHA256")
    ]
    assert len(list(cipher(handshake(cipher=name)))) == 1
