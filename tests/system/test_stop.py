"""When a run may begin no more: after a request to stop, and when its time is over."""

import pickle

import pytest

from certgate.system.stop import Stop


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.mark.parametrize(("seconds", "over"), [(0, False), (9.9, False), (10, True), (11, True)])
def test_a_run_begins_no_more_once_its_time_is_over(seconds, over):
    clock = Clock()
    stop = Stop(seconds=10, now=clock)
    clock.seconds += seconds
    assert (stop.out_of_time, stop.begins_no_more, stop.wanted) == (over, over, False)


def test_a_run_without_a_limit_is_never_out_of_time():
    stop = Stop()
    assert (stop.out_of_time, stop.begins_no_more) == (False, False)
    stop.want()
    assert (stop.out_of_time, stop.begins_no_more) == (False, True)


def test_another_process_has_the_time_that_is_left():
    clock = Clock()
    late, early = Stop(seconds=10, now=clock), Stop(seconds=10_000, now=clock)
    clock.seconds += 10
    assert pickle.loads(pickle.dumps(late)).out_of_time
    assert not pickle.loads(pickle.dumps(early)).out_of_time
    assert not pickle.loads(pickle.dumps(Stop())).out_of_time
