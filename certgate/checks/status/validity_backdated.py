"""Rule validity.backdated: whether notBefore agrees with the embedded signed certificate timestamps."""

from collections.abc import Iterator
from datetime import timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.model.target import Role
from certgate.x509.sct import embedded_scts

__all__: list[str] = []


@check("validity.backdated", citation="CA/B BR §7.1.2.7", roles=frozenset({Role.SERVER}))
def backdated(subject: IssuedInRole, *, max_hours: int = 48) -> Iterator[Answer]:
    """notBefore lies at most `max_hours` before the newest embedded timestamp, which is no later than the issuance.

    Why: a date that is set back hides when a certificate was really issued, and under which rules.

    Fix: have the CA issue with a notBefore within 48 hours of signing.
    """
    scts = embedded_scts(subject.certificate)
    if scts is None:
        yield NotApplicable("the certificate has no signed certificate timestamps")
        return
    newest = max(sct.timestamp for sct in scts)
    gap = newest - subject.certificate.not_before
    if gap > timedelta(hours=max_hours):
        hours = gap / timedelta(hours=1)
        yield Problem(f"notBefore lies {hours:.1f} hours before the newest timestamp ({newest:%Y-%m-%d %H:%M:%S} UTC)")
