"""A target as declared, before common options are applied."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import ClassVar

from certgate.model.frozen import frozen
from certgate.model.peers import peers_of_tenant
from certgate.model.proxy import Proxy
from certgate.model.target import Place, Revocation, Role, Source, Target, TrustMode
from certgate.policy.span import EndpointRange
from certgate.sources.context import Context, Defaults
from certgate.sources.interface import TargetSource

__all__ = ["Declaration", "GivenTargets"]


class Declaration(ABC):
    """The declaration of a target, or of a folder of them."""

    needs_connection: ClassVar[bool] = False
    """Whether it can only be observed over a connection."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The name in messages."""

    def address(self, defaults: Defaults) -> tuple[str, int] | None:  # noqa: ARG002 (endpoints need it)
        """The host and port of an endpoint; None for other targets."""
        return None

    def proxy_of(self, defaults: Defaults) -> Proxy | None:  # noqa: ARG002 (endpoints need it)
        """The proxy through which an endpoint is reached."""
        return None

    def suffix(self, defaults: Defaults) -> str:  # noqa: ARG002 (endpoints need it)
        """What follows host and port in the id of an endpoint."""
        return ""

    def range(self, defaults: Defaults) -> EndpointRange | None:  # noqa: ARG002 (ranges need it)
        """The range of endpoints that it declares; None for everything else."""
        return None

    @abstractmethod
    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The sources, with the common options if it does not set its own. Raises UsageError."""


@frozen(kw_only=True)
class GivenTargets(Declaration):
    """What every target of a cluster or an agent, which names its targets itself, is declared with."""

    policy: str | None = None
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    labels: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    revocation: Revocation | None = None

    def given(
        self,
        defaults: Defaults,
        *,
        id: str,
        source: Source,
        role: Role,
        role_reason: str,
        names: tuple[str, ...] = (),
        spiffe_ids: tuple[str, ...] = (),
        labels: Mapping[str, str] | None = None,
    ) -> Target:
        """A target. `labels` are its own; those of the declaration go before them."""
        all_labels = {**(labels or {}), **self.labels}
        return Target(
            id=id,
            ordinal=0,
            source=source,
            place=self.place,
            policy=self.policy or defaults.policy,
            trust=self.trust or defaults.trust,
            trust_mode=self.trust_mode,
            roles=frozenset({role}),
            role_reason=role_reason,
            names=names,
            spiffe_ids=spiffe_ids,
            peers=peers_of_tenant(defaults.peers, all_labels),
            labels=all_labels,
            revocation=self.revocation or defaults.revocation,
        )
