"""What a CA publishes about revocation: a CRL, or an OCSP response, judged on its own."""

from collections.abc import Mapping
from types import MappingProxyType

from certgate.model.frozen import frozen
from certgate.model.target import Role

__all__ = ["PUBLISHED_LABELS", "Published"]

PUBLISHED_LABELS: Mapping[Role, str] = MappingProxyType({Role.CRL: "CRL", Role.OCSP: "OCSP response"})
"""How findings and reports name it, by its role."""


@frozen(slots=True)
class Published:
    """A CRL (RFC 5280 §5) or an OCSP response (RFC 6960 §4.2.1), as its `role` says: DER."""

    role: Role
    der: bytes

    @property
    def label(self) -> str:
        """How findings and reports name it."""
        return PUBLISHED_LABELS[self.role]

    @property
    def described(self) -> str:
        """The label with its article."""
        return f"{'an' if self.role is Role.OCSP else 'a'} {self.label}"
