"""What was read in a Kubernetes cluster."""

from collections.abc import Mapping
from typing import ClassVar

from certgate.model.frozen import frozen
from certgate.model.target import Described, Source

__all__ = ["EVERY_OBJECT", "ClusterSource"]

EVERY_OBJECT = "*"
"""The entry of a list of objects; no object has a part of this name."""


@frozen(slots=True)
class ClusterSource(Source):
    """An object of a cluster, or a part of one."""

    kind: ClassVar[str] = "kubernetes"

    cluster: str
    """The name of the context by which the cluster is reached."""
    object: str
    """`KIND/NAMESPACE/NAME`, without parts that are absent."""
    entry: str = ""
    """The part of the object, such as `tls.crt`; empty for the whole, `*` for every object of a list."""

    def describe(self) -> Mapping[str, Described]:
        """The cluster, the object and its part."""
        return {"cluster": self.cluster, "object": self.object, "entry": self.entry}

    @property
    def name(self) -> str:
        """The object with its part."""
        return f"{self.object}/{self.entry}" if self.entry else self.object

    @property
    def part(self) -> str:
        """The part of the object."""
        return self.entry

    @property
    def hides_targets(self) -> bool:
        """Whether it is a list."""
        return self.entry == EVERY_OBJECT
