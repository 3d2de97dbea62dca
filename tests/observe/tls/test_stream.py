"""Many targets: order, bounds, interruption."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.observation import FailureKind, Phase
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.net.resolver import Resolver
from certgate.observe.event_loop import running_loop, sleep
from certgate.observe.evidence.rounds import MAX_ROUNDS, Completion
from certgate.observe.tls.endpoint import EndpointObserver
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.pace import Pace
from certgate.system.stop import Stop

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def run(targets, *, completion=None, stop=None, **options):
    found = observe_endpoints(targets, ObserveOptions(**options), completion=completion, stop=stop, now=lambda: NOW)
    return ((observed.target, *observed.observations) for observed in found)


def test_every_target_is_yielded_once(serve, tls, target):
    server = serve(tls())
    targets = [target(server, f"127.0.0.{n % 5 + 1}", ordinal=n) for n in range(40)]
    for n in range(1, 5):
        serve(server.talk, address=f"127.0.0.{n + 1}", port=server.port)

    seen = [(t.ordinal, o.failure) for t, o in run(targets, concurrency=8)]

    assert sorted(seen) == [(n, None) for n in range(40)]


def test_no_targets_are_no_work():
    assert list(run([])) == []


def test_targets_are_read_only_as_they_are_needed_by_the_thread_that_asks(serve, tls, target):
    server = serve(tls())
    read, ahead = [], []

    def targets():
        for n in range(30):
            assert threading.current_thread() is threading.main_thread()
            read.append(n)
            yield target(server, ordinal=n)

    for yielded, _ in enumerate(run(targets(), concurrency=2, per_host=1), start=1):
        ahead.append(len(read) - yielded)

    assert len(ahead) == 30
    assert max(ahead) <= 2 * 6


def test_nothing_waits_for_a_slow_target(serve, tls, target, silence):
    quick, slow = serve(tls()), serve(silence, address="127.0.0.2")

    seen = [t.ordinal for t, _ in run([target(slow, ordinal=0), target(quick, ordinal=1)], timeout=3)]

    assert seen == [1, 0]


def test_the_network_is_observed_while_whoever_asks_computes(serve, tls, target):
    conversation, served = tls(), []

    def talk(client):
        try:
            conversation(client)
        finally:
            served.append(client)

    server = serve(talk)
    stream = run([target(server, ordinal=n) for n in range(4)], per_host=4)

    next(stream)
    until = time.monotonic() + 30
    while len(served) < 4 and time.monotonic() < until:
        pass
    assert len(served) == 4
    assert len(list(stream)) == 3


def stopping(stop, silence):
    """A conversation that wants the run to end once the client is in the handshake."""

    def talk(client):
        client.recv(1)
        stop.want()
        silence(client)

    return talk


def test_when_the_run_is_to_end_what_was_under_way_is_told_and_no_more_is_read(serve, tls, target, silence):
    stop = Stop()
    quick, slow = serve(tls()), serve(stopping(stop, silence), address="127.0.0.2")
    read = []

    def targets():
        for n, server in enumerate([quick, slow, slow, slow, slow]):
            read.append(n)
            yield target(server, ordinal=n)

    seen = [(t.ordinal, o.failure) for t, o in run(targets(), concurrency=1, stop=stop)]

    (first, no_failure), (second, failure) = seen
    assert (first, no_failure, second, failure.kind) == (0, None, 1, FailureKind.INTERRUPTED)
    assert failure.phase is Phase.HANDSHAKE
    assert read == [0, 1]


def test_when_the_time_of_the_run_is_over_what_is_under_way_is_finished_and_no_more_is_read(serve, tls, target):
    clock = [0.0]
    stop = Stop(seconds=10, now=lambda: clock[0])
    server, read = serve(tls()), []

    def targets():
        for n in range(9):
            clock[0] = 20.0 if n == 3 else 0.0
            read.append(n)
            yield target(server, f"127.0.0.{n + 1}", ordinal=n)

    for n in range(1, 4):
        serve(server.talk, address=f"127.0.0.{n + 1}", port=server.port)
    seen = {t.ordinal: o.failure for t, o in run(targets(), concurrency=8, stop=stop)}

    assert seen == dict.fromkeys(range(4))
    assert read == [0, 1, 2, 3]


def test_a_run_that_is_to_end_before_it_begins_ends(serve, target, silence):
    stop = Stop()
    stop.want()

    assert [o.failure.kind for _, o in run([target(serve(silence))], stop=stop)] == [FailureKind.INTERRUPTED]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_signal_does_not_wait_for_a_look_up_that_hangs(name_server, times):
    stop, hangs = Stop(), threading.Event()

    def look_up():
        for _ in range(times):
            stop.want()
        hangs.wait()

    name_server["db.corp.example"] = look_up
    seen = [o.failure for _, o in run([Target(id="db", ordinal=0, source=Endpoint("db.corp.example", 443))], stop=stop)]
    returned_first = not hangs.is_set()
    hangs.set()

    assert returned_first
    assert [(f.kind, f.phase) for f in seen] == [(FailureKind.INTERRUPTED, Phase.RESOLVE)]


def test_look_ups_that_hang_do_not_hold_up_others(serve, tls, target, name_server):
    hangs = threading.Event()
    server = serve(tls())
    hosts = [f"h{n}.example" for n in range(40)]
    name_server.update(dict.fromkeys(hosts, hangs.wait), good=["127.0.0.1"])
    targets = [target(server, host, ordinal=n) for n, host in enumerate([*hosts, "good"])]

    seen = {t.ordinal: o.failure for t, o in run(targets, timeout=2, concurrency=20)}
    hangs.set()

    assert {failure.kind for n, failure in seen.items() if n < 40} == {FailureKind.TIMED_OUT}
    assert seen[40] is None


def test_who_asks_no_more_leaves_nothing_under_way(serve, tls, target, silence):
    quick, slow = serve(tls()), serve(silence, address="127.0.0.2")
    stream = run([target(quick, ordinal=0), target(slow, ordinal=1)])

    next(stream)
    stream.close()

    assert not [thread for thread in threading.enumerate() if thread.name == "certgate-observe"]


def test_an_error_in_the_targets_ends_the_run(serve, tls, target):
    server = serve(tls())
    seen = []

    def targets():
        yield target(server)
        raise UsageError("hosts.txt:2: this is no host")

    def observe():
        for one, _ in run(targets(), concurrency=1):
            seen.append(one)

    with pytest.raises(UsageError, match=r"hosts\.txt:2"):
        observe()


def test_a_program_can_end_while_a_look_up_hangs():
    program = """
