"""Tasks of an event loop: what they wait for, how they are limited in time, how they end."""

import socket
import threading
import time
from concurrent.futures import Future

import pytest

from certgate.observe.event_loop import (
    NEVER,
    Cancelled,
    EventLoop,
    TimeLimit,
    result_of,
    running_loop,
    sleep,
    together,
)
from certgate.observe.poller import WRITE, Selectors, new_poller
from certgate.observe.tls.stream import Stream

LONG = 30.0


@pytest.fixture(params=[new_poller, Selectors])
def in_a_loop(request, in_a_loop):
    """With each of the pollers."""
    return lambda coroutine: in_a_loop(coroutine, request.param())


def after(seconds):
    return time.monotonic() + seconds


async def returned(value):
    await sleep(0)
    return value


def test_a_limit_ends_what_takes_longer_and_leaves_the_rest_alone(in_a_loop):
    async def run():
        with pytest.raises(TimeoutError), TimeLimit(after(0.01)):
            await sleep(LONG)
        with TimeLimit(after(LONG)), TimeLimit(NEVER):
            return await returned("done")

    assert in_a_loop(run()) == "done"


def test_the_outer_one_of_two_limits_that_are_over_is_not_lost(in_a_loop):
    ended = []

    async def run():
        try:
            with TimeLimit(after(-1)):
                try:
                    with TimeLimit(after(-2)):
                        await sleep(LONG)
                except TimeoutError:
                    ended.append("inner")
                await sleep(LONG)
        except TimeoutError:
            ended.append("outer")

    in_a_loop(run())
    assert ended == ["inner", "outer"]


@pytest.mark.parametrize("moves", [(0.01,), (2 * LONG, 0.01), (LONG / 2, 2 * LONG, 0.01)])
def test_a_limit_can_be_moved(in_a_loop, moves):
    async def run():
        with TimeLimit(after(LONG)) as limit:
            for seconds in moves:
                limit.move(after(seconds))
            await sleep(LONG)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        in_a_loop(run())
    assert time.monotonic() - began < LONG / 2


def test_a_limit_that_is_put_off_ends_nothing_before(in_a_loop):
    async def run():
        with TimeLimit(after(0.01)) as limit:
            limit.move(after(LONG))
            await sleep(0.03)
        return "done"

    assert in_a_loop(run()) == "done"


def test_limits_that_were_kept_are_forgotten(in_a_loop):
    async def run():
        for _ in range(5_000):
            with TimeLimit(after(LONG)):
                pass
        return len(running_loop()._limits)

    assert in_a_loop(run()) < 1_000


def test_a_result_of_another_thread_is_waited_for(in_a_loop):
    future = Future()
    threading.Timer(0.01, future.set_result, ["found"]).start()

    assert in_a_loop(result_of(future)) == "found"


def test_an_exception_of_another_thread_is_raised(in_a_loop):
    future = Future()
    future.set_exception(OSError("gone"))

    with pytest.raises(OSError, match="gone"):
        in_a_loop(result_of(future))


def test_a_result_that_comes_too_late_wakes_nobody(in_a_loop):
    late = Future()
    late.set_running_or_notify_cancel()

    async def run():
        with pytest.raises(TimeoutError), TimeLimit(after(0.01)):
            await result_of(late)
        late.set_result("too late")
        began = time.monotonic()
        await sleep(0.05)
        return time.monotonic() - began

    assert in_a_loop(run()) >= 0.05


def test_tasks_run_at_the_same_time_and_their_results_keep_their_order(in_a_loop):
    first_may_end = Future()

    async def first():
        return await result_of(first_may_end)

    async def second():
        first_may_end.set_result("first")
        return "second"

    async def run():
        return await together([first(), second()])

    assert in_a_loop(run()) == ["first", "second"]
    assert in_a_loop(together([])) == []


def test_the_first_exception_ends_the_other_tasks(in_a_loop):
    ended = []

    async def waits():
        try:
            await sleep(LONG)
        except Cancelled:
            ended.append("waits")
            raise

    async def fails():
        raise LookupError("a bug")

    async def run():
        with pytest.raises(LookupError, match="a bug"):
            await together([waits(), fails()])
        await sleep(0.01)

    in_a_loop(run())
    assert ended == ["waits"]


def test_the_end_of_the_loop_ends_all_tasks_and_those_that_they_wait_for():
    loop = EventLoop()
    ended = []

    async def waits(name):
        try:
            await sleep(LONG)
        finally:
            ended.append(name)

    async def parent():
        await together([waits("first"), waits("second")])

    async def stops():
        await sleep(0.01)
        running_loop().stop()

    tasks = [loop.begin(parent()), loop.begin(waits("third")), loop.begin(stops())]
    loop.run()

    assert sorted(ended) == ["first", "second", "third"]
    assert [type(task.error) for task in tasks] == [Cancelled, Cancelled, type(None)]


def test_a_call_from_another_thread_wakes_the_loop_and_one_after_its_end_does_no_harm():
    loop = EventLoop()
    threading.Timer(0.01, loop.call, [loop.stop]).start()
    loop.run()

    loop.call(loop.stop)


def test_a_socket_that_nothing_waits_for_does_not_keep_the_loop_busy(in_a_loop):
    ours, theirs = socket.socketpair()

    async def run():
        with Stream(ours) as stream, theirs:
            with pytest.raises(TimeoutError), TimeLimit(after(0.01)):
                await stream.receive(10)
            theirs.sendall(b"hello")
            assert await stream.receive(2) == b"he"
            began = time.thread_time()
            await sleep(0.1)
            used = time.thread_time() - began
            return used, await stream.receive(10)

    used, received = in_a_loop(run())
    assert (used < 0.05, received) == (True, b"llo")


def test_a_socket_that_is_ready_for_something_else_does_not_keep_the_loop_busy(in_a_loop):
    ours, theirs = socket.socketpair()

    async def run():
        with Stream(ours) as stream, theirs:
            await running_loop().ready(ours.fileno(), WRITE)
            began = time.thread_time()
            with pytest.raises(TimeoutError), TimeLimit(after(0.1)):
                await stream.receive(10)
            return time.thread_time() - began

    assert in_a_loop(run()) < 0.05


def test_bytes_that_the_system_does_not_take_at_once_are_sent_later(in_a_loop):
    ours, theirs = socket.socketpair()
    data = bytes(range(256)) * 20_000

    async def sends(stream):
        await stream.send_all(data)

    async def receives(stream):
        found = b""
        while len(found) < len(data):
            found += await stream.receive(1 << 20)
        return found

    async def run():
        with Stream(ours) as one, Stream(theirs) as other:
            return (await together([sends(one), receives(other)]))[1]

    assert in_a_loop(run()) == data


def test_outside_of_a_loop_there_is_none():
    with pytest.raises(RuntimeError, match="no event loop"):
        running_loop()
    loop = EventLoop()
    with pytest.raises(RuntimeError, match="no task"):
        _ = loop.running
    loop.stop()
    loop.run()
