"""Judging in other processes, as simple as it can be."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from multiprocessing import get_context

from certgate.gate import Engine
from certgate.gate.judges import Judges

CHUNK = 3

_WORK = []


def judge_there(pipe):
    """A child's whole life: it is sent a spec and what was observed, and sends back what it says of that."""
    spec, observed = pipe.recv()
    pipe.send([*map(Judges(spec).judge, observed)])


def begin(work):
    _WORK.append(work)


def do(targets):
    (work,) = _WORK
    return [(observed, work.judge(observed)) for observed in work.observe(iter(targets))]


class TwoProcesses(Engine):
    """Each observes and judges a part of the targets."""

    def results(self, work, targets):
        spawning = get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=spawning, initializer=begin, initargs=(work,)) as pool:
            chunks = iter(lambda: [*islice(targets, CHUNK)], [])
            for done in as_completed([pool.submit(do, chunk) for chunk in chunks]):
                yield from done.result()
