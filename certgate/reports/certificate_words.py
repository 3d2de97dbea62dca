"""A certificate in a few words, for people: its end, its issuer, its key, its names."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from certgate.model.counted import plural
from certgate.model.published import PUBLISHED_LABELS
from certgate.model.verdict import CertificateSummary, TargetResult
from certgate.reports.escape import cut

__all__ = ["glance", "key_text", "names_text", "time_left"]

_NAMES = 12
_LONGEST_NAME = 160
_LEAST_ISSUER = 8
"""Columns below which a name that is cut short tells nothing."""
_LONGEST_ISSUER = 40
"""Columns of an issuer on a line of its own with the key and the protocol."""


def glance(result: TargetResult, columns: int) -> Sequence[str]:
    """`60 days left (2026-08-14), R11, EC P-256, TLSv1.3`; nothing without a leaf whose dates are known. Foreign text.

    A CRL or an OCSP response on its own is shown as a leaf is.

    The days are those of the certificate of the path that ends first; which one is said if it is not the leaf. If the
    text does not fit into `columns`, the issuer is cut short; if that does not help, there are two texts.
    """
    shown = ("leaf", *PUBLISHED_LABELS.values())
    path = [(c.not_after, c) for c in result.certificates if c.not_after and c.label.startswith((*shown, "issuer"))]
    if not path or path[0][1].label not in shown:
        return ()
    leaf = path[0][1]
    end, first = min(path, key=lambda pair: pair[0])
    which = "" if first.label in shown else f", {first.label}"
    ends = f"{time_left(end, result.clock)} ({end:%Y-%m-%d}{which})"
    versions = dict.fromkeys([o.handshake.version for o in result.observations if o.handshake and not o.vantage.probe])
    others = [key_text(leaf), *versions]
    issuer = leaf.issuer_name
    room = columns - sum(len(f"{word}, ") for word in (ends, *others))
    most = room if room >= _LEAST_ISSUER else _LONGEST_ISSUER
    if len(issuer) > most:
        issuer = f"{issuer[: most - 1]}…"
    rest = ", ".join([word for word in (issuer, *others) if word])
    return (ends, rest) if len(issuer) > room else (f"{ends}, {rest}",)


def time_left(end: datetime, clock: datetime) -> str:
    """The whole days until `end`, hours if there are less than two, then minutes; or `expired`."""
    left = end - clock
    if left < timedelta():
        return "expired"
    units = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)))
    for unit, length in units:
        if left >= 2 * length:
            return f"{plural(left // length, unit)} left"
    return f"{plural(left // timedelta(minutes=1), 'minute')} left"


def key_text(certificate: CertificateSummary) -> str:
    """`RSA 2048`, `EC P-256`, `Ed25519`."""
    has_curve = " " in certificate.key
    return f"{certificate.key} {certificate.key_bits}" if certificate.key_bits and not has_curve else certificate.key


def names_text(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - _NAMES:,} more" if names[_NAMES:] else ""
    return ", ".join(cut(name, _LONGEST_NAME) for name in names[:_NAMES]) + more
