"""Certificate requests, before they reach the CA."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.checks.framework.subjects import CertificateInRole
from certgate.model.observation import IssuancePlan, Refusal
from certgate.model.target import Role
from certgate.x509.request import CertificateRequest
from tests.checks.tables.row import Table, key, na, problem, row

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
DER = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([]))
    .sign(key(), hashes.SHA256())
    .public_bytes(Encoding.DER)
)
FORGED = DER[:-1] + bytes([DER[-1] ^ 1])


def request(der=DER, *roles, **plan):
    made = CertificateRequest(der, IssuancePlan(**plan) if plan else None)
    return CertificateInRole(made, "request", frozenset({Role.REQUEST, *(roles or (Role.SERVER,))}))


def renewed(lifetime, before):
    return request(duration=lifetime, renew_before=before)


def late(before, least):
    return f"renewal starts {before} before expiry, at least {least} required"


TABLE: Table = {
    "request.signature": (
        row("its own key", request()),
        row("another signature", request(FORGED), "the signature does not verify with the signer's key"),
        row("not signed yet", request(is_drafted=True), na("the request has no signature yet")),
    ),
    "request.renewal": (
        row("7 days before the end of 90", renewed(90 * DAY, 7 * DAY)),
        row("a second less", renewed(90 * DAY, 7 * DAY - SECOND), late("6 days", "7 days")),
        row("a tenth of 10 days", renewed(10 * DAY, DAY)),
        row("a second less than a tenth", renewed(10 * DAY, DAY - SECOND), late("23 hours", "1 day")),
        row("a second after issuance", renewed(90 * DAY, 90 * DAY - SECOND)),
        row("at issuance", renewed(90 * DAY, 90 * DAY), "renewal starts 90 days before expiry, but the lifetime is 90 days"),
        row("a fifth, which the policy asks for", renewed(90 * DAY, 18 * DAY), min_days=30, min_fraction=0.2),
        row("a second less than that", renewed(90 * DAY, 18 * DAY - SECOND), late("17 days", "18 days"), min_days=30, min_fraction=0.2),
        row("never", renewed(90 * DAY, 0 * DAY), "no automatic renewal: renewal.policy is Disabled"),
        row("no plan", request(), na("no renewal is configured")),
    ),
    "request.admission": (
        row("accepted", request(duration=DAY)),
        row("refused", request(refusals=(Refusal("size", "too short"),)), problem("the cluster refuses the resource: too short", key="size")),
        row("no resource", request(), na("no resource of a cluster requests the certificate")),
    ),
    "request.self-signed": (
        row("from a CA", request(duration=DAY)),
        row("a leaf, self-signed", request(self_signed=True), "the certificate would be self-signed: its issuer is selfSigned"),
        row("a CA, self-signed", request(DER, Role.CA, self_signed=True)),
        row("no plan", request(), na("the issuer is not known")),
    ),
}  # fmt: skip
