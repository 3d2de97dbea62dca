"""A cluster of processes: what is lost with a worker, what is not, and what a lost scheduler leaves behind."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread, Timer

import pytest

import certgate
from certgate.cli import main as cli
from certgate.gate.engine import dask_cluster, dask_task
from certgate.gate.engine.dask_address import DaskAddress
from certgate.gate.engine.dask_cluster import DaskCluster
from certgate.gate.engine.dask_share import packed
from certgate.gate.engine.lane import Lane
from certgate.gate.engine.worker import Share
from certgate.gate.ledger import Ledger
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios
from certgate.model.errors import UsageError
from certgate.system.stop import Stop
from tests.gate.engine.works import Ending, Killing, Naming, Work, stream

NOW = datetime.now(UTC) - timedelta(days=1)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.filterwarnings("ignore::ResourceWarning")]


def dask():
    """Imported late, as is what follows: it takes a second that only these tests need."""
    return pytest.importorskip("dask")


def distributed():
    return pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    sys.path.insert(0, str(Path(__file__).parents[3]))
    with distributed().LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0
    ) as running:
        yield running
    sys.path.pop(0)


def engine_of(cluster, **options):
    return DaskCluster(DaskAddress(cluster.scheduler_address), **options)


def results(engine, work, targets):
    ledger = Ledger(len(targets))
    found = list(engine.run(work, iter(targets), ledger))
    assert (ledger.missing, ledger.faults) == (0, ())
    return found


def test_results_come_in_order_from_all_workers(cluster):
    engine = engine_of(cluster)
    assert engine.processes == 2
    assert results(engine, Work(), stream(3000)) == [*range(3000)]


def test_targets_of_one_host_are_never_in_two_tasks_at_a_time(cluster, tmp_path):
    targets = [*stream(600, "a.example"), *stream(1200)[600:]]
    found = results(engine_of(cluster), Naming(folder=tmp_path, workers=1), targets)
    assert len(found) == 1200
    assert len({*found}) > 1


def test_a_worker_that_is_killed_and_one_that_is_started_again_cost_nothing(cluster, tmp_path):
    work = Killing(guilty=frozenset({70}), once=tmp_path / "killed", kills=True)
    engine = engine_of(cluster)
    restart = Timer(0.2, lambda: cluster.scale(3))
    restart.start()
    assert results(engine, work, stream(1500)) == [*range(1500)]
    restart.join()
    assert work.once.exists()


def test_a_target_that_a_worker_fails_at_costs_itself_alone(cluster):
    found = results(engine_of(cluster), Killing(guilty=frozenset({5, 90})), stream(100))
    assert [n for n, one in enumerate(found) if one != n] == [5, 90]
    assert found[5].startswith("worker-lost: a bug in certgate: ZeroDivisionError in a worker of the cluster")


def test_a_target_that_kills_every_worker_is_named():
    with (
        dask().config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed().LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        ) as cluster,
    ):
        found = results(engine_of(cluster), Killing(guilty=frozenset({1}), kills=True), stream(2))
    assert found == [0, "worker-lost: every worker of the cluster that was given this target ended"]


def test_an_interrupted_run_ends_within_two_seconds_and_stops_the_workers(cluster, tmp_path):
    stop = Stop()
    work = Ending(stop=stop, begun=tmp_path / "begun")

    def interrupt():
        while not work.begun.exists():
            time.sleep(0.01)
        interrupt.at = time.monotonic()
        stop.want()

    thread = Thread(target=interrupt)
    thread.start()
    found = results(engine_of(cluster), work, stream(40))
    took = time.monotonic() - interrupt.at
    thread.join()
    assert all(one.startswith("interrupted: ") for one in found)
    assert took < 2
    assert results(engine_of(cluster), Work(), stream(64)) == [*range(64)]  # both workers are free again


def test_another_version_is_refused_at_the_start(cluster, monkeypatch):
    monkeypatch.setattr(certgate, "__version__", "9.9")
    with pytest.raises(UsageError, match=r"has certgate .* and this is certgate 9.9 with Python .*: install the same"):
        engine_of(cluster)


def test_a_worker_of_another_version_that_comes_later_costs_its_targets(cluster, monkeypatch):
    engine = engine_of(cluster)
    monkeypatch.setattr(certgate, "__version__", "9.9")
    found = results(engine, Work(), stream(2))
    assert all(one.startswith("worker-lost: a worker of the cluster has certgate ") for one in found)


def test_a_cluster_with_tls_shows_its_certificate_and_gets_one(tmp_path):
    authority = issue("Cluster CA", ca=True, not_before=NOW, days=10)
    both = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]
    member = issue("member", issuer=authority, not_before=NOW, days=10, ekus=both)
    stranger = issue("Other CA", ca=True, not_before=NOW, days=10)
    (tmp_path / "ca.pem").write_bytes(pem(authority))
    (tmp_path / "member.pem").write_bytes(pem(member) + member.key_pem)
    (tmp_path / "other.pem").write_bytes(pem(stranger))
    files = {
        f"distributed.comm.tls.{role}.cert": str(tmp_path / "member.pem") for role in ("scheduler", "worker", "client")
    }
    trusted = {"distributed.comm.tls.ca-file": str(tmp_path / "ca.pem")}
    with dask().config.set(files | trusted):
        security = distributed().Security(require_encryption=True)
        with distributed().LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", protocol="tls", security=security
        ) as secure:
            assert secure.scheduler_address.startswith("tls://")
            assert results(engine_of(secure), Work(), stream(3)) == [0, 1, 2]
            with (
                dask().config.set({"distributed.comm.tls.ca-file": str(tmp_path / "other.pem")}),
                pytest.raises(UsageError, match="no connection to the scheduler at tls://"),
            ):
                engine_of(secure)


def test_a_scan_by_a_cluster_reports_what_a_scan_here_does(cluster, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    root = issue("Root", ca=True, days=3650)
    (tmp_path / "root.pem").write_bytes(pem(root))
    (tmp_path / "file.pem").write_bytes(pem(issue("", issuer=root, sans=["a.example"])))
    with Lab([all_scenarios()["good-ecdsa"], all_scenarios()["expired-leaf"]]) as lab:
        targets = "".join(
            f"  - {{host: '127.0.0.1:{one.port}', name: {one.scenario.name}.example}}\n" for one in lab.endpoints
        )
        (tmp_path / "certgate.yaml").write_text(f"trust: [root.pem]\ntargets:\n  - file: file.pem\n{targets}")
        words = ["scan", "--config", "certgate.yaml", "--report", "csv=r.csv", "--at", CLOCK.isoformat()]
        here = cli.run(words), (tmp_path / "r.csv").read_bytes()
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        assert (cli.run([*words, "--engine", address]), (tmp_path / "r.csv").read_bytes()) == here
        assert cli.run([*words, "--engine", address, "--workers", "2"]) == 2
    assert "--workers starts processes here and --engine uses others" in capsys.readouterr().err


def test_a_run_that_is_killed_at_random_moments_goes_on_and_reports_what_an_undisturbed_one_does(cluster, tmp_path):
    root = issue("Root", ca=True, days=3650)
    (tmp_path / "root.pem").write_bytes(pem(root))
    with Lab([all_scenarios()["good-ecdsa"], all_scenarios()["expired-leaf"]]) as lab:
        ports = [one.port for one in lab.endpoints]
        hosts = [(f"h{n}.example", ports[n % 2]) for n in range(40)]
        lines = [f"{host}:{port} name=n{n}.example\n" for n in range(5) for host, port in hosts]
        (tmp_path / "hosts.txt").write_text("".join(lines))
        words = ["--targets=hosts.txt", "--trust=root.pem", f"--at={CLOCK.isoformat()}", "--report=csv=r.csv"]
        words += ["--select=trust.anchor", "--select=validity.expired"]
        words += [f"--resolve={host}:{port}:127.0.0.1" for host, port in hosts]
        words += ["--engine=" + cluster.scheduler_address.replace("tcp://", "dask://")]
        command = [sys.executable, "-m", "certgate.cli.main", "scan", *words]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}

        def begin(*more):
            return subprocess.Popen([*command, *more], cwd=tmp_path, stdout=subprocess.DEVNULL, env=environment)

        with begin() as process:
            pass
        undisturbed = process.returncode, (tmp_path / "r.csv").read_bytes()
        journal = tmp_path / "j" / "journal.jsonl"
        for more in (0, 20_000, 150_000):
            size = more + (journal.stat().st_size if journal.exists() else 0)
            with begin("--journal=j", "--resume") as process:
                while process.poll() is None and (not journal.exists() or journal.stat().st_size <= size):
                    time.sleep(0.001)
                process.kill()
            assert process.returncode == -signal.SIGKILL
        with begin("--journal=j", "--resume") as process:
            pass
    assert (process.returncode, (tmp_path / "r.csv").read_bytes()) == undisturbed
    made = [one["ordinal"] for line in journal.read_bytes().splitlines() if "ordinal" in (one := json.loads(line))]
    assert sorted(made) == [*range(200)]


def test_no_scheduler_is_told(monkeypatch):
    monkeypatch.setattr(dask_cluster, "_SECONDS_TO_ANSWER", 0.5)
    with pytest.raises(UsageError, match=r"--engine: no connection to the scheduler at tcp://127.0.0.1:9: "):
        DaskCluster(DaskAddress("tcp://127.0.0.1:9"))


def test_without_the_extra_what_to_install_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'certgate\[dask\]'"):
        DaskCluster(DaskAddress("tcp://127.0.0.1:9"))


def test_a_cluster_without_workers_is_refused():
    with (
        distributed().LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(UsageError, match="has no worker that answers; start some"),
    ):
        engine_of(empty)


def test_a_cluster_that_loses_its_workers_is_told_after_some_patience(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_CHECK", 0.2)
    with distributed().LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as small:
        engine = engine_of(small, patience=1)
        small.scale(0)
        while small.scheduler.workers:  # one that is still there would do the work
            time.sleep(0.01)
        found = results(engine, Work(), stream(3))
    assert all("has had no worker for 1 seconds" in one for one in found)


def test_a_scheduler_that_is_lost_is_told(tmp_path):
    program = (
        "from distributed import LocalCluster\nimport time\n"
        "if __name__ == '__main__':\n"
        "    c = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=':0')\n"
        "    print(c.scheduler_address, flush=True)\n    time.sleep(100)\n"
    )
    (tmp_path / "cluster.py").write_text(program)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, "cluster.py"], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        address = process.stdout.readline().strip()
        engine = DaskCluster(DaskAddress(address))
        work = Ending(begun=tmp_path / "begun")

        def kill():
            while not work.begun.exists():
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)

        thread = Thread(target=kill)
        thread.start()
        found = results(engine, work, stream(3))
        thread.join()
    assert all("the connection to the scheduler at" in one and one.startswith("worker-lost: ") for one in found)


def test_a_task_of_a_run_that_ended_finds_its_stop_wanted():
    work, (share, _) = pickle.dumps(Stopping()), packed(stream(2))
    assert len(pickle.loads(dask_task.observe_share("run", certgate.__version__, work, share))) == 2
    dask_task.end_run("run")
    assert not dask_task._works
    assert pickle.loads(dask_task.observe_share("run", certgate.__version__, work, share)) == []
    assert not dask_task._works


class Stopping(Work):
    def observe(self, targets):
        return () if self.stop.wanted else super().observe(targets)


def test_a_lane_gives_what_is_to_run_again_first():
    lane = Lane()
    lane.kept.extend(stream(5))
    lane.again.append(Share(tuple(stream(2)), 1))
    assert [len(lane.next(3)) for _ in range(4)] == [2, 3, 2, 0]
    lane.kept.extend(stream(1))
    lane.again.append(Share(tuple(stream(2)), 1))
    assert len(list(lane.left())) == 3
    assert len(list(lane.left())) == 0


def test_what_is_put_back_comes_next_and_is_not_under_way():
    lane = Lane()
    lane.kept.extend(stream(5))
    targets = lane.next(4)
    lane.put_back(targets[1:])
    assert [*lane.under_way] == ["0"]
    assert [[one.id for one in lane.next(3)] for _ in range(3)] == [["1", "2", "3"], ["4"], []]
