"""Saved observations: nothing is lost, and nothing else is taken for one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Note, Observation, Phase
from certgate.model.target import Endpoint, File, Place, Role, Target
from certgate.observe import saved
from certgate.observe.saved import dump_saved, load_saved, read_saved

NOW = datetime(2026, 6, 15, 12, 0, 1, 500, tzinfo=UTC)
FULL = (
    Target(
        id="10.0.3.7:8443#db.corp.example",
        ordinal=7,
        source=Endpoint("10.0.3.7", 8443, "db.corp.example"),
        place=Place("certgate.yaml", 6, 5),
        policy="spiffe-svid",
        trust=("tenants/a.pem",),
        roles=frozenset({Role.SERVER, Role.SPIFFE}),
        role_reason="spiffe_ids are given",
        names=("db.corp.example",),
        spiffe_ids=("spiffe://corp.example/db",),
        policy_oids=("2.23.140.1.2.2",),
        labels={"tier": "edge"},
    ),
    Observation(
        target="10.0.3.7:8443#db.corp.example",
        observed_at=NOW,
        address="10.0.3.7:8443",
        server_name="db.corp.example",
        presented=(b"\x30\x00\xff\xfe\xfd", b"\x30\x01\x00"),
        staple=b"\x30\xfb\xff",
        handshake=HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", "h2"),
        failure=Failure(FailureKind.ALERT, Phase.HANDSHAKE, 'a \u2028 line, a \x1b and a "quote"'),
        notes=(Note.CLASSICAL_RETRY,),
        timings={"connect": 0.001},
        unvisited=("10.0.3.8:8443",),
        evidence=(
            Evidence(EvidenceKind.OCSP, "http://ocsp.example/", b"\x30\xff", about="ab" * 32, nonce=b"n" * 32),
            Evidence(EvidenceKind.CRL, "http://crl.example/", None, FetchFailure.STATUS, "answered with status 404"),
        ),
    ),
)
PLAIN = (Target("a.pem", 0, File("a.pem")), Observation("a.pem", NOW, presented=(b"0",), from_file=True, lines=(3,)))


def load(*lines):
    return list(load_saved("seen.jsonl", lines))


@pytest.mark.parametrize("pair", [FULL, PLAIN])
def test_what_was_saved_comes_back_as_it_was(pair):
    line = dump_saved(*pair)

    assert "\n" not in line
    assert load(line) == [pair]


def test_several_lines_and_empty_ones_between_them_are_read_in_order():
    assert load(dump_saved(*PLAIN) + "\n", "\n", dump_saved(*FULL) + "\n") == [PLAIN, FULL]


def test_times_come_back_in_utc():
    target, _ = PLAIN
    when = datetime(2026, 6, 15, 14, tzinfo=timezone(timedelta(hours=2)))

    ((_, observation),) = load(dump_saved(target, Observation("a.pem", when)))

    assert observation.observed_at == when
    assert observation.observed_at.tzinfo is UTC


def changed(**changes):
    document = json.loads(dump_saved(*PLAIN))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for parent in parents:
            place = place[parent]
        place[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "Invalid JSON"),
        ("{}", "certgate-observation: Field required"),
        (changed(**{"certgate-observation": 2}), "certgate-observation: Input should be 1"),
        (changed(observation__colour="red"), "observation.colour: Unexpected keyword argument"),
        (changed(observation__presented=["%"]), "observation.presented.0: Data should be valid base64"),
        (changed(observation__observed_at="2026-06-15T12:00:00"), "observed_at has no time zone"),
        (changed(observation__target="b.pem"), "the observation is of another target"),
        (changed(target__roles=["king"]), "target.roles.0: Input should be"),
        (dump_saved(*PLAIN)[:-5], "Invalid JSON"),
    ],
)
def test_a_line_that_is_no_observation_is_named_with_file_and_line(line, words):
    with pytest.raises(UsageError) as caught:
        load(dump_saved(*PLAIN), line)

    assert str(caught.value).startswith("seen.jsonl:2: this is no saved observation: ")
    assert words in str(caught.value)


def test_a_line_of_exactly_the_limit_is_read_and_a_longer_one_is_not(monkeypatch, tmp_path):
    line = dump_saved(*PLAIN)
    monkeypatch.setattr(saved, "MAX_LINE", len(line))
    (tmp_path / "one").write_text(line, encoding="utf-8")
    (tmp_path / "two").write_text(f"{line}\n{line}", encoding="utf-8")

    assert read_saved(str(tmp_path / "one")) == [PLAIN]
    with pytest.raises(UsageError, match=f"two:1: the line is longer than {len(line)} characters$"):
        read_saved(str(tmp_path / "two"))


def test_bytes_that_are_no_text_are_named(tmp_path):
    path = tmp_path / "seen.jsonl"
    path.write_bytes(b"\xff\xfe\n")

    with path.open(encoding="utf-8") as lines, pytest.raises(UsageError, match=r"^seen\.jsonl: is not UTF-8"):
        list(load_saved("seen.jsonl", lines))


def test_a_file_name_that_is_no_text_cannot_be_saved():
    name = "\udcff.pem"

    with pytest.raises(UsageError, match=r"^the observation of '\\udcff\.pem' cannot be saved"):
        dump_saved(Target(name, 0, File(name)), Observation(name, NOW))


# --- large evidence ---


def holding(*contents):
    target, observation = PLAIN
    evidence = tuple(Evidence(EvidenceKind.CRL, f"http://crl.example/{n}", c) for n, c in enumerate(contents))
    return target, replace(observation, evidence=evidence)


def test_a_large_crl_is_written_once_for_all_observations():
    large = b"\x30" + b"\xff" * saved.LARGE
    known = set()

    first = dump_saved(*holding(b"small", large), known).splitlines()
    second = dump_saved(*holding(large), known).splitlines()

    assert [len(first), len(second)] == [2, 1]
    assert len(second[0]) < saved.LARGE
    assert load(*first, *second) == [holding(b"small", large), holding(large)]


@pytest.mark.parametrize(("size", "lines"), [(saved.LARGE - 1, 1), (saved.LARGE, 2)])
def test_what_counts_as_large_is_a_number(size, lines):
    assert len(dump_saved(*holding(b"\x30" * size)).splitlines()) == lines


def test_a_reference_to_a_line_that_is_not_there_is_named():
    *_, alone = dump_saved(*holding(b"\x30" * saved.LARGE)).splitlines()

    with pytest.raises(
        UsageError, match=r"^seen\.jsonl:1: the evidence that this line refers to stands on none before"
    ):
        load(alone)
