"""Where a host is visited instead of where its cluster says."""

from dataclasses import dataclass

__all__ = ["Via"]


@dataclass(frozen=True, slots=True)
class Via:
    """The address, and perhaps the port."""

    address: str
    """An IP address, or a name that is resolved."""
    port: int | None = None
