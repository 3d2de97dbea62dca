"""Rules of the family history: whether a certificate was replaced as its owner expects."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Succession
from certgate.trust.dates import span

__all__: list[str] = []

_SAME = NotApplicable("it is still the certificate of the last run")
_NO_DATES = NotChecked("the last run does not tell the dates of the certificate before")
_ATTRIBUTES = re.compile(r"(?:\\.|[^\\,+])+")
"""The attributes of a name as RFC 4514 text."""


@check(
    "history.issuer-changed",
    unshipped="it needs an earlier run (`--history`), which a policy cannot promise",
    citation="certgate: compared with the last run",
)
def issuer_changed(pair: Succession, *, by_organization: bool = True) -> Iterator[Answer]:
    """The certificate is from the issuer from which it was in the last run.

    With `by_organization`, issuers with the same organization (O) are the same, because a CA issues from several
    intermediates in turn. It needs a history (`--history`), and fails in the run that first sees the change.

    Why: a certificate from a CA that nobody ordered from may belong to someone else, who now receives the traffic.

    Fix: find out who requested it. If nobody did, have it revoked and allow only your own CA to issue (a CAA record).
    If the change was planned, the next run passes.
    """
    now, before = pair.leaf.issuer.text, pair.before.issuer
    if not pair.is_replaced or now == before:
        return
    if not before:
        yield NotChecked("the last run could not read the certificate before")
        return
    organizations = _organizations(now)
    if by_organization and organizations and organizations == _organizations(before):
        return
    yield Problem(
        f"issued by {now}, the certificate before by {before}",
        evidence={"issuer": now, "earlier_issuer": before, "last_run": pair.before_at.isoformat()},
    )


@check(
    "history.unexpected-change",
    unshipped="it needs an earlier run (`--history`), which a policy cannot promise",
    citation="certgate: compared with the last run",
)
def unexpected_change(pair: Succession, now: datetime, *, window_fraction: float = 0.5) -> Iterator[Answer]:
    """A certificate is replaced only when its renewal is due.

    Renewal is due when at most `window_fraction` of the lifetime is left. It needs a history (`--history`), and fails
    in the run that first sees the change.

    Why: a certificate that is replaced long before its end was replaced for another reason: a compromised key, a
    revocation, a wrong deployment, or an attacker in the path with a certificate of his own.

    Fix: find out who replaced it, and look for the certificate in CT logs. If the change was planned, the next run
    passes.
    """
    if not pair.is_replaced:
        return
    start, end = pair.before.not_before, pair.before.not_after
    if start is None or end is None:
        yield _NO_DATES
        return
    left, lifetime = end - now, end - start
    if left > lifetime * window_fraction:
        yield Problem(
            f"replaced with {span(left)} of {span(lifetime)} left, expected with at most "
            f"{span(lifetime * window_fraction)}",
            evidence={"earlier_sha256": pair.before.sha256, "last_run": pair.before_at.isoformat()},
        )


@check(
    "history.renewal-late",
    unshipped="it needs an earlier run (`--history`), which a policy cannot promise",
    citation="certgate: compared with the last run",
)
def renewal_late(pair: Succession, *, min_fraction: float = 0.1, min_days: float = 7.0) -> Iterator[Answer]:
    """A certificate is replaced before its end is near.

    The rule fails if the last run still saw a certificate with less than `min_fraction` of its lifetime or `min_days`
    days left, whichever is shorter, and this run sees its successor. It needs a history (`--history`).
    validity.remaining tells of a certificate that is not replaced yet.

    Why: the renewal worked this time, but so late that one failure more would have been an outage.

    Fix: renew earlier (at two thirds of the lifetime), and find out what delayed the renewal or the reload.
    """
    if not pair.is_replaced:
        yield _SAME
        return
    start, end = pair.before.not_before, pair.before.not_after
    if start is None or end is None:
        yield _NO_DATES
        return
    left, lifetime = end - pair.before_at, end - start
    limit = min(lifetime * min_fraction, timedelta(days=min_days))
    if left < limit:
        said = f"with {span(left)} of {span(lifetime)} left" if left >= timedelta() else "although it had expired"
        yield Problem(
            f"the certificate before was still in use on {pair.before_at:%Y-%m-%d} {said}; at least {span(limit)} "
            "expected",
            evidence={"earlier_sha256": pair.before.sha256, "last_run": pair.before_at.isoformat()},
        )


@check(
    "history.key-reused",
    unshipped="it needs an earlier run (`--history`), which a policy cannot promise",
    citation="NIST SP 800-57 Part 1 Rev. 5 §5.3",
)
def key_reused(pair: Succession) -> Iterator[Answer]:
    """A renewed certificate has a new key.

    It needs a history (`--history`), and fails in the run that first sees the renewed certificate.

    Why: a key that is used for longer is exposed for longer: a copy of it remains useful after each renewal.

    Fix: have the client make a new key for each renewal (certbot: leave out `--reuse-key`; cert-manager:
    `privateKey.rotationPolicy: Always`).
    """
    if not pair.is_replaced:
        yield _SAME
    elif not pair.before.spki_sha256:
        yield NotChecked("the last run does not tell the key of the certificate before")
    elif pair.before.spki_sha256 == pair.leaf.key.sha256:
        yield Problem("the key is that of the certificate before", evidence={"earlier_sha256": pair.before.sha256})


def _organizations(name: str) -> frozenset[str]:
    """The values of O in a name as RFC 4514 text, without regard to letter case."""
    found = (attribute.strip() for attribute in _ATTRIBUTES.findall(name))
    return frozenset(one.casefold() for one in found if one.startswith("O="))
