"""What a cluster declares as one target."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum

from certgate.model.cluster_source import EVERY_OBJECT
from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput

__all__ = ["ClusterItem", "Look", "Served", "failed_item", "usable"]


class Look(Enum):
    """What has to be visited for a target."""

    HOST = "host"
    SERVER_OF_BUNDLE = "server of a bundle"
    NOTHING = "nothing"
    """Everything about it was read."""


@frozen(slots=True)
class Served:
    """Where a host is visited."""

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    """IP addresses or names; empty for those of the host."""


@frozen(slots=True, kw_only=True)
class ClusterItem:
    """A target of a cluster: a host that is visited, or something that was read."""

    id: str
    """`KIND/NAMESPACE/NAME`, with `#HOST`, or `/` and the part of the object that it is."""
    object: str
    """`KIND/NAMESPACE/NAME`, without parts that are absent."""
    part: str = ""
    read_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    served: Served | None = None
    """Where its host is visited; None for what was read."""
    called: Served | None = None
    """Where the server is visited that a bundle verifies; None if none is."""
    host: str = ""
    """The host that it is about; empty for none."""
    unvisited: str = ""
    """The host and port that nobody visits; empty for none."""
    contents: Contents = field(default_factory=Contents)
    failure: Failure | None = None
    role: Role = Role.SERVER
    role_reason: str = ""
    facts: KubernetesFacts | None = None

    @property
    def look(self) -> Look:
        """What has to be visited."""
        if self.served:
            return Look.HOST
        return Look.SERVER_OF_BUNDLE if self.called else Look.NOTHING

    @property
    def observation(self) -> Observation:
        """What was read."""
        contents = self.contents
        return Observation(
            observed_at=self.read_at,
            presented=contents.certificates,
            failure=self.failure,
            unvisited=(self.unvisited,) if self.unvisited else (),
            container=contents.container,
            public_key=contents.key.public_key,
            key_problem=contents.key.problem,
            request=contents.request,
            plan=contents.plan,
            kubernetes=self.facts,
        )


def failed_item(id: str, kind: FailureKind, detail: str, read_at: datetime) -> ClusterItem:
    """A target that stands for a list that could not be read."""
    failure = Failure(kind, Phase.READ, detail)
    return ClusterItem(id=id, object=id, part=EVERY_OBJECT, read_at=read_at, failure=failure)


def usable(contents: Contents | UnusableInput) -> tuple[Contents, Failure | None]:
    """The contents, or why there are none."""
    return (Contents(), contents.failure) if isinstance(contents, UnusableInput) else (contents, None)
