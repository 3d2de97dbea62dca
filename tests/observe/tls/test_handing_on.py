"""When the observing thread hands on what it has observed: in company, but soon."""

import threading
from queue import SimpleQueue

import pytest

from certgate.observe.clock import utc_now
from certgate.observe.event_loop import sleep
from certgate.observe.tls import observers
from certgate.observe.tls.observers import Observers
from certgate.observe.tls.options import ObserveOptions

SECONDS = 30


@pytest.fixture
def handed_on():
    return SimpleQueue()


@pytest.fixture
def busy(handed_on):
    """Observers whose loop always has something else to do."""
    done = threading.Event()

    async def spin():
        while not done.is_set():
            await sleep(0)

    with Observers(ObserveOptions(concurrency=4), utc_now, handed_on.put, lambda: None) as running:
        running._loop.call(lambda: running._loop.begin(spin()))
        yield running
        done.set()


def test_a_busy_loop_hands_on_several_targets_together(serve, target, handed_on, busy, monkeypatch):
    monkeypatch.setattr(observers, "_SECONDS_TOGETHER", SECONDS)
    closing = serve(lambda client: None)

    busy.begin([target(closing), target(closing, ordinal=1)])

    assert len(handed_on.get(timeout=SECONDS)) == 2


def test_a_busy_loop_keeps_no_target_for_long(serve, target, handed_on, busy):
    busy.begin([target(serve(lambda client: None))])

    assert len(handed_on.get(timeout=SECONDS)) == 1


def test_an_idle_loop_hands_on_at_once(serve, target, handed_on, monkeypatch):
    monkeypatch.setattr(observers, "_SECONDS_TOGETHER", 10 * SECONDS)
    with Observers(ObserveOptions(), utc_now, handed_on.put, lambda: None) as idle:
        idle.begin([target(serve(lambda client: None))])

        assert len(handed_on.get(timeout=SECONDS)) == 1
