"""The names and numbers of TLS."""

import ssl

import pytest

from certgate.model.tls_names import (
    CIPHERS,
    EPHEMERAL_SUITES,
    GROUPS,
    GROUPS_OF_TLS_1_2,
    GROUPS_OF_TLS_1_3,
    SUITES_OF_TLS_1_2,
    SUITES_OF_TLS_1_3,
    cipher_name,
    group_name,
    group_number,
)

SIGNALS = {0x00FF, 0x5600}
"""Numbers in a list of suites that ask for no suite (RFC 5746, RFC 7507)."""


def test_openssl_calls_every_suite_that_it_has_the_same():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    theirs = {int(cipher["id"]) & 0xFFFF: cipher["name"] for cipher in context.get_ciphers()}

    assert len(theirs) > 100
    assert {number: CIPHERS.get(number) for number in theirs} == theirs


def test_every_suite_has_a_name_of_its_own_and_none_is_a_signal():
    assert len(set(CIPHERS.values())) == len(CIPHERS) > 350
    assert SIGNALS & CIPHERS.keys() == set()
    assert {*SUITES_OF_TLS_1_2, *SUITES_OF_TLS_1_3} == set(CIPHERS)
    assert {CIPHERS[number][:4] for number in SUITES_OF_TLS_1_3} == {"TLS_"}


@pytest.mark.parametrize(
    ("number", "is_ephemeral"), [(0xC02F, True), (0xC02B, True), (0xC018, True), (0x009E, False), (0xC035, False)]
)
def test_a_suite_is_ephemeral_if_the_server_names_a_group_and_needs_no_shared_secret(number, is_ephemeral):
    assert (number in EPHEMERAL_SUITES) is is_ephemeral


def test_the_curves_of_each_version_are_known_by_their_own_numbers():
    assert group_number("secp256r1") in {*GROUPS_OF_TLS_1_2} & {*GROUPS_OF_TLS_1_3}
    assert [group_number(name) in GROUPS_OF_TLS_1_3 for name in ("brainpoolP256r1", "brainpoolP256r1tls13")] == [
        False,
        True,
    ]
    assert [group_number(name) in GROUPS_OF_TLS_1_2 for name in ("brainpoolP256r1", "brainpoolP256r1tls13")] == [
        True,
        False,
    ]
    assert {*GROUPS_OF_TLS_1_2, *GROUPS_OF_TLS_1_3} == set(GROUPS)


def test_names_of_groups_are_known_in_upper_and_lower_case_and_unknown_numbers_are_shown():
    assert group_number("X25519") == group_number("x25519") == 0x1D
    assert group_number("P-256") is None
    assert (group_name(0x1D), group_name(0xFAFA), cipher_name(0xFAFA)) == ("x25519", "0xFAFA", "0xFAFA")
