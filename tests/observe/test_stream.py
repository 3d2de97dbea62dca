"""Many targets: order, bounds, interruption."""

import gc
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from certgate.model.errors import UsageError
from certgate.model.observation import FailureKind, Phase
from certgate.model.target import Endpoint, Target
from certgate.observe.endpoints import observe_endpoints
from certgate.observe.options import ObserveOptions

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def run(targets, emit, *, complete=None, **options):
    return observe_endpoints(targets, ObserveOptions(**options), emit, complete=complete, now=lambda: NOW)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_every_target_is_emitted_once(serve, tls, target):
    server = serve(tls())
    targets = [target(server, f"127.0.0.{n % 5 + 1}", ordinal=n) for n in range(40)]
    for n in range(5):
        if n:
            serve(server.talk, address=f"127.0.0.{n + 1}", port=server.port)
    seen = []

    interrupted = run(targets, lambda t, o: seen.append((t.ordinal, o.failure)), concurrency=8)

    assert not interrupted
    assert sorted(seen) == [(n, None) for n in range(40)]


def test_no_targets_are_no_work():
    assert run([], pytest.fail) is False


def test_targets_are_read_only_as_they_are_needed(serve, tls, target):
    server = serve(tls())
    read = []
    emitted = []

    def targets():
        for n in range(30):
            read.append(n)
            yield target(server, ordinal=n)

    def emit(_, __):
        emitted.append(len(read) - len(emitted))

    run(targets(), emit, concurrency=2, per_host=1)

    assert len(emitted) == 30
    assert max(emitted) <= 2 * 5


def test_emission_does_not_wait_for_a_slow_target(serve, tls, target, silence):
    quick, slow = serve(tls()), serve(silence, address="127.0.0.2")
    seen = []

    run([target(slow, ordinal=0), target(quick, ordinal=1)], lambda t, _: seen.append(t.ordinal), timeout=0.6)

    assert seen == [1, 0]


def test_ctrl_c_ends_the_run_and_tells_what_was_under_way(serve, tls, target, silence):
    quick = serve(tls())

    def talk(client):
        client.recv(1)  # so the client is in the handshake
        press_ctrl_c()
        silence(client)

    slow = serve(talk, address="127.0.0.2")
    read, seen = [], []

    def targets():
        for n, server in enumerate([quick, slow, slow, slow, slow]):
            read.append(n)
            yield target(server, ordinal=n)

    interrupted = run(targets(), lambda t, o: seen.append((t.ordinal, o.failure)), concurrency=1)

    assert interrupted
    (first, no_failure), (second, failure) = seen
    assert (first, no_failure, second, failure.kind) == (0, None, 1, FailureKind.INTERRUPTED)
    assert read == [0, 1]


def test_targets_that_were_read_but_not_begun_are_told_too(serve, target, silence):
    def talk(client):
        client.recv(1)  # so the client is in the handshake
        press_ctrl_c()
        silence(client)

    server = serve(talk)
    seen = []

    run([target(server, ordinal=n) for n in range(3)], lambda t, o: seen.append((t.ordinal, o.failure)), per_host=1)

    assert [(n, f.kind, f.phase) for n, f in seen] == [
        (0, FailureKind.INTERRUPTED, Phase.HANDSHAKE),
        (1, FailureKind.INTERRUPTED, Phase.RESOLVE),
        (2, FailureKind.INTERRUPTED, Phase.RESOLVE),
    ]


def test_ctrl_c_does_not_wait_for_a_look_up_that_hangs(name_server):
    hangs = threading.Event()

    def look_up():
        press_ctrl_c()
        hangs.wait()

    name_server["db.corp.example"] = look_up
    seen = []

    interrupted = run([Target("db", 0, Endpoint("db.corp.example", 443))], lambda _, o: seen.append(o.failure))
    returned_first = not hangs.is_set()
    hangs.set()

    assert interrupted
    assert returned_first
    assert [(f.kind, f.phase) for f in seen] == [(FailureKind.INTERRUPTED, Phase.RESOLVE)]


def test_look_ups_that_hang_do_not_hold_up_others(serve, tls, target, name_server):
    hangs = threading.Event()
    server = serve(tls())
    hosts = [f"h{n}.example" for n in range(40)]
    name_server.update(dict.fromkeys(hosts, hangs.wait), good=["127.0.0.1"])
    targets = [target(server, host, ordinal=n) for n, host in enumerate([*hosts, "good"])]
    seen = {}

    run(targets, lambda t, o: seen.update({t.ordinal: o.failure}), timeout=0.5, concurrency=20)
    hangs.set()

    assert {failure.kind for n, failure in seen.items() if n < 40} == {FailureKind.TIMED_OUT}
    assert seen[40] is None


def test_an_interrupt_inside_the_receiver_is_an_interrupt_too(serve, tls, target, silence, caplog):
    quick, slow = serve(tls()), serve(silence, address="127.0.0.2")
    seen = []

    def emit(declared, observation):
        seen.append((declared.ordinal, observation.failure and observation.failure.kind))
        if declared.ordinal == 0:
            raise KeyboardInterrupt

    interrupted = run([target(quick, ordinal=0), target(slow, ordinal=1)], emit)

    assert interrupted
    assert seen == [(0, None), (1, FailureKind.INTERRUPTED)]
    gc.collect()
    assert not caplog.records


def test_an_error_in_the_targets_ends_the_run(serve, tls, target):
    server = serve(tls())
    seen = []

    def targets():
        yield target(server)
        raise UsageError("hosts.txt:2: this is no host")

    with pytest.raises(UsageError, match=r"hosts\.txt:2"):
        run(targets(), lambda *_: seen.append(1), concurrency=1)

    assert seen == [1]


def test_an_error_of_the_receiver_ends_the_run_with_nothing_more_emitted():
    at_once = [Target(str(n), n, Endpoint("no host \u00e9", 443)) for n in range(20)]  # all fail in the same instant
    calls = []

    def emit(*_):
        calls.append(1)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(at_once, emit, per_host=20)

    assert calls == [1]


def test_a_program_can_end_while_a_look_up_hangs():
    program = """
import socket, threading
from certgate.model.target import Endpoint, Target
from certgate.observe.endpoints import observe_endpoints
from certgate.observe.options import ObserveOptions

def hang(*_, flags, **__):
    if flags:
        raise socket.gaierror
    threading.Event().wait()

socket.getaddrinfo = hang
target = Target("db", 0, Endpoint("db.corp.example", 443))
observe_endpoints([target], ObserveOptions(timeout=0.1), lambda _, o: print(o.failure.kind))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "timed-out\n", "")


class Panic(BaseException):
    """What a library in Rust raises when it panics derives from BaseException."""


@pytest.mark.parametrize("error", [KeyError("secret"), Panic("secret")])
def test_a_bug_in_what_completes_an_observation_costs_its_target_alone(serve, tls, target, error):
    server = serve(tls())
    seen = {}

    async def complete(declared, observation):
        if declared.ordinal == 1:
            raise error
        return observation

    targets = [target(server, ordinal=n) for n in range(3)]
    interrupted = run(targets, lambda t, o: seen.update({t.ordinal: o}), complete=complete)

    assert not interrupted
    assert [seen[n].failure and seen[n].failure.kind for n in range(3)] == [None, FailureKind.INTERNAL, None]
    failure = seen[1].failure
    assert failure.phase is Phase.PLAN
    assert failure.detail.startswith(
        f"a bug in certgate: {type(error).__name__} in naming and fetching what is missing; "
    )
    assert seen[1].presented
