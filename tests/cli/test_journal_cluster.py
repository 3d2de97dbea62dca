"""`--journal` and `--resume` with `--engine`: as they are without, although no worker has the journal."""

import json
from pathlib import Path

import pytest

from certgate.gate.engine import dask_cluster
from certgate.gate.engine.dask_cluster import DaskCluster
from certgate.gate.engine.dask_share import unpacked
from certgate.gate.engine.dask_task import observe_share
from certgate.lab.pki import pem
from certgate.observe.journal.journal_file import JournalFile
from tests.cli.journaled import FILE, HOSTS, LEAF, ROOT, cuts, declare, ids, lines, prepare, reported, scan
from tests.gate.engine.cluster_here import ClusterHere

ENGINE = "--engine=dask://127.0.0.1:8786"


@pytest.fixture
def world(monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    world = prepare(monkeypatch, tmp_path)
    world.clusters = []

    def connect(address):
        world.clusters.append(ClusterHere())
        return world.clusters[-1]

    monkeypatch.setattr(dask_cluster, "_connected", connect)
    return world


def test_a_run_by_a_cluster_that_was_killed_at_any_byte_goes_on_and_reports_what_an_undisturbed_one_does(world):
    undisturbed = scan(journal=None)
    assert scan(ENGINE) == undisturbed
    whole = FILE.read_bytes()
    for size in cuts():
        FILE.write_bytes(whole[:size])
        kept = whole[:size].rpartition(b"\n")[0].count(b'{"ordinal"')
        world.asked.clear()
        assert scan("--resume", ENGINE) == undisturbed, size
        assert world.asked == ids(HOSTS)[kept:]
        assert FILE.read_bytes().startswith(whole[:size].rpartition(b"\n")[0])
        assert lines()[-1] == {"end": {"targets": len(HOSTS)}}


def test_a_run_goes_on_with_another_engine(world):
    undisturbed = scan(journal=None)
    for first, second in (([], [ENGINE]), ([ENGINE], [])):
        FILE.unlink(missing_ok=True)
        scan(*first)
        FILE.write_bytes(FILE.read_bytes()[: FILE.read_bytes().index(b'{"ordinal": 4')])
        world.asked.clear()
        assert scan("--resume", *second) == undisturbed
        assert world.asked == ids(HOSTS[4:])


def test_what_failed_by_transport_is_observed_again_by_the_cluster(world):
    undisturbed = scan(journal=None)
    world.silent = {"h1.example", "h6.example"}
    assert scan(ENGINE)[0] == 1
    world.silent = set()
    world.asked.clear()
    assert scan("--resume", ENGINE) == undisturbed
    assert world.asked == ids(["h1.example", "h6.example"])


def test_what_the_cluster_failed_at_is_observed_again(world, monkeypatch):
    undisturbed = scan(journal=None)

    def fail(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(dask_cluster, "observe_share", fail)
        assert scan(ENGINE)[0] == 3
    world.asked.clear()
    assert scan("--resume", ENGINE) == undisturbed
    assert world.asked == ids(HOSTS)


def test_what_is_settled_and_costs_every_worker_is_lost_alone_and_stays_in_the_journal(world, monkeypatch):
    undisturbed = scan(ENGINE)

    def fail(run, version, work, share):
        if "h1.example:443" in {one.target.id for one in unpacked(share)[1]}:
            raise ZeroDivisionError
        return observe_share(run, version, work, share)

    world.asked.clear()
    with monkeypatch.context() as broken:
        broken.setattr(dask_cluster, "observe_share", fail)
        _, (report, *_) = scan("--resume", ENGINE)
    lost = [one["id"] for one in json.loads(report)["targets"] if one["verdict"] == "incomplete"]
    assert lost == ["h1.example:443"]
    assert scan("--resume", ENGINE) == undisturbed
    assert not world.asked


def test_with_another_list_the_cluster_observes_only_what_is_new(world, capsys):
    scan(ENGINE)
    declare([HOSTS[5], "new.example", *HOSTS[:4], f"{HOSTS[6]} policy=p.yaml label.team=a"])
    assert scan("--resume", ENGINE)[0] == 2
    assert "begun with another list of targets; say --changed-targets" in " ".join(capsys.readouterr().err.split())
    undisturbed = scan(journal=None)
    world.asked.clear()
    assert scan("--resume", "--changed-targets", ENGINE) == undisturbed
    assert world.asked == ids(["new.example", HOSTS[6]])


def test_a_second_run_by_a_cluster_on_the_same_journal_is_refused(world, capsys):
    file = JournalFile("j")
    assert scan("--resume", ENGINE)[0] == 2
    assert "another run is writing it; wait for its end" in " ".join(capsys.readouterr().err.split())
    file.close()


def test_the_cluster_is_given_the_observations_of_what_is_settled_and_nothing_of_the_journal(world):
    scan(ENGINE)
    FILE.write_bytes(FILE.read_bytes()[: FILE.read_bytes().index(b'{"ordinal": 6')])
    scan("--resume", ENGINE)
    fresh, resumed = (cluster.given for cluster in world.clusters)
    assert [len(one.split(b"journal")) for one in (fresh[0][2], resumed[0][2])] == [1, 1]
    shares = [unpacked(arguments[3]) for arguments in resumed]
    assert [one.id for targets, _ in shares for one in targets] == ids(HOSTS[6:])
    assert [one.target.id for _, settled in shares for one in settled] == ids(HOSTS[:6])


@pytest.mark.parametrize(
    ("most", "shares"),
    [(100_000, [HOSTS]), (10_000, [HOSTS[:3], HOSTS[4:5], HOSTS[6:]])],
)
def test_what_is_too_large_for_one_task_comes_in_several_or_is_judged_here(world, monkeypatch, most, shares):
    undisturbed = scan(journal=None)
    scan(ENGINE)
    monkeypatch.setattr("certgate.gate.engine.dask_share._LARGE", most)
    world.asked.clear()
    assert scan("--resume", ENGINE) == undisturbed
    assert not world.asked
    given = [unpacked(arguments[3])[1] for arguments in world.clusters[-1].given]
    assert [[one.target.id for one in share] for share in given] == [*map(ids, shares)]


def test_a_file_that_is_settled_is_not_read_again(world):
    Path("f.pem").write_bytes(pem(LEAF) + pem(ROOT))
    hosts = "".join(f"  - host: {host}\n" for host in HOSTS)
    Path("certgate.yaml").write_text(f"targets:\n  - file: f.pem\n{hosts}")
    command = ["scan", "--config=certgate.yaml", "--policy=p.yaml", "--trust=root.pem", "--retries=0"]
    command += ["--journal=j", ENGINE]
    undisturbed = reported(*command)
    Path("f.pem").write_bytes(pem(ROOT))
    world.asked.clear()
    assert reported(*command, "--resume") == undisturbed
    assert not world.asked


def test_a_journal_that_changes_while_a_cluster_goes_on_costs_its_targets_alone(world, monkeypatch):
    scan(ENGINE)
    whole = FILE.read_bytes()
    cut = whole[: whole.index(b'{"ordinal": 6')]
    FILE.write_bytes(cut)

    run = DaskCluster.run

    def spoil(*arguments):
        FILE.write_bytes(whole[:3000] + b"x" * (len(cut) - 3000))
        return run(*arguments)

    monkeypatch.setattr(DaskCluster, "run", spoil)
    code, (report, *_) = scan("--resume", ENGINE)
    assert code in {1, 3}
    targets = json.loads(report)["targets"]
    assert [t["verdict"] for t in targets[6:]] == ["compliant"] * 2
    assert "j/journal.jsonl changed while it was read" in json.dumps(targets[1:6])
