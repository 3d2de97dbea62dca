"""One item of a manifest to check."""

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.observation import FailureKind
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput

__all__ = ["ManifestEntry"]


@frozen(slots=True, kw_only=True)
class ManifestEntry:
    """A chain or a request in a manifest, or an unreadable value that should be one."""

    id: str
    """`namespace/name/key`, as far as they exist."""
    line: int
    contents: Contents | UnusableInput
    role: Role = Role.SERVER
    role_reason: str = ""
    """Why it has this role; empty for the default role, server."""
    role_is_fixed: bool = False
    """Whether the command line cannot change the role, as for a bundle of CA certificates."""
    kubernetes: KubernetesFacts | None = None
    """What objects say about it."""
    is_meant: bool = False
    """Whether unreadable contents are plainly meant as a certificate or a request, by their name or their form."""

    @property
    def is_rubbish(self) -> bool:
        """Whether it is plainly meant as a certificate or a request, and is none that anybody could read."""
        if not (self.is_meant and isinstance(self.contents, UnusableInput)):
            return False
        return self.contents.failure.kind in {FailureKind.UNREADABLE, FailureKind.NO_CERTIFICATE}
