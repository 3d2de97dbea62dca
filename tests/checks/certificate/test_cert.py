"""The outer fields of a certificate."""

from cryptography.hazmat import asn1

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Problem
from certgate.lab.pki import issue


def test_only_version_3_passes(ask):
    assert ask("cert.version", issue("a.example")) == []
    assert ask("cert.version", issue("a.example", version=1)) == [
        Problem("version 1, 3 required", denies=Premise.EXTENSIONS)
    ]


def test_unique_ids_are_gone(ask, rework):
    assert ask("cert.unique-ids", issue("a.example")) == []
    certificate = rework(issue("a.example"), subject_unique_id=asn1.BitString(b"\x01", 0))
    assert ask("cert.unique-ids", certificate) == [Problem("issuerUniqueID or subjectUniqueID is present")]


def test_both_signature_algorithms_are_the_same(ask, rework):
    assert ask("cert.tbs-sigalg", issue("a.example")) == []
    sha384 = bytes.fromhex("300a06082a8648ce3d040303")
    assert ask("cert.tbs-sigalg", rework(issue("a.example"), signature_algorithm=sha384)) == [
        Problem("signatureAlgorithm differs from tbsCertificate.signature")
    ]
