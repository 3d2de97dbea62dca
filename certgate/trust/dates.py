"""Whether a certificate is within its validity, and how far from its ends."""

from datetime import datetime, timedelta

from certgate.x509.certificate import Certificate

__all__ = ["expired", "not_yet_valid", "span"]

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def expired(certificate: Certificate, now: datetime) -> str:
    """How long ago the certificate expired: `expired 12 days ago (2026-11-15)`. Empty if it has not.

    The certificate is still valid at notAfter itself.

    RFC 5280 §4.1.2.5, §6.1.3(a)(2). Raises Malformed if notAfter is unreadable.
    """
    end = certificate.not_after
    if now <= end:
        return ""
    ago = f"{span(now - end)} ago" if now - end >= timedelta(minutes=1) else "just now"
    return f"expired {ago} ({_when(end, now)})"


def not_yet_valid(certificate: Certificate, now: datetime, *, skew_s: int = 0) -> str:
    """When the certificate becomes valid: `is not valid until 2026-11-29, in 2 days`. Empty if it already is.

    `skew_s` is the tolerated clock skew in seconds.

    RFC 5280 §4.1.2.5, §6.1.3(a)(2). Raises Malformed if notBefore is unreadable.
    """
    start = certificate.not_before
    early = start > now + timedelta(seconds=skew_s)
    return f"is not valid until {_when(start, now)}, in {span(start - now)}" if early else ""


def span(length: timedelta) -> str:
    """A duration in the largest unit that fits, rounded down: `6 days`, `1 hour`, `0 seconds`."""
    seconds = int(length.total_seconds())
    unit, size = next((u for u in _UNITS if seconds >= u[1]), _UNITS[-1])
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _when(moment: datetime, now: datetime) -> str:
    """The day, with the time if it is less than a day away."""
    return moment.strftime("%Y-%m-%d" if abs(moment - now) >= timedelta(days=1) else "%Y-%m-%d %H:%M:%S UTC")
