"""Calls in daemon threads: each is made once, no more than so many at a time, and none holds up the end."""

import asyncio
import threading
from queue import SimpleQueue

import pytest

from certgate.net.threads import DaemonThreads


def test_what_a_call_returns_or_raises_is_handed_on():
    threads = DaemonThreads("t", most=2)

    assert threads.submit(lambda: 1).result(5) == 1
    with pytest.raises(KeyError):
        threads.submit(lambda: {}[1]).result(5)
    with pytest.raises(SystemExit):
        threads.submit(exit_).result(5)
    threads.close()


def exit_():
    raise SystemExit


def test_there_are_as_many_threads_as_calls_under_way_and_no_more_than_the_most():
    threads = DaemonThreads("certgate-test", most=3)
    release, running = threading.Event(), threading.Semaphore(0)

    def call():
        running.release()
        release.wait(5)
        return threading.current_thread()

    assert threads.submit(threading.current_thread).result(5) is threads.submit(threading.current_thread).result(5)
    futures = [threads.submit(call) for _ in range(5)]
    for _ in range(3):
        assert running.acquire(timeout=5)
    assert not running.acquire(blocking=False)
    release.set()

    used = {future.result(5) for future in futures}
    assert len(used) == 3
    assert all(thread.daemon and thread.name == "certgate-test" for thread in used)
    threads.close()


def test_the_thread_of_a_call_is_free_when_its_result_is_told():
    threads = DaemonThreads("t", most=2)
    release, next_calls = threading.Event(), SimpleQueue()

    first = threads.submit(lambda: release.wait(5) and threading.current_thread())
    first.add_done_callback(lambda _: next_calls.put(threads.submit(threading.current_thread)))
    release.set()

    assert next_calls.get(timeout=5).result(5) is first.result(5)
    threads.close()


def test_a_call_that_was_given_up_before_its_turn_is_not_made_unless_others_wait_for_it_too():
    threads = DaemonThreads("t", most=1)
    release, made = threading.Event(), []
    threads.submit(lambda: release.wait(5))

    alone, shared = (
        threads.submit(lambda: made.append("alone")),
        threads.submit(lambda: made.append("shared"), shared=True),
    )
    assert (alone.cancel(), shared.cancel()) == (True, False)
    release.set()
    shared.result(5)

    assert made == ["shared"]
    threads.close()


def test_a_loop_that_ended_is_not_missed_by_a_call_that_ends_later(caplog):
    threads = DaemonThreads("t", most=2)
    release = threading.Event()
    futures = [threads.submit(lambda: release.wait(5), shared=shared) for shared in (False, True)]

    async def impatient():
        waiting = [asyncio.wrap_future(future) for future in futures]
        await asyncio.wait(waiting, timeout=0.01)
        for one in waiting:
            one.cancel()

    asyncio.run(impatient())
    release.set()
    assert [future.result(5) for future in futures] == [True, True]
    threads.close()
    assert caplog.records == []
