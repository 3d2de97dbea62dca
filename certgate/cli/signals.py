"""SIGINT, SIGTERM and SIGHUP: a command ends at once, a run that has begun finishes its reports.

Nothing is raised wherever a signal happens to come: an exception in the middle of an import, a callback or a `finally`
may be lost, or leave half of something behind.
"""

import os
import signal
import time

from certgate.system.leftovers import remove_all

TYPE_CHECKING = False  # as in typing, which takes longer to import than this module
if TYPE_CHECKING:
    from typing import NoReturn

    from certgate.system.stop import Stop

__all__ = ["close", "end_in_order", "install", "note_violation"]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_ALWAYS = ("SIGTERM",)
"""Signals that are handled even if the process was started with them ignored."""
_GRACE = 0.5
"""Seconds that the current step of a run (checking one target, reading one file) may still take."""
_PATIENCE = 5.0
"""Seconds after the first signal; a later signal ends the process at once."""
_INTERRUPTED, _VIOLATED = 3, 1


class _State:
    stop: "Stop | None" = None
    """Stops the current run; None before it starts."""
    first: float | None = None
    code = _INTERRUPTED


def install() -> None:
    """Handle signals from now on, except signals ignored by nohup or by a shell for a background job."""
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and (name in _ALWAYS or signal.getsignal(number) is not signal.SIG_IGN):
            signal.signal(number, _hear)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _break_off)


def end_in_order(stop: "Stop") -> None:
    """From now on a signal only asks the run to stop, through `stop`; the run still finishes its reports."""
    _State.stop = stop


def note_violation() -> None:
    """Record a violation: the exit code reports it, however the process ends."""
    _State.code = _VIOLATED


def close() -> None:
    """Ignore signals from now on: the command is over and its exit code is known."""
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
