"""SIGINT, SIGTERM and SIGHUP: a command ends at once and leaves nothing behind; a run that has begun ends in order.

Nothing is raised wherever a signal happens to come: an exception in the middle of an import, a callback or a `finally`
may be lost, or leave half of something behind.
"""

import os
import signal
import time

from certgate.system.leftovers import remove_all

TYPE_CHECKING = False  # as typing has it, whose import takes longer than all of this
if TYPE_CHECKING:
    from typing import NoReturn

    from certgate.system.stop import Stop

__all__ = ["close", "end_in_order", "install", "note_violation"]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_ALWAYS = ("SIGTERM",)
"""What is heard even where the process was started with it ignored."""
_GRACE = 0.5
"""Seconds that one step of a run (the judging of one target, the reading of one file) may still take."""
_PATIENCE = 5.0
"""Seconds after the first signal from which on another one ends the process at once."""
_INTERRUPTED, _VIOLATED = 3, 1


class _State:
    stop: "Stop | None" = None
    """Of the run that has begun."""
    first: float | None = None
    code = _INTERRUPTED


def install() -> None:
    """Hear the signals from here on; but not those that nohup, or a script for its background, has switched off."""
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and (name in _ALWAYS or signal.getsignal(number) is not signal.SIG_IGN):
            signal.signal(number, _hear)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _break_off)


def end_in_order(stop: "Stop") -> None:
    """From here on a signal only wants the run of `stop` to end, which then ends itself: with whole reports."""
    _State.stop = stop


def note_violation() -> None:
    """Something is violated: so says the exit code, too, however the process ends."""
    _State.code = _VIOLATED


def close() -> None:
    """The command is over and its exit code known: no signal changes that any more."""
    _ignore()
    remove_all()


def _hear(*_: object) -> None:
    now = time.monotonic()
    stop = _State.stop
    if stop is None or (_State.first is not None and now - _State.first > _PATIENCE):
        _leave()
    if _State.first is None:
        _State.first = now
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _GRACE, _GRACE)
        stop.want()
    elif not hasattr(signal, "setitimer"):
        stop.breakable.break_off()


def _break_off(*_: object) -> None:
    if _State.stop:
        _State.stop.breakable.break_off()


def _leave() -> "NoReturn":
    try:
        _ignore()
        remove_all()
        os.write(2, b"certgate: interrupted\n")
    finally:
        os._exit(_State.code)


def _ignore() -> None:
    for name in (*_NAMES, "SIGALRM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
