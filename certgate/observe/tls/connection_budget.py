"""How many connections may still be made to one target, and when the next one may begin."""

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.pace import Pace

__all__ = ["Budget"]


class Budget:
    """Counts down; every connection takes one."""

    def __init__(self, most: int, used: int, pace: Pace) -> None:
        """`pace` is that of all targets."""
        self._pace = pace
        self._most = most
        self._left = most - used

    async def take(self, deadline: Deadline) -> None:
        """Count one connection, and wait for its turn, which puts off the deadline of the target.

        Raises ObservationFailed where none is left.
        """
        if not self._left:
            detail = f"--max-connections limits the connections to a target to {self._most}"
            raise ObservationFailed(Failure(FailureKind.LIMIT, Phase.CONNECT, detail))
        self._left -= 1
        if self._pace.is_limited:
            await self._pace.turn(deadline)
