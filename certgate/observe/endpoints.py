"""Many endpoints at a time: a stream of targets in, an observation for each out."""

from collections.abc import Callable, Iterable

from certgate.model.observation import Observation
from certgate.model.target import Target
from certgate.observe.options import ObserveOptions

__all__ = ["observe_endpoints"]


def observe_endpoints(
    targets: Iterable[Target], options: ObserveOptions, emit: Callable[[Target, Observation], None]
) -> bool:
    """Observe each target and call `emit` once for it, in order of completion. True if Ctrl-C ended it early."""
    raise NotImplementedError
