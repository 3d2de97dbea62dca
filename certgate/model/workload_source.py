"""What an agent of the SPIFFE Workload API gives."""

from collections.abc import Mapping
from typing import ClassVar

from certgate.model.frozen import frozen
from certgate.model.target import Described, Source

__all__ = ["WorkloadSource"]


@frozen(slots=True)
class WorkloadSource(Source):
    """An X509-SVID that an agent gives, or all that it may give."""

    kind: ClassVar[str] = "workload-api"

    socket: str
    """The socket of the agent, `unix:///PATH`."""
    svid: str = ""
    """The SPIFFE ID, as the agent says; `#2` follows the second SVID with the same one. Empty for all SVIDs."""
    hint: str = ""
    """What the operator says about its use; empty for nothing."""

    def describe(self) -> Mapping[str, Described]:
        """The socket, the SVID and its hint."""
        return {"socket": self.socket, "svid": self.svid, "hint": self.hint}

    @property
    def name(self) -> str:
        """The agent."""
        return f"{self.kind}:{self.socket}"

    @property
    def part(self) -> str:
        """The SVID."""
        return self.svid

    @property
    def hides_targets(self) -> bool:
        """Whether the agent gave nothing."""
        return not self.svid
