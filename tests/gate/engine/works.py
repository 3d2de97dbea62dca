"""Work for processes: each does something to the process that does it."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.target import Endpoint, Target
from certgate.system.stop import Stop
from tests.gate.world import seen


def stream(count, host="{}.example"):
    return [Target(id=f"{n}", ordinal=n, source=Endpoint(host.format(n), 443)) for n in range(count)]


@dataclass
class Work:
    """Each result is the target's ordinal, or the kind of failure and what it says."""

    stop: Stop = field(default_factory=Stop)

    def observe(self, targets):
        for target in targets:
            yield seen(target)

    def judge(self, observed):
        return observed.target.ordinal

    def unseen(self, observed):
        failure = observed.observations[0].failure
        return f"{failure.kind}: {failure.detail}"


@dataclass
class Killing(Work):
    """The guilty targets end the process: always, or only while `once` does not exist."""

    guilty: frozenset = frozenset()
    once: Path | None = None
    kills: bool = False
    """With a signal, not with an exception."""

    def judge(self, observed):
        if observed.target.ordinal in self.guilty and not (self.once and self.once.exists()):
            if self.once:
                self.once.touch()
            if self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            raise ZeroDivisionError
        return observed.target.ordinal


@dataclass
class Naming(Work):
    """Says which thread of which process it is; begins when as many others as there are workers have begun."""

    folder: Path = Path()
    workers: int = 1

    def observe(self, targets):
        (self.folder / f"{os.getpid()} {threading.get_ident()}").touch()
        while len(list(self.folder.iterdir())) < self.workers:
            time.sleep(0.01)
        for target in [*targets]:
            yield seen(target)

    def judge(self, observed):
        return os.getpid(), threading.get_ident()


@dataclass
class Ending(Work):
    """Says that it begins, and then does not end before it is stopped, or not even then."""

    begun: Path = Path()
    heeds_stop: bool = True

    def observe(self, targets):
        stopped = threading.Event()
        self.stop.call(stopped.set)
        first = next(targets)
        self.begun.write_text(str(os.getpid()))
        if self.heeds_stop:
            stopped.wait()
            yield seen(first)
        else:
            time.sleep(60)


@dataclass
class Unsendable(Work):
    def judge(self, observed):
        return (lambda: None) if observed.target.ordinal == 1 else observed.target.ordinal


@dataclass
class Unreadable(Work):
    """Can be made here, not there."""

    def __reduce__(self):
        return _refuse, ()


def _refuse():
    raise UsageError("the last run is damaged")
