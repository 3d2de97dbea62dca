"""A run as a value: what a worker in another process makes of it."""

import pickle
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from certgate.checks.framework.needs import Setting
from certgate.gate import RunSpec, prepare, run
from certgate.gate.engine.workers import Workers
from certgate.gate.fetch_options import FetchOptions
from certgate.gate.forecasting import Forecasting
from certgate.gate.observing import Observing
from certgate.gate.work import Judging
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.target import Revocation, Role
from certgate.model.verdict import Verdict
from certgate.observe.saved import SavedObservations, stream_saved
from certgate.observe.stores.trust_stores import load_store
from certgate.policy.baseline import LoadedBaseline
from certgate.sources.context import FileOptions
from certgate.sources.saved import Saved
from certgate.system.stop import Stop
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.gate.processes import judge_there
from tests.gate.world import LEAF, ROOT, RULES, Heard, seen, several

WAIVED = """
waivers:
  - {rule: validity.expired, target: "*", reason: moving, owner: pki, expires: 2099-01-01}
"""


@pytest.fixture
def targets(target, tmp_path):
    """Nine of them, which differ in what judges them."""
    (tmp_path / "p.yaml").write_text(RULES + "  - {rule: name.host-match, when: {labels: {tier: edge}}}\n" + WAIVED)
    (tmp_path / "deployed.pem").write_bytes(pem(LEAF))
    ways = [
        {},
        {"labels": {"tier": "edge"}, "names": ("b.example",)},
        {"policy": "spiffe-svid", "roles": frozenset({Role.SERVER}), "expect": str(tmp_path / "deployed.pem")},
    ]
    return [replace(one, **ways[one.ordinal % 3]) for one in several(target, 9)]


@pytest.fixture
def spec():
    return RunSpec(
        fail_on=Severity.WARNING,
        at=CLOCK + timedelta(days=400),
        ignore=("spiffe.*",),
        baseline=LoadedBaseline("known.json", ()),
        settings={Setting.DENIED_KEYS: ("0" * 64,)},
        matrix=("mozilla",),
    )


@pytest.fixture
def saved(targets, tmp_path):
    """Observations of the targets in a file: of different chains, and one failure."""
    away = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    stranger = issue("b.example", sans=["b.example"])
    facts = [{}, {"presented": (stranger.der,)}, {"presented": (LEAF.der, stranger.der)}]
    observed = [seen(one, **facts[one.ordinal // 3]) for one in targets[:-1]]
    observed.append(seen(targets[-1], presented=(), failure=away))
    path = tmp_path / "seen.jsonl"
    with path.open("w") as stream:
        saving = SavedObservations(stream)
        header = prepare(targets).header
        saving.begin(header)
        for one in observed:
            saving.observed(one)
        saving.end(run(prepare(targets), targets, lambda _: iter(observed), []))
    return str(path)


def test_a_process_that_is_given_the_judges_judges_as_this_one_does(targets, spec, saved):
    judges = prepare(targets, spec).judges
    observed = [replace(one, target=judges.decided(one.target)) for one in stream_saved(saved)]
    here, there = get_context("spawn").Pipe()
    with here, there:
        child = get_context("spawn").Process(target=judge_there, args=(there,))
        child.start()
        here.send((judges, observed))
        found = here.recv()
        child.join()
    assert found == [*map(judges.judge, observed)]
    assert {result.verdict for result in found} == {Verdict.VIOLATED, Verdict.INCOMPLETE}


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3])
def test_workers_and_this_process_say_the_same_of_saved_observations(targets, spec, saved, count):
    def result_of(**engine):
        heard, stop, source = Heard(), Stop(), Saved(saved, FileOptions(at_given=True))
        declared = [replace(one, ordinal=n) for n, one in enumerate(source.targets())]
        gate = prepare(declared, spec)
        summary = run(
            gate, declared, Observing(source.observer(), gate.judges, None, stop), [heard], stop=stop, **engine
        )
        return summary, heard.results, sorted(heard.seen, key=lambda one: one.target.ordinal)

    summary, results, heard = result_of()
    assert result_of(engine=Workers(count)) == (summary, results, heard)
    assert [one.target.ordinal for one in results] == [*range(9)]
    assert summary.faults == ()
    assert {finding.outcome for one in results for finding in one.findings} >= {"pass", "fail", "not-checked"}


def test_a_spec_has_what_its_targets_name(targets, spec):
    judges = prepare(targets, spec).judges
    made = judges.spec
    assert list(made.policies) == [targets[0].policy, "spiffe-svid"]
    assert RULES in made.policies[targets[0].policy][Path(targets[0].policy)]
    assert made.stores == {targets[0].trust: TrustStore(targets[0].trust[0], (parse_certificate(ROOT.der),))} | {
        ("mozilla",): load_store(("mozilla",))
    }
    assert made.expected == {targets[2].expect: (parse_certificate(LEAF.der),)}
    assert replace(made, policies={}, stores={}, expected={}) == spec
    assert pickle.loads(pickle.dumps(judges)).spec == made


@pytest.mark.parametrize("gone", [False, True])
def test_a_worker_judges_by_the_files_as_they_were_when_the_run_was_planned(targets, spec, tmp_path, gone):
    judges = prepare(targets, spec).judges
    observed = [seen(judges.decided(one)) for one in targets]
    results = [*map(judges.judge, observed)]
    pickled = pickle.dumps(judges)
    for name in ("p.yaml", "root.pem", "deployed.pem"):
        (tmp_path / name).unlink() if gone else (tmp_path / name).write_bytes(b"\xff")
    assert [*map(pickle.loads(pickled).judge, observed)] == results


def test_work_pickles_as_its_description_with_a_stop_of_its_own(targets, spec, saved, tmp_path):
    judges, stop = prepare(targets, spec).judges, Stop()
    stop.call(lambda: None)
    fetching = FetchOptions(revocation=Revocation.SOFT, cache=str(tmp_path / "cache"))
    observe = Observing(Saved(saved, FileOptions(at_given=True)).observer(), judges, fetching, stop)
    start = datetime.fromisoformat("2026-12-01T00:00:00Z")
    for work in (Judging(judges, stop, observe), Forecasting(judges, stop, observe, start, start + timedelta(days=90))):
        pickled = pickle.dumps(work)
        there = pickle.loads(pickled)
        first = seen(judges.decided(targets[0]))
        assert there.judge(first) == work.judge(first)
        there.stop.want()
        assert next(there.observe(iter(targets)), None) is None
        assert not stop.wanted


def test_nothing_is_kept_of_targets_that_are_judged_alike(targets):
    read = iter(replace(targets[0], id=f"{n}.example", ordinal=n) for n in range(1000))
    gate = prepare(read)
    assert gate.targets == 1000
    assert len(pickle.dumps(gate.judges.spec)) == len(pickle.dumps(prepare(targets[:1]).judges.spec))
    assert len({gate.judges.of(replace(targets[0], id=f"{n}.example")) for n in range(1000)}) == 1
