"""The subject of the rule on what an agent gives and an endpoint serves."""

from certgate.model.frozen import frozen
from certgate.x509.certificate import Certificate

__all__ = ["ServedSvid"]


@frozen(slots=True)
class ServedSvid:
    """The leaf, and the SVIDs that an agent gives. Exists only if the target must serve one of these."""

    leaf: Certificate
    agent: str
    """Its socket."""
    given: tuple[Certificate, ...]
    """The leaf of each SVID."""
    problem: str = ""
    """Why there is none; empty if there are some."""

    @property
    def label(self) -> str:
        """How findings name it."""
        return "served SVID"
