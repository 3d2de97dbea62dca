"""Dates and numbers from the CA/Browser Forum Baseline Requirements (BR) that several checks use."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from certgate.x509.policy_constraints import ANY_POLICY

__all__ = ["RESERVED_POLICIES", "VALIDITY_CAPS", "days", "midnight", "policy_name"]

VALIDITY_CAPS: tuple[tuple[date, int], ...] = (
    (date(2026, 3, 15), 200),
    (date(2027, 3, 15), 100),
    (date(2029, 3, 15), 47),
)
"""The maximum validity in days of a certificate issued on or after each date; 398 before the first (BR §6.3.2)."""

RESERVED_POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "2.23.140.1.2.1": "domain validated",
        "2.23.140.1.2.2": "organization validated",
        "2.23.140.1.2.3": "individual validated",
        "2.23.140.1.1": "extended validation",
    }
)
"""Reserved certificate policy identifiers (BR §7.1.6.1)."""


def policy_name(oid: str) -> str:
    """A certificate policy, with its name if it is reserved: `domain validated (2.23.140.1.2.1)`."""
    name = RESERVED_POLICIES.get(oid) or ("anyPolicy" if oid == ANY_POLICY else "")
    return f"{name} ({oid})" if name else oid


def days(lifetime: timedelta) -> int:
    """A lifetime in days of 86,400 seconds; any remainder counts as another day (BR §6.3.2)."""
    return -(-lifetime // timedelta(days=1))


def midnight(day: date) -> datetime:
    """The start of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
