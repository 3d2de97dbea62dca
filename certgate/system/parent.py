"""Ends a process together with its parent."""

import sys

__all__ = ["end_with_parent"]

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """On Linux, have the kernel kill this process when the thread that started it ends. Elsewhere it does nothing.

    A parent that has ended already is not noticed.
    """
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
