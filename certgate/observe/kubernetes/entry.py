"""One item of a manifest to check."""

from dataclasses import dataclass

from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput

__all__ = ["ManifestEntry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestEntry:
    """A chain or a request in a manifest, or what is plainly meant as one and cannot be read."""

    id: str
    """`namespace/name/key`, of what is there."""
    line: int
    contents: Contents | UnusableInput
    role: Role = Role.SERVER
    role_reason: str = ""
    """Empty where nothing tells the role, so that it is a server's."""
    role_is_fixed: bool = False
    """No other role makes sense, whatever the command line says: the certificates of CAs in a bundle."""
