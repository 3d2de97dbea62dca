"""One worker as the first process keeps it: its process, which may be replaced, and the targets that are its own."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from certgate.gate.engine.worker_process import WorkerProcess
from certgate.model.frozen import frozen
from certgate.model.target import Target

__all__ = ["Hosts", "Share", "Worker"]

_FIRST = 8
_MOST = 64
"""Targets that are handed out at a time: few at first, so that every worker gets some of a short list."""


@frozen()
class Share:
    """Targets that were handed out to processes which then ended unexpectedly, `lost` in number."""

    targets: Sequence[Target]
    lost: int

    def halves(self) -> tuple["Share", "Share"]:
        """Two shares, in order."""
        middle = len(self.targets) // 2
        return Share(self.targets[:middle], self.lost), Share(self.targets[middle:], self.lost)


class Worker:
    """A worker. Targets of a host that it is busy with are kept for it, so that `--per-host` holds."""

    def __init__(self) -> None:
        self.process: WorkerProcess | None = None
        self.starts = 0
        """Processes that were started since one asked for targets."""
        self.fault = ""
        """What the process said before it ended."""
        self.wants = False
        """Whether it asked for targets and has had no answer."""
        self.is_busy = False
        """Whether it has targets, and has not yet said that it handed back all results."""
        self.kept: deque[Target] = deque()
        """Targets that no other worker may have, in order."""
        self.suspects: deque[Share] = deque()
        """Shares to run again, each alone."""
        self._sent: dict[str, Target] = {}
        self._trial = 0
        """How many processes the share that is run again has cost; 0 for targets that are not suspected."""
        self._size = _FIRST

    @property
    def is_done(self) -> bool:
        """Whether nothing is left for it."""
        return not (self.is_busy or self.kept or self.suspects)

    def again(self) -> Sequence[Target] | None:
        """What to hand out next if it has shares to run again: a share, or nothing while one is under way."""
        if self._trial:
            return ()
        if self.is_busy or not self.suspects:
            return () if self.suspects else None
        share = self.suspects.popleft()
        self._trial = share.lost
        return share.targets

    def next_size(self) -> int:
        """How many targets to hand out."""
        size, self._size = self._size, min(2 * self._size, _MOST)
        return size

    def send(self, targets: Sequence[Target]) -> None:
        """Answer its request; with no targets, tell it that no more come for now."""
        if self.process:
            self.wants = False
            self.is_busy = True
            self._sent |= {target.id: target for target in targets}
            self.process.send(targets)

    def finish(self, id: str) -> Target | None:
        """Take back a target that was sent; None if it was not."""
        return self._sent.pop(id, None)

    def over(self) -> Iterator[Target]:
        """All results have come; yields the targets that have none."""
        self.is_busy = False
        self._trial = 0
        yield from self._sent.values()
        self._sent.clear()

    def drop(self) -> Iterator[Target]:
        """Forget all that was not handed out; yields the targets."""
        yield from self.kept
        for share in self.suspects:
            yield from share.targets
        self.kept.clear()
        self.suspects.clear()

    def reason(self, ending: str) -> str:
        """How its last process ended, with what it said."""
        return f"{ending} ({self.fault})" if self.fault else ending

    def lose(self) -> Share:
        """The process is gone; returns what it leaves behind."""
        lost = Share(tuple(self._sent.values()), self._trial + 1)
        self._sent.clear()
        self.process = None
        self.wants = self.is_busy = False
        self._trial = 0
        return lost


W = TypeVar("W")


class Hosts(Generic[W]):
    """Which worker has the targets of which host, as long as it has any."""

    def __init__(self) -> None:
        self._owners: dict[str, W] = {}
        self._open: Counter[str] = Counter()

    def owner(self, target: Target, asking: W) -> W:
        """The worker that must have the target: the one that has others of its host, or else the one that asks."""
        if not target.source.needs_connection:
            return asking
        host = target.source.endpoint.host
        self._open[host] += 1
        return self._owners.setdefault(host, asking)

    def release(self, target: Target) -> None:
        """The target is done."""
        if not target.source.needs_connection:
            return
        host = target.source.endpoint.host
        self._open[host] -= 1
        if not self._open[host]:
            del self._open[host], self._owners[host]

    def hand_over(self, worker: W, heir: W) -> None:
        """Give all hosts of a worker to another one."""
        self._owners = {host: heir if owner is worker else owner for host, owner in self._owners.items()}