import socket, threading
from certgate.model.target import Endpoint, Target
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.pace import Pace

def hang(*_, flags, **__):
    if flags:
        raise socket.gaierror
    threading.Event().wait()

socket.getaddrinfo = hang
target = Target(id="db", ordinal=0, source=Endpoint("db.corp.example", 443))
for observed in observe_endpoints([target], ObserveOptions(timeout=0.1)):
    print(observed.observations[0].failure.kind)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "timed-out\n", "")


class Panic(BaseException):
    """What a library in Rust raises when it panics derives from BaseException."""


@pytest.mark.parametrize("error", [KeyError("secret"), Panic("secret")])
def test_a_bug_in_what_names_what_is_missing_costs_its_target_alone(serve, tls, target, error):
    server = serve(tls())

    def plan(observed):
        if observed.target.ordinal == 1:
            raise error
        return [[]]

    seen = {t.ordinal: o for t, o in run([target(server, ordinal=n) for n in range(3)], completion=completion(plan))}

    assert [seen[n].failure and seen[n].failure.kind for n in range(3)] == [None, FailureKind.INTERNAL, None]
    failure = seen[1].failure
    assert failure.phase is Phase.PLAN
    assert failure.detail.startswith(
        f"a bug in certgate: {type(error).__name__} in naming and fetching what is missing; "
    )
    assert seen[1].presented


