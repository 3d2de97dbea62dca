"""The outer fields of a certificate."""

from cryptography.hazmat import asn1

from certgate.checks.framework.premise import Premise
from tests.checks.tables.row import Table, cert, problem, reworked, row

UNIQUE = asn1.BitString(b"\x01", 0)
NO_TIME = "has the tag 0x5, neither UTCTime nor GeneralizedTime"

TABLE: Table = {
    "cert.version": (
        row("version 3", cert()),
        row("version 1", cert(version=1), problem("version 1, 3 required", denies=Premise.EXTENSIONS)),
        row("version 2", cert(version=2), problem("version 2, 3 required", denies=Premise.EXTENSIONS)),
        row("version 4", cert(version=4), problem("version 4, 3 required", denies=Premise.EXTENSIONS)),
    ),
    "cert.unique-ids": (
        row("neither", cert()),
        row("of the subject", reworked(subject_unique_id=UNIQUE), "issuerUniqueID or subjectUniqueID is present"),
        row("of the issuer", reworked(issuer_unique_id=UNIQUE), "issuerUniqueID or subjectUniqueID is present"),
    ),
    "cert.tbs-sigalg": (
        row("the same twice", cert()),
        row(
            "another outside",
            reworked(signature_algorithm=bytes.fromhex("300a06082a8648ce3d040303")),
            "signatureAlgorithm differs from tbsCertificate.signature",
        ),
    ),
    "cert.form": (
        row("readable fields", cert()),
        row(
            "dates of no type",
            reworked(validity=b"\x30\x04\x05\x00\x05\x00"),
            problem(f"notBefore {NO_TIME}", key="notBefore", denies=Premise.READABLE),
            problem(f"notAfter {NO_TIME}", key="notAfter", denies=Premise.READABLE),
        ),
    ),
}  # fmt: skip
