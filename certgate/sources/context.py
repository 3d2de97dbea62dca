"""Options that are common to targets: to all, to files, to endpoints."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from certgate.model.proxy import Proxy
from certgate.model.target import ClientFiles, Purpose, Revocation, Role
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.packs import DEFAULT_POLICY
from certgate.policy.references import policy_word, trust_words
from certgate.sources.client_certificates import ClientCertificates
from certgate.sources.local import Supplement

__all__ = ["Context", "Defaults", "FileOptions", "Tell", "defaults"]

T = TypeVar("T")
Tell = Callable[[str], object]
"""Tells people a sentence about what is declared."""


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds for targets that say nothing of their own."""

    policy: str = DEFAULT_POLICY
    trust: tuple[str, ...] = ("mozilla",)
    revocation: Revocation = Revocation.OFF
    expect: str = ""
    starttls: str = ""
    """What is spoken until TLS begins; empty where that is at once."""
    alpn: tuple[str, ...] = ()
    all_addresses: bool = False
    client: ClientFiles | None = None
    proxy: Proxy | None = None


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The command-line options for all files; None and empty where not used."""

    names: tuple[str, ...] = ()
    role: Role | None = None
    purpose: Purpose | None = None
    policy: str | None = None
    trust: tuple[str, ...] = ()
    revocation: Revocation | None = None
    key: str | None = None
    password: bytes | None = field(default=None, repr=False)
    staple: str | None = None
    crls: tuple[str, ...] = ()
    at_given: bool = False
    """Whether it says by which clock to judge."""

    @cached_property
    def supplement(self) -> Supplement:
        """What is given as files beside what is observed."""
        return Supplement(self.staple, self.crls)


@dataclass(kw_only=True)
class Context:
    """All of it, with what declared targets share."""

    defaults: Defaults = Defaults()
    files: FileOptions = FileOptions()
    observing: ObserveOptions = field(default_factory=ObserveOptions)
    clients: ClientCertificates = field(default_factory=ClientCertificates)
    """What `observing` shows to servers."""
    outputs: Container[str] = ()
    """Files that this run writes: what a folder holds of them is no target."""
    tell: Tell = field(default=lambda _: None, repr=False)
    _shared: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def shared(self, make: "Callable[[Context], T]") -> T:
        """What `make` makes of this, which it does once."""
        if make not in self._shared:
            self._shared[make] = make(self)
        found: T = self._shared[make]
        return found


def defaults(policy: str | None, trust: tuple[str, ...], revocation: Revocation | None, own: Defaults) -> Defaults:
    """What the command line says, and `own`, of a file, where it says nothing. Raises UsageError."""
    here = Path()
    return Defaults(
        policy=policy_word(policy, here) if policy else own.policy,
        trust=trust_words(trust, here) or own.trust,
        revocation=revocation or own.revocation,
    )
