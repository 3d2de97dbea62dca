"""The processes that judge: each object gets an answer, whatever becomes of its process."""

import asyncio
import os
import signal

from certgate.sources.admitted import AdmittedObject
from certgate.webhook.judging_pool import MOST_WAITING, JudgingPool
from tests.webhook.conftest import secret
from tests.webhook.stand_ins import Naps, Refuses

ONE = AdmittedObject(raw=secret())


def nap(seconds):
    return AdmittedObject(raw={"nap": seconds})


def with_pool(work, judge=None, size=1, **options):
    """The result of `work(pool)` in a loop."""

    async def go():
        pool = JudgingPool(judge or Naps(), size, **options)
        try:
            return await asyncio.wait_for(work(pool), 30)
        finally:
            pool.close()

    return asyncio.run(go())


async def ready(pool):
    await pool.judge(nap(0))


async def until(condition):
    while not condition():  # noqa: ASYNC110 (what another process does is no event here)
        await asyncio.sleep(0.01)


def test_objects_are_judged_by_the_policy_in_processes_of_their_own(judge):
    async def work(pool):
        assert os.getpid() not in pool.pids
        return await pool.judge(AdmittedObject(raw=secret(chain=b"foo")))

    found = with_pool(work, judge)

    assert [one.rule for one in found.remarks] == ["target.observed"]


def test_a_process_that_is_killed_costs_its_object_alone_and_is_replaced(capfd):
    async def work(pool):
        await ready(pool)
        coming, after = pool.judge(nap(20)), pool.judge(nap(0))
        [before] = pool.pids
        os.kill(before, signal.SIGKILL)
        lost, found = await coming, await after
        return lost, found, before, pool.pids

    lost, found, before, [after] = with_pool(work)

    assert not lost.is_judged
    assert "a process of the webhook was killed by SIGKILL" in lost.remarks[0].text
    assert found.policy == f"of {after}"
    assert before != after
    assert "another one is started" in capfd.readouterr().err


def test_a_judgement_that_takes_too_long_loses_its_process():
    async def work(pool):
        await ready(pool)
        lost = await pool.judge(nap(20))
        pool._longest = 20
        return lost, await pool.judge(nap(0))

    lost, found = with_pool(work, longest=1)

    assert (lost.is_judged, found.is_judged) == (False, True)


def test_beyond_the_limit_nothing_waits():
    async def work(pool):
        waiting = [pool.judge(nap(0)) for _ in range(MOST_WAITING)]
        beyond = await pool.judge(nap(0))
        return beyond, await asyncio.gather(*waiting)

    beyond, judged = with_pool(work)

    assert beyond.remarks[0].text == f"not judged: {MOST_WAITING} other objects wait for it; try again"
    assert all(one.is_judged for one in judged)


def test_what_waits_at_the_end_is_answered():
    async def work(pool):
        coming = pool.judge(ONE)
        pool.close()
        return await coming, await pool.judge(ONE), pool.is_ready

    waiting, later, is_ready = with_pool(work)

    assert "the webhook is ending" in waiting.remarks[0].text
    assert (later.is_judged, is_ready) == (False, False)


def test_a_process_that_cannot_begin_is_started_again_and_says_why(capfd):
    async def work(pool):
        said = []
        await until(lambda: said.append(capfd.readouterr().err) or "no policy here" in said[-1])
        return said[-1], pool.is_ready

    said, is_ready = with_pool(work, Refuses())

    assert "ended with exit code 0 (no policy here); another one is started" in said
    assert not is_ready


def test_no_process_can_be_started(capfd, monkeypatch):
    def broken(*_):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("certgate.webhook.judging_pool.WorkerProcess", broken)

    async def work(pool):
        return pool.is_ready

    assert not with_pool(work)
    assert "cannot be started: Resource temporarily unavailable" in capfd.readouterr().err


def test_several_processes_judge_at_the_same_time():
    async def work(pool):
        await until(lambda: all(worker.is_ready for worker in pool._workers))
        return await asyncio.gather(pool.judge(nap(0.3)), pool.judge(nap(0.3)))

    first, second = with_pool(work, size=2)

    assert first.policy != second.policy


def test_what_judges_leaves_the_processor_to_the_process_that_answers():
    async def work(pool):
        await ready(pool)
        return os.getpriority(os.PRIO_PROCESS, pool.pids[0])

    assert with_pool(work) == min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)
