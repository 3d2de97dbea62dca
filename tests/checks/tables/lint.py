"""What pkilint finds; without it, its rules cannot run."""

from certgate.lab.chain import make_chain
from certgate.lab.scenarios.lint import SCENARIOS
from certgate.model.finding import Severity
from tests.checks.tables.row import Table, problem, row

GOOD = SCENARIOS[0]


def leaf(**changes):
    """The leaf in which pkilint finds nothing, with changes."""
    return lambda: make_chain(GOOD.host, {**GOOD.leaf, **changes}, GOOD.issuers, "public").leaf


def found(code, at, text="", **evidence):
    message = f"{code}: {text}" if text else code
    return problem(message, key=code, severity=Severity.ERROR, evidence={"code": code, "at": at} | evidence)


USAGE = "certificate.tbsCertificate.extensions.1.extnValue.keyUsage"
SIGNING = leaf(key_usage=("digital_signature", "key_cert_sign"))

TABLE: Table = {
    "lint.cabf": (
        row("a good leaf", leaf()),
        row("a leaf that may sign", SIGNING, found("cabf.serverauth.subscriber_prohibited_ku_present", USAGE, "Prohibited KU present: keyCertSign", source="Validates that the content of the key usage extension conforms with BR 7.1.2.7.11.")),
        row("a leaf that may sign, which the policy accepts", SIGNING, accepted=("cabf.serverauth.subscriber_prohibited_ku_present",)),
    ),
    "lint.pkix": (
        row("a good leaf", leaf()),
        row("a leaf that may sign", SIGNING, found("pkix.ee_certificate_keycertsign_keyusage_set", USAGE)),
    ),
}  # fmt: skip
