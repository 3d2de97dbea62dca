"""A lane: shares of targets that are done one after the other, since they have hosts in common."""

from collections import deque
from collections.abc import Iterator, Sequence

from certgate.gate.engine.worker import Share
from certgate.model.target import Target

__all__ = ["Lane"]


class Lane:
    """What one task after the other does. Targets of a host that is under way wait here, so that `--per-host` holds."""

    def __init__(self) -> None:
        self.kept: deque[Target] = deque()
        """Targets that no other lane may have, in order."""
        self.again: deque[Share] = deque()
        """Shares that come first, each alone."""
        self.under_way: dict[str, Target] = {}
        """Targets that were handed out and have no result yet, by id."""

    def left(self) -> Iterator[Target]:
        """Take all targets that have no result."""
        yield from self.under_way.values()
        yield from self.kept
        for share in self.again:
            yield from share.targets
        self.under_way = {}
        self.kept.clear()
        self.again.clear()

    def next(self, size: int) -> Sequence[Target]:
        """Take what is to be handed out now: a share to run again, else at most `size` targets; empty for nothing."""
        if self.again:
            targets = self.again.popleft().targets
        else:
            targets = tuple(self.kept.popleft() for _ in range(min(size, len(self.kept))))
        self.under_way = {target.id: target for target in targets}
        return targets

    def put_back(self, targets: Sequence[Target]) -> None:
        """Take back the last of the targets that were to be handed out: they come next."""
        if targets:
            for target in targets:
                del self.under_way[target.id]
            self.again.appendleft(Share(targets, 0))
