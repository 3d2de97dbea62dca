"""Several sources as one, and how little they keep of their targets."""

import tracemalloc

import pytest

from certgate.lab.pki import CLOCK
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.observation import Observation, Observed
from certgate.model.target import Endpoint, FileSource, Target
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations
from certgate.sources import several
from certgate.sources.check import declare_check
from certgate.sources.context import FileOptions
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.only import Only
from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan
from certgate.sources.several import Several
from certgate.system.stop import Stop

MANY = 2000


class Recording(Observer):
    def __init__(self, log, *, waits):
        self.needs_connection = waits
        self.log = log

    def observe(self, targets, *, completion, stop):
        for target in targets:
            self.log.append(target.id)
            yield Observed(target, (Observation(observed_at=CLOCK),))


class Given(TargetSource):
    def __init__(self, observer, *ids):
        self.ids = ids
        self.by = observer

    def targets(self):
        for ordinal, id in enumerate(self.ids):
            yield Target(id=id, ordinal=ordinal, source=FileSource(id))

    def observer(self):
        return self.by


def test_several_sources_are_observed_each_by_its_own_observer_and_nothing_twice():
    slow, quick = [], []
    far, near = Recording(slow, waits=True), Recording(quick, waits=False)
    source = Several([Given(near, "a"), Given(far, "b", "c"), Given(near, "d", "e"), Given(far, "f"), Given(near, "g")])

    targets = list(source.targets())
    seen = [one.target.id for one in source.observer().observe(iter(targets), completion=None, stop=Stop())]

    assert [target.ordinal for target in targets] == list(range(7))
    assert (slow, quick) == (["b", "c", "f"], ["a", "d", "e", "g"])
    assert sorted(seen) == list("abcdefg")


def test_targets_in_any_order_are_observed_each_by_its_own_observer():
    slow, quick = [], []
    far, near = Recording(slow, waits=True), Recording(quick, waits=False)
    source = Several([Given(near, "a"), Given(far, "b"), Given(near, "c")])
    targets = list(source.targets())
    seen = list(source.observer().observe(iter(targets[::-1]), completion=None, stop=Stop()))
    assert (slow, sorted(quick), len(seen)) == (["b"], ["a", "c"], 3)


def test_a_source_is_read_again_with_the_same_targets():
    near = Recording([], waits=False)
    source = Several(given for given in [Given(near, "a", "b"), Given(near, "c")])

    first, second = list(source.targets()), list(source.targets())

    assert [target.id for target in first] == ["a", "b", "c"]
    assert second == first


def test_what_is_left_out_takes_no_number_and_changes_no_observer():
    slow, quick = [], []
    far, near = Recording(slow, waits=True), Recording(quick, waits=False)
    given = [Given(near, "a", "x"), Given(far, "x", "y"), Given(far, "b"), Given(near, "x"), Given(near, "c")]
    source = Several(given, Only(["a", "b", "c"]))

    first, second = list(source.targets()), list(source.targets())
    list(source.observer().observe(iter(second), completion=None, stop=Stop()))

    assert [(target.id, target.ordinal) for target in first] == [("a", 0), ("b", 1), ("c", 2)]
    assert second == first
    assert (slow, quick) == (["b"], ["a", "c"])


def test_two_targets_of_one_id_are_refused_whatever_their_sources():
    near = Recording([], waits=False)

    with pytest.raises(UsageError, match=r"^b is named twice$"):
        list(Several([Given(near, "a", "b"), Given(near, "b")]).targets())


@pytest.mark.parametrize(("most_kept", "readings"), [(3, 1), (2, 2)])
def test_few_targets_are_read_once_and_many_twice(most_kept, readings, monkeypatch):
    monkeypatch.setattr(several, "_MOST_KEPT", most_kept)
    source = Several([given := Given(Recording([], waits=False), "a", "b", "c")])
    read = []
    targets = given.targets
    monkeypatch.setattr(given, "targets", lambda: (read.append(1), targets())[1])

    first = list(source.targets())

    assert (list(source.targets()), len(read)) == (first, readings)


def test_targets_that_were_not_all_read_are_read_again():
    source = Several([Given(Recording([], waits=False), "a", "b", "c")])
    next(source.targets())

    assert [target.id for target in source.targets()] == ["a", "b", "c"]


@pytest.mark.parametrize("now", [(), ("b",), ("b", "c", "x", "y")])
def test_a_source_that_changes_meanwhile_is_still_observed_by_its_own_observer(now, monkeypatch):
    monkeypatch.setattr(several, "_MOST_KEPT", 0)
    slow, quick = [], []
    changing = Given(Recording(quick, waits=False), "b", "c")
    source = Several([Given(Recording(slow, waits=True), "a"), changing, Given(Recording(slow, waits=True), "d")])
    list(source.targets())
    observer = source.observer()

    changing.ids = now
    list(observer.observe(source.targets(), completion=None, stop=Stop()))

    assert (slow, quick) == (["a", "d"], list(now))


def kept_of(source):
    """Bytes that a source of many targets keeps of each, and those that it needs at most while it is read."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    assert sum(1 for _ in source.targets()) == MANY
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (kept - before) / MANY, (most - before) / MANY


def test_of_a_list_nothing_is_kept_but_its_text(tmp_path):
    file = tmp_path / "hosts.txt"
    file.write_text("".join(f"host-{n}.example:8443 label.tier=edge\n" for n in range(MANY)))
    source = declare_scan(ScanTargets(list=str(file)), EndpointOptions(), fail_on=None, tell=print).source
    list(source.targets())

    kept, most = kept_of(source)

    assert (kept < 20, most < 400) == (True, True)


def test_of_saved_observations_nothing_is_kept(tmp_path):
    file = tmp_path / "seen.jsonl"
    with file.open("w") as stream:
        writer = SavedObservations(stream)
        writer.begin(RunHeader(version="1", started_at=CLOCK, fail_on=Severity.ERROR, policies=(), rules={}))
        for n in range(MANY):
            target = Target(id=f"host-{n}.example:443", ordinal=n, source=Endpoint(f"host-{n}.example", 443))
            writer.observed(Observed(target, (Observation(observed_at=CLOCK, presented=(b"0" * 1000,)),)))
        writer.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: MANY}))
    source = declare_check([str(file)], FileOptions(at_given=True), tell=print).source
    list(source.targets())

    kept, most = kept_of(source)

    assert (kept < 20, most < 400) == (True, True)
