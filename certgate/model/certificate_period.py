"""A certificate of a target, and when runs saw it."""

from datetime import datetime

from certgate.model.frozen import changeable
from certgate.model.snapshot import SeenCertificate

__all__ = ["CertificatePeriod", "TargetHistory"]


@changeable(kw_only=True)
class CertificatePeriod:
    """A certificate, from the first to the last run that saw it."""

    certificate: SeenCertificate
    first_seen: datetime
    last_seen: datetime
    runs: int
    same_key: bool | None
    """Whether an earlier certificate has the same key; None for the first one, and if a key is not known."""


@changeable(kw_only=True)
class TargetHistory:
    """The certificates of a target over time, in the order in which they were first seen."""

    target: str
    runs: int = 0
    not_observed: int = 0
    """Runs that have the target, and saw no certificate of it."""
    certificates: list[CertificatePeriod]
