"""One more try, at the end, for targets whose connections failed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from certgate.model.observation import FailureKind, Note, Observation, Observed
from certgate.model.target import Target
from certgate.observe.clock import Clock, utc_now
from certgate.observe.evidence.rounds import Completion
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.system.stop import Stop

__all__ = ["MOST_LATE", "observe_with_late_retry"]

MOST_LATE = 1_000
"""Targets that are tried again; with a time limit of 10 s, 64 at a time, silent ones take under three minutes."""


def observe_with_late_retry(
    targets: Iterable[Target],
    options: ObserveOptions,
    *,
    completion: Completion | None = None,
    stop: Stop | None = None,
    now: Clock = utc_now,
) -> Iterator[Observed]:
    """As `observe_endpoints`; but targets that show nothing because of the transport come last, after one more try.

    Those of a range at which no endpoint is are not tried again. That try has a deadline of its own, makes no retries,
    and is not begun once `stop` says so. What it shows counts, with a note; if it fails, its failure. The connections
    of both count.
    """
    stop = stop or Stop()
    failed: dict[str, Observed] = {}
    for seen in observe_endpoints(targets, options, completion=completion, stop=stop, now=now):
        may_help = seen.failed_by_transport and not seen.has_no_endpoint
        if len(failed) < MOST_LATE and may_help and seen.connections < options.max_connections:
            failed[seen.target.id] = seen
        else:
            yield seen
    if failed and not stop.begins_no_more:
        used = {id: seen.connections for id, seen in failed.items()}
        again = [seen.target for seen in failed.values()]
        late = replace(options, retries=0, used=used)
        for seen in observe_endpoints(again, late, completion=completion, stop=stop, now=now):
            yield _together(failed.pop(seen.target.id), seen)
    yield from failed.values()


def _together(first: Observed, late: Observed) -> Observed:
    """What both tries saw: the second one's observations, unless it was interrupted; all connections."""
    shown = late.each(partial(_told, failed_again=late.failed_by_transport))
    kept, other = (first, late) if all(map(_is_interrupted, late.observations)) else (shown, first)
    one, *more = kept.observations
    return replace(kept, observations=(replace(one, connections=one.connections + other.connections), *more))


def _told(observation: Observation, *, failed_again: bool) -> Observation:
    if observation.failure and failed_again:
        detail = f"{observation.failure.detail}; another try at the end of the run failed, too"
        return replace(observation, failure=replace(observation.failure, detail=detail))
    notes = (*observation.notes, Note.LATE_RETRY) if observation.presented else observation.notes
    return replace(observation, notes=notes)


def _is_interrupted(observation: Observation) -> bool:
    return observation.failure is not None and observation.failure.kind is FailureKind.INTERRUPTED