@pytest.mark.parametrize("error", [KeyError("secret"), SystemExit(1)])
def test_a_bug_in_the_thread_that_observes_never_holds_up_the_run(serve, tls, target, monkeypatch, error):
    async def crash(observer):
        if observer.target.ordinal == 1:
            raise error
        return await observe(observer)

    observe = EndpointObserver.observe
    monkeypatch.setattr(EndpointObserver, "observe", crash)
    server = serve(tls())

    seen = {t.ordinal: o for t, o in run([target(server, ordinal=n) for n in range(3)], concurrency=1)}

    assert [seen[n].failure and seen[n].failure.kind for n in range(3)] == [None, FailureKind.INTERNAL, None]


@pytest.mark.parametrize("error", [KeyError("secret"), Panic("secret"), SystemExit(1)])
def test_a_look_that_cannot_be_made_costs_its_target_alone(serve, tls, target, monkeypatch, error):
    class Crashing(EndpointObserver):
        def __init__(self, target, *rest):
            if target.ordinal == 1:
                raise error
            super().__init__(target, *rest)

    monkeypatch.setattr("certgate.observe.tls.observers.EndpointObserver", Crashing)
    server = serve(tls())

    seen = {t.ordinal: o for t, o in run([target(server, ordinal=n) for n in range(3)])}

    assert [seen[n].failure and seen[n].failure.kind for n in range(3)] == [None, FailureKind.INTERNAL, None]
    assert seen[1].failure.phase is Phase.RESOLVE
    assert not seen[1].presented


@pytest.mark.parametrize("probes", [(), (Probe.NO_SNI,)])
def test_what_observed_a_target_goes_without_a_search_for_garbage(serve, tls, target, in_a_loop, probes):
    plain = target(serve(tls()))
    probed = replace(plain, source=replace(plain.source, visit=Visit(probes=probes)))
    observer = EndpointObserver(probed, ObserveOptions(), Resolver(), lambda: NOW, Pace(None))
    left = weakref.ref(observer)

    gc.disable()
    try:
        seen = in_a_loop(observer.observe())
        del observer
        assert all(one.presented for one in seen)
        assert len(seen) == 1 + len(probes)
        assert left() is None
    finally:
        gc.enable()


def test_a_thread_that_ends_before_its_time_ends_the_stream(serve, tls, target, monkeypatch):
    async def stop_the_loop(_):
        running_loop().stop()
        await sleep(5)

    monkeypatch.setattr(EndpointObserver, "observe", stop_the_loop)

    assert list(run([target(serve(tls()))])) == []


def completion(plan, answer=None):
    def fetch(requests):
        futures = [Future() for _ in requests]
        for future in futures:
            if answer is not None:
                future.set_result(answer)
        return futures

    return Completion(plan, fetch)


EVIDENCE = Evidence(kind=EvidenceKind.CRL, source="http://crl.example/1", content=b"crl")


def test_what_is_missing_is_fetched_before_an_observation_is_yielded(serve, tls, target):
    rounds = iter([["one", "two"], ["three"], []])

    ((_, observation),) = run([target(serve(tls()))], completion=completion(lambda _: [next(rounds)], EVIDENCE))

    assert observation.evidence == (EVIDENCE,) * 3


def test_a_plan_that_never_ends_is_ended(serve, tls, target):
    ((_, observation),) = run([target(serve(tls()))], completion=completion(lambda _: [["more"]], EVIDENCE))

    assert len(observation.evidence) == MAX_ROUNDS


def test_what_is_being_fetched_when_the_run_is_to_end_is_interrupted(serve, tls, target):
    stop = Stop()

    def plan(_):
        stop.want()
        return [["for ever"]]

    ((_, observation),) = run([target(serve(tls()))], completion=completion(plan), stop=stop)

    assert (observation.failure.kind, observation.failure.phase) == (FailureKind.INTERRUPTED, Phase.PLAN)
    assert observation.presented
