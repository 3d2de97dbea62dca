"""A target as declared, before common options are applied."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from certgate.model.proxy import Proxy
from certgate.policy.span import EndpointRange
from certgate.sources.context import Context, Defaults
from certgate.sources.interface import TargetSource

__all__ = ["Declaration"]


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
