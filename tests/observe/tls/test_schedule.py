"""Which target may start, and how far the list is read ahead."""

from itertools import count

from certgate.model.target import Endpoint, Target
from certgate.observe.tls.schedule import Schedule


def targets(*hosts):
    return [Target(id=f"{host}:{n}", ordinal=n, source=Endpoint(host, n)) for n, host in enumerate(hosts)]


def test_targets_come_in_declared_order():
    declared = targets("a", "b", "a")

    schedule = Schedule(declared, concurrency=1, per_host=2)

    assert [schedule.take() for _ in range(4)] == [*declared, None]


def test_a_busy_host_is_passed_over_until_one_of_its_targets_is_done():
    first, second, third, other = targets("a", "a", "a", "b")
    schedule = Schedule([first, second, third, other], concurrency=4, per_host=2)

    assert [schedule.take() for _ in range(4)] == [first, second, other, None]
    schedule.release(second)

    assert [schedule.take(), schedule.take()] == [third, None]


def test_a_host_that_was_held_back_never_has_more_than_its_share():
    declared = targets("a", "a", "a", "a")
    schedule = Schedule(declared, concurrency=4, per_host=1)
    taken = []

    while (target := schedule.take()) is not None:
        assert schedule.take() is None
        taken.append(target)
        schedule.release(target)

    assert taken == declared


def test_the_list_is_read_ahead_by_four_times_the_concurrency_at_most():
    numbers = count()
    endless = (Target(id=f"a:{n}", ordinal=n, source=Endpoint("a", n)) for n in numbers)
    schedule = Schedule(endless, concurrency=2, per_host=1)

    schedule.take()
    schedule.take()
    schedule.take()

    assert len(list(schedule.held_back())) == 4 * 2
    assert next(numbers) == 1 + 4 * 2


def test_what_was_read_but_not_handed_out_is_known():
    first, second, third = targets("a", "a", "a")
    schedule = Schedule([first, second, third], concurrency=1, per_host=1)
    assert (schedule.take(), schedule.take()) == (first, None)

    schedule.release(first)

    assert list(schedule.held_back()) == [second, third]


def test_the_share_of_a_silent_host_doubles_up_to_the_concurrency_and_ends_with_an_answer():
    schedule = Schedule(targets(*"a" * 40), concurrency=8, per_host=2)
    rounds = []

    def take_all():
        taken = list(iter(schedule.take, None))
        rounds.append(len(taken))
        return taken

    under_way = take_all()
    for _ in range(3):
        for target in under_way:
            schedule.release(target, silent=True)
        under_way = take_all()
    for target in under_way:
        schedule.release(target)

    assert rounds == [2, 8, 8, 8]
    assert len(take_all()) == 2


def test_a_host_that_has_answered_keeps_its_share_whatever_is_silent_later():
    schedule = Schedule(targets(*"a" * 9), concurrency=8, per_host=2)
    first, second = iter(schedule.take, None)

    schedule.release(first)
    schedule.release(second, silent=True)

    assert len(list(iter(schedule.take, None))) == 2


def test_forty_silent_targets_of_one_host_end_after_a_few_time_limits():
    schedule = Schedule(targets(*"a" * 40), concurrency=64, per_host=2)
    time_limits = 0

    while taken := list(iter(schedule.take, None)):
        time_limits += 1
        for target in taken:
            schedule.release(target, silent=True)

    assert time_limits <= 4
