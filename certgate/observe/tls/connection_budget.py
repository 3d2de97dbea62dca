"""How many connections may still be made to one target."""

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.observe.tls.failures import ObservationFailed

__all__ = ["Budget"]


class Budget:
    """Counts down; every connection takes one."""

    def __init__(self, most: int, used: int = 0) -> None:
        self._most = most
        self._left = most - used

    def take(self) -> None:
        """Count one connection. Raises ObservationFailed where none is left."""
        if not self._left:
            detail = f"--max-connections limits the connections to a target to {self._most}"
            raise ObservationFailed(Failure(FailureKind.LIMIT, Phase.CONNECT, detail))
        self._left -= 1
