"""What a task of a cluster is given: targets, and observations of targets that need not be made again."""

import pickle
from collections.abc import Iterable
from io import BytesIO

from certgate.model.observation import Observed
from certgate.model.target import Target

__all__ = ["packed", "unpacked"]

_LARGE = 2 * 1024 * 1024
"""Bytes that may be packed at a time: what is handed out waits in the memory of the scheduler."""


def packed(share: Iterable[Target | Observed]) -> tuple[bytes, int]:
    """As much of the share as may be handed out at a time, and how many that is."""
    stream, count = BytesIO(), 0
    pickler = pickle.Pickler(stream)
    for one in share:
        end = stream.tell()
        pickler.dump(one)
        if stream.tell() > _LARGE:
            stream.truncate(end)
            break
        count += 1
    return stream.getvalue(), count


def unpacked(data: bytes) -> tuple[list[Target], list[Observed]]:
    """The targets and the observations that were packed, each in order."""
    targets: list[Target] = []
    observed: list[Observed] = []
    stream = BytesIO(data)
    unpickler = pickle.Unpickler(stream)  # noqa: S301 (from the first process)
    while stream.tell() < len(data):
        one = unpickler.load()
        (observed if isinstance(one, Observed) else targets).append(one)
    return targets, observed
