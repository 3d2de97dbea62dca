"""The account of a run: every declared target, counted once."""

from certgate.model.frozen import frozen

__all__ = ["Account"]


@frozen(slots=True, kw_only=True)
class Account:
    """Declared targets by state; together they are all that were declared."""

    declared: int = 0
    observed: int = 0
    """Targets with a result, of which something was seen."""
    no_endpoint: int = 0
    """Targets of ranges at which nothing accepts connections; they have no result."""
    failed: int = 0
    """Targets with a result that says why they could not be observed completely."""
    left_out: int = 0
    """Targets that the run leaves out on purpose: by --only or --exclude, or because they need a connection."""

    @property
    def missing(self) -> int:
        """Declared targets of which nothing is known, for any reason; negative if more results came than targets."""
        return self.declared - self.observed - self.no_endpoint - self.failed - self.left_out
