"""File examples: a file with one known fault each, and exactly the expected findings, for what no server shows."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from certgate.lab.pki import Credential
from certgate.lab.scenario import Expected
from certgate.model.frozen import frozen

__all__ = ["FileExample"]


@frozen(kw_only=True)
class FileExample:
    """A file as `certgate check` gets it. Everything in it is good, except for what `title` says."""

    name: str
    title: str
    content: Callable[[], bytes]
    gives: tuple[Expected, ...] = ()
    """Every finding that is a failure, required but not checked, or crashed. Empty: the target is compliant."""
    shows: tuple[str, ...] = ()
    """The rules that it is an example of a pass for."""

    suffix: str = ".pem"
    policy: str = "webpki-public"
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rules, with their keys, that the target's own policy adds to `policy`."""
    role: str = ""
    """The role that the target declares; empty for the default."""
    key: Callable[[], bytes] | None = None
    """The private key that the target declares; None for none."""
    trust: Callable[[], tuple[Credential, ...]]
    """The certificates of the trust store."""

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}{self.suffix}"
