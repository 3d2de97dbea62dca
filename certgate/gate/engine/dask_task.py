"""The part of a run that a worker of a Dask cluster does."""

import pickle
import platform
from itertools import chain
from threading import get_ident
from typing import Any

import certgate
from certgate.gate.engine.dask_share import unpacked
from certgate.gate.engine.interface import Work
from certgate.model.errors import CertgateError

__all__ = ["OtherVersion", "about", "end_run", "observe_share"]

_MOST_ENDED = 64
"""Ended runs that are remembered, in case a task of one comes late."""


class OtherVersion(CertgateError):
    """The worker has another certgate than the first process."""


_works: dict[tuple[str, int], Work[Any]] = {}
"""The work of each run, one for each thread."""
_ended: dict[str, None] = {}


def about() -> tuple[str, str]:
    """The versions of certgate and Python, which must be those of the first process."""
    return certgate.__version__, ".".join(platform.python_version_tuple()[:2])


def observe_share(run: str, version: str, work: bytes, share: bytes) -> bytes:
    """The pickled pairs of observations and result of a packed share. Raises OtherVersion."""
    if certgate.__version__ != version:
        raise OtherVersion(f"a worker of the cluster has certgate {certgate.__version__}, and this is {version}")
    key = run, get_ident()
    if key not in _works:
        _works[key] = pickle.loads(work)  # noqa: S301 (from the first process)
    doing = _works[key]
    if run in _ended:
        doing.stop.want()
        _works.pop(key, None)
    targets, settled = unpacked(share)
    made = doing.observe(iter(targets)) if targets else ()
    return pickle.dumps([(seen, doing.judge(seen)) for seen in chain(made, settled)])


def end_run(run: str) -> None:
    """Stop what is under way for the run, and forget its work, which may have keys."""
    _ended[run] = None
    if len(_ended) > _MOST_ENDED:
        del _ended[next(iter(_ended))]
    for key, doing in tuple(_works.items()):  # at once, as other threads begin tasks
        if key[0] == run:
            doing.stop.want()
            _works.pop(key, None)
