"""Several processes: what is lost with one, what is not, and how they end."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from certgate.gate.engine import worker_process, workers
from certgate.gate.engine.workers import Workers
from certgate.gate.ledger import Ledger
from certgate.system.stop import Stop
from tests.gate.engine.threads import ThreadInPlaceOfProcess
from tests.gate.engine.works import Ending, Killing, Naming, Unreadable, Unsendable, Work, stream


def results(work, targets, count=2):
    ledger = Ledger(len(targets))
    found = list(Workers(count).run(work, iter(targets), ledger))
    assert (ledger.missing, ledger.faults) == (0, ())
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def threads(monkeypatch):
    """Workers that are threads."""
    monkeypatch.setattr(workers, "WorkerProcess", ThreadInPlaceOfProcess)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_order_from_however_many_workers(threads, count):
    assert results(Work(), stream(300), count) == [*range(300)]


def test_a_process_that_is_killed_once_costs_nothing(tmp_path):
    work = Killing(guilty=frozenset({7}), once=tmp_path / "killed", kills=True)
    assert results(work, stream(20), count=1) == [*range(20)]
    assert work.once.exists()


@pytest.mark.slow
def test_a_target_that_kills_every_process_is_named(tmp_path):
    found = results(Killing(guilty=frozenset({1}), kills=True), stream(3))
    assert found[::2] == [0, 2]
    assert found[1].startswith(
        "worker-lost: each worker process that was given this target was killed by SIGKILL; perhaps memory"
    )


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("guilty", [{0}, {5, 6}, {11}, {*range(12)}, {*range(0, 200, 17)}])
def test_a_target_that_ends_every_worker_costs_itself_alone(threads, guilty, count):
    found = results(Killing(guilty=frozenset(guilty)), stream(200), count)
    assert [n for n, one in enumerate(found) if one != n] == sorted(guilty)
    reason = "worker-lost: each worker process that was given this target ended (a bug in certgate: ZeroDivisionError"
    assert all(found[n].startswith(reason) for n in guilty)


def test_a_result_that_cannot_be_sent_costs_its_target_alone(threads):
    found = results(Unsendable(), stream(3))
    assert found[::2] == [0, 2]
    assert "a bug in certgate: " in found[1]


@pytest.mark.parametrize("count", [2, 3])
def test_targets_of_one_host_are_handed_to_one_worker(threads, tmp_path, count):
    hosts = [*stream(40, "a.example"), *stream(40, "b.example"), *stream(40)]
    targets = [replace(one, id=f"{n}", ordinal=n) for n, one in enumerate(hosts)]
    found = results(Naming(folder=tmp_path, workers=count), targets, count)
    assert len({*found[:40]}) == len({*found[40:80]}) == 1
    assert len({*found}) == count


def test_a_short_list_is_shared_between_the_workers(threads, tmp_path):
    assert len({*results(Naming(folder=tmp_path, workers=2), stream(16))}) == 2


def test_work_that_cannot_be_made_elsewhere_is_told_with_the_reason(threads):
    found = results(Unreadable(), stream(3))
    assert all(
        one.startswith("worker-lost: a worker process ended (the last run is damaged); perhaps") for one in found
    )


@pytest.mark.parametrize(
    ("command", "reason"),
    [("/nonexistent/python", "cannot be started: No such file or directory"), ("false", "ended with exit code 1")],
)
def test_processes_that_cannot_be_started_are_told(monkeypatch, command, reason):
    monkeypatch.setattr(worker_process, "isolated", lambda _: [command])
    found = results(Work(), stream(3))
    assert all(one.startswith(f"worker-lost: a worker process {reason}; perhaps memory") for one in found)


def test_what_a_worker_without_a_process_leaves_behind_is_done_by_another(monkeypatch):
    started = iter([["/nonexistent/python"], ["/nonexistent/python"]])
    usual = worker_process.isolated
    monkeypatch.setattr(worker_process, "isolated", lambda module: next(started, None) or usual(module))
    assert results(Work(), stream(100)) == [*range(100)]


@pytest.mark.timeout(20)
def test_what_a_worker_was_doing_is_done_by_another_if_no_process_can_be_started_for_it(threads, monkeypatch, tmp_path):
    started = []

    def start(work, heard):
        started.append(1)
        if len(started) in {3, 4}:
            raise OSError(12, "Cannot allocate memory")
        return ThreadInPlaceOfProcess(work, heard)

    monkeypatch.setattr(workers, "WorkerProcess", start)
    work = Killing(guilty=frozenset({7}), once=tmp_path / "killed")
    assert results(work, stream(100)) == [*range(100)]
    assert len(started) >= 4


@pytest.mark.parametrize("heeds_stop", [True, False])
def test_an_interrupted_run_ends_within_two_seconds_and_leaves_no_process(tmp_path, heeds_stop):
    stop = Stop()
    work = Ending(stop=stop, begun=tmp_path / "begun", heeds_stop=heeds_stop)

    def interrupt():
        while not work.begun.exists() or not work.begun.read_text():
            time.sleep(0.01)
        interrupt.at = time.monotonic()
        stop.want()

    timer = Timer(0, interrupt)
    timer.start()
    found = results(work, stream(5), count=1)
    took = time.monotonic() - interrupt.at
    timer.join()
    assert took < 2
    assert found[0] == 0 if heeds_stop else found[0].startswith("interrupted: ")
    assert all(one.startswith("interrupted: ") for one in found[1:])
    assert not is_running(int(work.begun.read_text()))


def test_no_target_is_handed_out_after_the_time_of_the_run():
    found = results(Work(stop=Stop(seconds=0)), stream(3))
    assert all(one.startswith("not-visited: ") for one in found)


@pytest.mark.slow
def test_processes_end_with_the_first_process_even_if_that_is_killed(tmp_path):
    begun = tmp_path / "begun"
    program = (
        "import sys\nfrom pathlib import Path\nfrom certgate.gate.engine.workers import Workers\n"
        "from certgate.gate.ledger import Ledger\nfrom tests.gate.engine.works import Ending, stream\n"
        "work = Ending(begun=Path(sys.argv[1]), heeds_stop=False)\n"
        "list(Workers(1).run(work, iter(stream(1)), Ledger()))\n"
    )
    here = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", program, str(begun)], cwd=here) as first:
        while not begun.exists() or not begun.read_text():
            assert first.poll() is None
            time.sleep(0.02)
        first.kill()
    until = time.monotonic() + 5
    while is_running(int(begun.read_text())):
        assert time.monotonic() < until
        time.sleep(0.02)
