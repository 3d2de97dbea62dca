"""A cluster that was read once: its targets, and what was read of each, in a temporary file."""

import os
import pickle
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.cluster import ClusterScope, read_cluster
from certgate.observe.kubernetes.live.item import ClusterItem, Look
from certgate.observe.kubernetes.live.kubeconfig import ClusterLogin
from certgate.system import leftovers

__all__ = ["ClusterReading"]


class ClusterReading:
    """Reads the cluster when its targets are first asked for. Memory holds only where each item begins.

    The file has no private keys. Pickling keeps the file's name and these places: a copy in another process reads the
    same file, which the first process removes at its end.
    """

    def __init__(self, login: ClusterLogin, scope: ClusterScope) -> None:
        self._login = login
        self._scope = scope
        self._path = ""
        self._starts: dict[Look, dict[str, int]] = {look: {} for look in Look}
        self._lock = Lock()

    @property
    def cluster(self) -> str:
        """The name of the context."""
        return self._login.context

    def items(self, look: Look) -> Iterator[ClusterItem]:
        """Every item for which this is visited, in order; the same ones each time. Raises OSError for want of room."""
        if not self._path:
            self._read()
        with Path(self._path).open("rb") as stream:
            for start in self._starts[look].values():
                stream.seek(start)
                yield pickle.load(stream)  # noqa: S301 (this process or its parent wrote the file for itself alone)

    def item(self, id: str) -> ClusterItem | None:
        """The item with this id; None if the reading has none."""
        start = next((starts[id] for starts in self._starts.values() if id in starts), None)
        if start is None:
            return None
        with self._lock, Path(self._path).open("rb") as stream:
            stream.seek(start)
            found: ClusterItem = pickle.load(stream)  # noqa: S301 (as above)
        return found

    def _read(self) -> None:
        file, self._path = tempfile.mkstemp(prefix="certgate-cluster-")
        leftovers.expect(self._path)
        weakref.finalize(self, _remove, self._path)
        with os.fdopen(file, "wb") as stream:
            for item in read_cluster(ApiServer(self._login), self._scope):
                if not any(item.id in starts for starts in self._starts.values()):
                    self._starts[item.look][item.id] = stream.tell()
                    pickle.dump(item, stream)

    def __getstate__(self) -> tuple[ClusterScope, str, str, dict[Look, dict[str, int]]]:
        """What another process needs: no login."""
        return self._scope, self._login.context, self._path, self._starts

    def __setstate__(self, state: tuple[ClusterScope, str, str, dict[Look, dict[str, int]]]) -> None:
        """A copy that reads the file of the first process."""
        self._scope, context, self._path, self._starts = state
        self._login = ClusterLogin(context=context, server="")
        self._lock = Lock()


def _remove(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()
    leftovers.forget(path)
