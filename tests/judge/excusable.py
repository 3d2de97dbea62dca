"""A result with findings to excuse."""

from datetime import UTC, datetime

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Observation
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import CertificateSummary, TargetResult, Verdict

NOON = datetime(2027, 4, 1, 12, tzinfo=UTC)
SHORT = Finding(
    rule="key.rsa-min",
    subject="leaf",
    outcome=Outcome.FAIL,
    severity=Severity.ERROR,
    message="RSA 1024 is below 2048 bits",
)
PASSED = Finding(rule="validity.expired", subject="leaf", outcome=Outcome.PASS, severity=Severity.ERROR)
UNSEEN = Finding(
    rule="target.observed", subject="target", outcome=Outcome.NOT_CHECKED, severity=Severity.ERROR, message="refused"
)


def result(*findings, clock=NOON, id="a.example:443"):
    certificates = (
        CertificateSummary(label="leaf", subject="CN=a", serial="4a1b", spki_sha256="ab" * 32),
        CertificateSummary(label="issuer 1", subject="CN=Issuing CA", serial="77", spki_sha256="cd" * 32),
    )
    target = Target(id=id, ordinal=0, source=Endpoint("a.example", 443))
    return TargetResult(
        target=target, verdict=Verdict.VIOLATED, findings=findings, policy="team", stores=(),
        certificates=certificates, clock=clock, observations=(Observation(observed_at=clock),),
    )  # fmt: skip
