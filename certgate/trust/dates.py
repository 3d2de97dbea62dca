"""Whether a certificate is within its validity, and how far from its ends."""

from datetime import datetime, timedelta

from certgate.x509.certificate import Certificate

__all__ = ["expired", "not_yet_valid", "span"]


def expired(certificate: Certificate, now: datetime) -> str:
    """How long ago the certificate expired; empty if it has not. notAfter itself is still valid.

    RFC 5280 §4.1.2.5, §6.1.3(a)(2). Raises Malformed where notAfter cannot be read.
    """
    end = certificate.not_after
    return f"expired {span(now - end)} ago, on {_when(end)}" if now > end else ""


def not_yet_valid(certificate: Certificate, now: datetime, *, skew_s: int = 0) -> str:
    """How long it takes until the certificate is valid; empty if it is, or will be in `skew_s` seconds.

    RFC 5280 §4.1.2.5, §6.1.3(a)(2). Raises Malformed where notBefore cannot be read.
    """
    start = certificate.not_before
    early = start > now + timedelta(seconds=skew_s)
    return f"not valid before {_when(start)}, {span(start - now)} from now" if early else ""


def span(length: timedelta) -> str:
    """A span in the largest unit that fits, rounded down: `6 days`, `1 hour`, `0 minutes`."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size or unit == "minute":
            count = seconds // size
            break
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
