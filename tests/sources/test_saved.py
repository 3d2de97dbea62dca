"""Saved observations, as their observer finds them again."""

from datetime import timedelta

from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations
from certgate.sources.context import FileOptions
from certgate.sources.saved import Saved
from certgate.system.stop import Stop

LEAF = issue("a.example", sans=["a.example"])


def saved(path, count):
    with path.open("w") as stream:
        saving = SavedObservations(stream)
        saving.begin(RunHeader(version="1", started_at=CLOCK, fail_on=Severity.ERROR, policies=(), rules={}))
        for n in range(count):
            target = Target(id=f"{n}.example:443", ordinal=n, source=Endpoint(f"{n}.example", 443))
            seen = Observation(observed_at=CLOCK + timedelta(seconds=n), presented=(LEAF.der,))
            saving.observed(Observed(target, (seen,)))
        saving.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: count}))
    return Saved(str(path), FileOptions(at_given=True))


def seconds(source, targets):
    found = list(source.observer().observe(iter(targets), completion=None, stop=Stop()))
    return [None if one.observations[0].failure else one.observations[0].observed_at.second for one in found]


def test_they_are_found_in_any_order(tmp_path):
    source = saved(tmp_path / "seen.jsonl", 5)
    targets = list(source.targets())
    assert seconds(source, targets) == [0, 1, 2, 3, 4]
    assert seconds(source, [targets[n] for n in (3, 1, 4, 0)]) == [3, 1, 4, 0]


def test_a_file_that_lost_targets_is_not_read_again_for_each_of_them(tmp_path, monkeypatch):
    source = saved(tmp_path / "seen.jsonl", 100)
    targets = list(source.targets())
    observer = saved(tmp_path / "seen.jsonl", 2).observer()
    found = list(observer.observe(iter(targets), completion=None, stop=Stop()))
    assert [one.observations[0].failure is None for one in found] == [True] * 2 + [False] * 98
    assert "changed while it was being checked" in found[2].observations[0].failure.detail
    assert observer._starts < 20
