"""Post-quantum keys and signatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue


def tlv(tag, content):
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def spki_of(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def mldsa_spki(parameters=b"", last=0x12):
    key = spki_of(mldsa.MLDSA65PrivateKey.generate().public_key())
    algorithm = tlv(0x30, bytes.fromhex(f"06096086480165030403{last:02x}") + parameters)
    return tlv(0x30, algorithm + key[4 + 13 :])


def test_mldsa_as_it_should_be_passes(ask, holding):
    assert ask("pq.mldsa-form", holding(mldsa_spki())) == []
    assert ask("pq.mldsa-form", issue("a.example")) == [NotApplicable("neither the key nor the signature is ML-DSA")]


@pytest.mark.parametrize(
    ("last", "answers"),
    [
        (16, None),
        (17, ["key parameters"]),
        (18, ["key parameters"]),
        (19, ["key parameters"]),
        (20, None),
        (31, None),
        (32, ["key hash"]),
        (33, ["key hash"]),
        (34, ["key hash"]),
        (35, None),
    ],
)
def test_the_three_sizes_of_mldsa_and_of_hashmldsa_are_known(ask, holding, last, answers):
    found = ask("pq.mldsa-form", holding(mldsa_spki(b"\x05\x00", last)))
    none = [NotApplicable("neither the key nor the signature is ML-DSA")]
    assert found == none if answers is None else [p.key for p in found] == answers


def test_mldsa_has_no_parameters_and_no_prehash(ask, holding, rework):
    assert [p.key for p in ask("pq.mldsa-form", holding(mldsa_spki(b"\x05\x00")))] == ["key parameters"]
    assert [p.key for p in ask("pq.mldsa-form", holding(mldsa_spki(last=33)))] == ["key hash"]
    signed = rework(issue("a.example"), signature_algorithm=bytes.fromhex("300b0609608648016503040321"))
    assert ask("pq.mldsa-form", signed) == [
        Problem(
            "the signature is HashML-DSA, which is not allowed",
            key="signature hash",
        )
    ]


def test_mldsa_keys_sign_and_do_nothing_else(ask, rework):
    def used(*bits):
        return rework(issue("a.example", key_usage=bits), spki=mldsa_spki())

    assert ask("pq.mldsa-form", used("digital_signature", "key_cert_sign")) == []
    assert ask("pq.mldsa-form", used()) == []
    assert ask("pq.mldsa-form", used("key_encipherment", "key_agreement")) == [
        Problem("keyUsage has no bit for signing", key="no signing"),
        Problem("keyUsage has keyAgreement", key="keyAgreement"),
        Problem("keyUsage has keyEncipherment", key="keyEncipherment"),
    ]


@pytest.mark.parametrize("last", [1, 2, 3])
def test_an_mlkem_key_cannot_sign(ask, holding, last):
    spki = tlv(0x30, bytes.fromhex(f"300b06096086480165030404{last:02x}") + b"\x03\x02\x00\x00")
    assert ask("pq.mlkem-leaf", holding(spki)) == [Problem("the key is an ML-KEM key, which cannot sign")]
    assert ask("pq.mlkem-leaf", issue("a.example")) == []
