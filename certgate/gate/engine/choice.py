"""Which engine a run uses: `--workers`."""

from certgate.gate.engine.inline import Inline
from certgate.gate.engine.interface import Engine
from certgate.gate.engine.workers import Workers
from certgate.model.errors import UsageError
from certgate.system.cores import usable_cores

__all__ = ["engine_for", "parse_workers"]

_MANY = 2_000
"""Targets from which on several processes are faster: each takes half a second to start."""
_MOST = 256


def parse_workers(text: str) -> int | None:
    """The number of processes; None for `auto`. Raises UsageError."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST)) and 0 < int(text) <= _MOST):
        raise UsageError(f'--workers "{text}" is neither auto nor a number from 1 to {_MOST}')
    return int(text)


def engine_for(workers: int | None, targets: int) -> Engine:
    """The engine for so many targets. With `workers` None, one process for few targets, else one for each core."""
    count = (usable_cores() if targets >= _MANY else 1) if workers is None else workers
    count = min(count, targets)
    return Inline() if count <= 1 else Workers(count)
