"""Which engine a run uses: `--workers`, `--engine`."""

from certgate.gate.engine.inline import Inline
from certgate.gate.engine.interface import Engine
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.system.cores import usable_cores

__all__ = ["DaskOptions", "engine_for", "parse_workers"]

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
    if count <= 1:
        return Inline()
    from certgate.gate.engine.workers import Workers

    return Workers(count)


@frozen(kw_only=True)
class DaskOptions:
    """The options for a cluster."""

    engine: str | None = None
    insecure: bool = False

    def refuse(self, workers: int | None) -> None:
        """Raise UsageError for an address that cannot be used, and for options that have no effect together."""
        if self.engine is None:
            if self.insecure:
                raise UsageError("--insecure-engine is for --engine")
            return
        from certgate.gate.engine.dask_address import DaskAddress

        DaskAddress.parse(self.engine, insecure=self.insecure)
        if workers is not None:
            raise UsageError("--workers starts processes here and --engine uses others: leave out one of them")

    def connected(self) -> Engine | None:
        """The engine, connected to the cluster; None without one. Raises UsageError."""
        if self.engine is None:
            return None
        from certgate.gate.engine.dask_address import DaskAddress
        from certgate.gate.engine.dask_cluster import DaskCluster

        return DaskCluster(DaskAddress.parse(self.engine, insecure=self.insecure))
