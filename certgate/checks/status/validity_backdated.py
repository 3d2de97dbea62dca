"""Rule validity.backdated: whether notBefore agrees with the embedded signed certificate timestamps."""

from collections.abc import Iterator
from datetime import timedelta

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.model.target import Role
from certgate.x509.sct import embedded_scts

__all__: list[str] = []


@check(
    "validity.backdated",
    citation="CA/B BR §7.1.2.7",
    roles=frozenset({Role.SERVER}),
    presumes=[Premise.TIMESTAMPS],
)
def backdated(subject: IssuedInRole, *, max_hours: int = 48) -> Iterator[Answer]:
    """The certificate is not backdated: notBefore is at most `max_hours` hours before the newest SCT.

    The newest SCT is no later than the issuance.

    Why: a backdated certificate hides when it was issued, and under which requirements.

    Fix: configure the CA to set notBefore to at most 48 hours before signing.
    """
    scts = embedded_scts(subject.certificate)
    if scts is None:
        yield NotApplicable("the certificate has no SCTs")
        return
    newest = max(sct.timestamp for sct in scts)
    gap = newest - subject.certificate.not_before
    if gap > timedelta(hours=max_hours):
        hours = gap / timedelta(hours=1)
        sct = f"the newest SCT ({newest:%Y-%m-%d %H:%M:%S} UTC)"
        yield Problem(f"notBefore is {hours:.1f} hours before {sct}, at most {max_hours} allowed")
