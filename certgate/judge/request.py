"""What a request comes to: a certificate that is asked for, in the role that it will have."""

from certgate.checks.subjects import CertificateInRole
from certgate.model.observation import Observation
from certgate.model.target import Role
from certgate.model.verdict import CertificateSummary
from certgate.x509.request import CertificateRequest

__all__ = ["read_request", "summary"]


def read_request(observation: Observation, roles: frozenset[Role]) -> CertificateInRole | None:
    """The request as a subject; None where none was observed. Raises Malformed."""
    if observation.request is None:
        return None
    request = CertificateRequest(observation.request, observation.plan)
    return CertificateInRole(request, "request", roles | {Role.REQUEST})


def summary(request: CertificateInRole, observation: Observation) -> CertificateSummary:
    """What reports show of it."""
    return CertificateSummary(
        request.label,
        request.certificate.subject.text,
        sha256="" if observation.plan and observation.plan.is_drafted else request.certificate.sha256,
        line=next(iter(observation.lines), 0),
    )
