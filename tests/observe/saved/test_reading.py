"""What is read again is whole, or says what it lacks."""

import json
from dataclasses import replace

import pytest

from certgate.model.errors import UsageError
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase, Vantage
from certgate.model.target import Endpoint, FileSource, Target, TrustMode
from certgate.observe.saved import reading, stream_saved
from tests.observe.saved.saved_files import FULL, NOW, OTHER, PLAIN, load, saved


def not_whole(lines):
    """What is said of a file that is not whole, after its targets."""
    *others, whole = load(lines)
    assert (whole.target.id, whole.target.source) == ("seen.jsonl", FileSource("seen.jsonl"))
    (observation,) = whole.observations
    assert (observation.failure.kind, observation.failure.phase) == (FailureKind.INTERRUPTED, Phase.READ)
    return others, observation.failure.detail


KILLED = "the run was killed, or the file was cut off"


def test_a_file_without_its_end_says_so_wherever_it_was_cut_off():
    lines = saved(FULL, OTHER)
    whole = b"".join(lines)
    first = len(lines[0])
    told = {}
    for length in range(first, len(whole) - 1):
        pairs, detail = not_whole(whole[:length].splitlines(keepends=True))
        assert pairs == [FULL, OTHER][: len(pairs)]
        told[detail] = len(pairs)
    assert told == {
        f"seen.jsonl is incomplete: the end is missing after 0 targets; {KILLED}": 0,
        f"seen.jsonl is incomplete: the end is missing after 1 target; {KILLED}": 1,
        f"seen.jsonl is incomplete: the end is missing after 2 targets; {KILLED}": 2,
    }
    assert load(whole[:-1].splitlines(keepends=True)) == [FULL, OTHER]


def test_an_interrupted_run_says_how_many_targets_it_reached():
    failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, "interrupted")
    missed = OTHER.each(lambda seen: replace(seen, failure=failure))
    pairs, detail = not_whole(saved(PLAIN, missed, interrupted=True))
    assert pairs == [PLAIN, missed]
    assert detail == "seen.jsonl is incomplete: 1 of 2 targets; the run was interrupted"


@pytest.mark.parametrize("kept", [0, 1])
def test_a_lost_line_is_missed(kept):
    header, *lines, end = saved(PLAIN, OTHER)
    pairs, detail = not_whole([header, *lines[:kept], end])
    assert len(pairs) == kept
    assert detail.startswith(f"seen.jsonl is incomplete: {kept} of 2 targets; lines are missing")


def test_a_file_that_is_not_whole_is_judged_as_its_last_target_is():
    header, line, _ = saved(FULL)
    _, whole = load([header, line])
    target = whole.target
    words = target.policy, target.trust, target.trust_mode, whole.observations[0].observed_at
    assert words == ("spiffe-svid", ("tenants/a.pem",), TrustMode.ANY_OF, NOW)


def test_a_line_of_exactly_the_limit_is_read_and_a_longer_one_is_not(monkeypatch, tmp_path):
    lines = saved(PLAIN)
    path = tmp_path / "seen.jsonl"
    path.write_bytes(b"".join(lines))
    monkeypatch.setattr(reading, "MAX_LINE", len(lines[1]))
    assert list(stream_saved(str(path))) == [PLAIN]
    monkeypatch.setattr(reading, "MAX_LINE", len(lines[1]) - 1)
    with pytest.raises(UsageError, match=rf"seen.jsonl:2: the line is longer than {len(lines[1]) - 1} bytes$"):
        list(stream_saved(str(path)))


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(UsageError, match=r"^none\.jsonl: cannot be read: No such file or directory$"):
        list(stream_saved("none.jsonl"))


def test_a_file_from_before_there_were_origins_has_none():
    endpoint = Endpoint("a.example", 443, "a.example")
    seen = Observation(observed_at=NOW, vantage=Vantage("10.0.3.7:443", "a.example"))
    before = Observed(Target(id="a.example:443", ordinal=0, source=endpoint), (seen,))
    lines = saved(before)
    record = json.loads(lines[1])
    for name in [name for name in record["target"]["source"] if name.startswith("origin")]:
        del record["target"]["source"][name]
    lines[1] = json.dumps(record).encode() + b"\n"

    assert load(lines) == [before]
