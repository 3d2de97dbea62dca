"""Where a host is visited instead of where its cluster says."""

from certgate.model.frozen import frozen

__all__ = ["Via"]


@frozen(slots=True)
class Via:
    """The address, and perhaps the port."""

    address: str
    """An IP address, or a name that is resolved."""
    port: int | None = None
