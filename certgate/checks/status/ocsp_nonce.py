"""Rule ocsp.nonce: whether OCSP responses repeat the nonce of the request."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import RevocationEvidence
from certgate.model.evidence import Evidence
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import parse_ocsp_response

__all__ = ["nonce_in"]

_NONCE = "1.3.6.1.5.5.7.48.1.2"


@check("ocsp.nonce", citation="RFC 9654 §2.1", needs=[Need.STATUS])
def nonce(subject: RevocationEvidence) -> Iterator[Answer]:
    """An OCSP response repeats the nonce of the request.

    Why: a response without the nonce may be a replay of an old one.

    Fix: configure the responder to answer nonces, or leave `--ocsp-nonce` out if it serves pre-produced responses.
    """
    responses = [e for e in subject.ocsp_responses if e.nonce and e.content is not None]
    if not responses:
        yield NotApplicable("no response to a request with a nonce")
    for evidence in responses:
        returned = nonce_in(evidence)
        if returned is None:
            yield Problem(f"no nonce in the response of {evidence.source}", key=evidence.source)
        elif returned != evidence.nonce:
            yield Problem(f"wrong nonce in the response of {evidence.source}", key=evidence.source)


def nonce_in(evidence: Evidence) -> bytes | None:
    """The nonce in the response, an OCTET STRING (RFC 9654 §2.1); None if there is no nonce or no response."""
    try:
        extensions = parse_ocsp_response(evidence.content or b"").extensions
    except Malformed:
        return None
    value = next((e.value for e in extensions if e.oid == _NONCE), None)
    return None if value is None else value[2:]
