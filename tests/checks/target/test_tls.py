"""What was negotiated is held against the policy."""

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import Handshake
from certgate.checks.target.tls import cipher, group, version
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("leaf").der)


def handshake(version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", group=None):
    return Handshake(HandshakeFacts(version, cipher, group), LEAF)


@pytest.mark.parametrize("name", ["TLSv1.2", "TLSv1.3"])
def test_a_current_version_passes(name):
    assert list(version(handshake(version=name))) == []


@pytest.mark.parametrize("name", ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.4", ""])
def test_any_other_version_fails(name):
    assert list(version(handshake(version=name))) == [Problem(f"{name} negotiated, only TLSv1.2, TLSv1.3 allowed")]


def test_a_policy_can_allow_one_version_alone():
    assert list(version(handshake(version="TLSv1.2"), allowed=("TLSv1.3",))) == [
        Problem("TLSv1.2 negotiated, only TLSv1.3 allowed")
    ]


def test_a_policy_that_allows_nothing_fails_everything():
    assert list(version(handshake(), allowed=())) == [Problem("TLSv1.3 negotiated, only none allowed")]


@pytest.mark.parametrize(
    "name", ["TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
)
def test_a_suite_with_forward_secrecy_and_authenticated_encryption_passes(name):
    assert list(cipher(handshake(cipher=name))) == []


@pytest.mark.parametrize("name", ["AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256", "NULL-MD5"])
def test_any_other_suite_fails(name):
    assert list(cipher(handshake(cipher=name), allowed=("TLS_AES_128_GCM_SHA256",))) == [
        Problem(f"{name} negotiated, only TLS_AES_128_GCM_SHA256 allowed", cause="tls.version")
    ]
    assert len(list(cipher(handshake(cipher=name)))) == 1


@pytest.mark.parametrize("name", ["X25519MLKEM768", "x25519", "X25519", "secp256r1", "secp384r1"])
def test_an_allowed_group_passes_in_either_case(name):
    assert list(group(handshake(group=name))) == []


@pytest.mark.parametrize("name", ["secp521r1", "MLKEM1024", "ffdhe2048", ""])
def test_any_other_group_fails(name):
    assert list(group(handshake(group=name), allowed=("secp384r1",))) == [
        Problem(f"{name} negotiated, only secp384r1 allowed")
    ]
    assert len(list(group(handshake(group=name)))) == 1


def test_a_handshake_of_tls_1_2_may_do_without_a_group_and_one_of_tls_1_3_may_not():
    old = handshake(version="TLSv1.2", cipher="DHE-RSA-AES128-GCM-SHA256")
    assert list(group(old)) == [NotApplicable("DHE-RSA-AES128-GCM-SHA256 uses no group")]
    assert list(group(handshake())) == [NotChecked("the group is not known")]
