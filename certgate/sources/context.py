"""Options that are common to targets: to all, to files, to endpoints."""

from collections.abc import Callable, Container, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from certgate.model.frozen import changeable, frozen
from certgate.model.mutual_tls import MutualTls
from certgate.model.peers import Peers
from certgate.model.proxy import Proxy
from certgate.model.target import ClientSource, Purpose, Revocation, Role
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.packs import DEFAULT_POLICY
from certgate.policy.references import policy_word, trust_words
from certgate.sources.client_certificates import ClientCertificates
from certgate.sources.cluster_options import ClusterOptions
from certgate.sources.local import Supplement
from certgate.sources.positions import Positions

__all__ = ["Context", "Defaults", "FileOptions", "Tell", "defaults"]

T = TypeVar("T")
Tell = Callable[[str], object]
"""Shows the user a sentence about the declared targets."""


@frozen(kw_only=True)
class Defaults:
    """Values for targets that do not set their own."""

    policy: str = DEFAULT_POLICY
    trust: tuple[str, ...] = ("mozilla",)
    revocation: Revocation = Revocation.OFF
    expect: str = ""
    peers: tuple[Peers, ...] | None = None
    """Who may call whom; None if that is not declared."""
    starttls: str = ""
    """The STARTTLS protocol; empty for implicit TLS."""
    alpn: tuple[str, ...] = ()
    all_addresses: bool = False
    no_probes: bool = False
    client: ClientSource | None = None
    mtls: MutualTls | None = None
    proxy: Proxy | None = None


@frozen(kw_only=True)
class FileOptions:
    """The command-line options for all files; None and empty if not used."""

    names: tuple[str, ...] = ()
    role: Role | None = None
    purpose: Purpose | None = None
    policy: str | None = None
    trust: tuple[str, ...] = ()
    revocation: Revocation | None = None
    key: str | None = None
    bundle: str | None = None
    """The file with the SPIFFE bundle that was delivered with the leaf."""
    password: bytes | None = field(default=None, repr=False)
    staple: str | None = None
    crls: tuple[str, ...] = ()
    at_given: bool = False
    """Whether --at is set."""

    @cached_property
    def supplement(self) -> Supplement:
        """The evidence files to add to the observations."""
        return Supplement(self.staple, self.crls)


@changeable(kw_only=True)
class Context:
    """Defaults and options of a run, and the objects that declared targets share."""

    defaults: Defaults = field(default_factory=Defaults)
    files: FileOptions = field(default_factory=FileOptions)
    observing: ObserveOptions = field(default_factory=ObserveOptions)
    cluster: ClusterOptions = field(default_factory=ClusterOptions)
    """How clusters are read in this run."""
    clients: ClientCertificates = field(default_factory=ClientCertificates)
    """Client certificates for `observing`."""
    outputs: Container[str] = ()
    """Files that this run writes: in a folder they are not targets."""
    declared_singly: Mapping[str, Positions] = field(default_factory=dict)
    """For ranges, by their keys, the endpoints that are declared one by one as well."""
    tell: Tell = field(default=lambda _: None, repr=False)
    tell_reading: Tell = field(default=lambda _: None, repr=False)
    """Shows what was read of each folder that is an argument."""
    _shared: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def shared(self, make: "Callable[[Context], T]") -> T:
        """The result of `make(self)`, made once."""
        if make not in self._shared:
            self._shared[make] = make(self)
        found: T = self._shared[make]
        return found


def defaults(policy: str | None, trust: tuple[str, ...], revocation: Revocation | None, own: Defaults) -> Defaults:
    """The command-line values, with those of a file (`own`) as fallback. Raises UsageError."""
    here = Path()
    return Defaults(
        policy=policy_word(policy, here) if policy else own.policy,
        trust=trust_words(trust, here) or own.trust,
        revocation=revocation or own.revocation,
        peers=own.peers,
    )
