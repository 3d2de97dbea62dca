"""The typed shape of `workload_api:` in certgate.yaml. Imported only if there is a certgate.yaml."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from certgate.model.errors import UsageError
from certgate.model.target import Place
from certgate.policy.workload_socket import WORKLOAD_API, parse_workload_api
from certgate.sources.declaration import Declaration
from certgate.sources.target_entry import TargetEntry

__all__ = ["WorkloadEntry"]


class WorkloadEntry(TargetEntry):
    """The X509-SVIDs that an agent of the SPIFFE Workload API gives to certgate."""

    workload_api: str = Field(description="The socket of the agent: unix:///PATH.")

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """An invalid socket."""
        try:
            self._socket()
        except UsageError as error:
            yield "workload_api", str(error)

    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the agent."""
        from certgate.sources.workload_targets import WorkloadDeclaration

        return WorkloadDeclaration(socket=self._socket(), place=place, **self._common(base))

    def _socket(self) -> str:
        return parse_workload_api(f"{WORKLOAD_API}:{self.workload_api}") or ""
