"""Saved observations: nothing is lost, what is not whole says so, and nothing else is taken for one."""

import io
import json
from base64 import b64encode
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest

import certgate.observe.saved
from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.finding import Severity
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    IssuancePlan,
    Note,
    Observation,
    Observed,
    Phase,
    Refusal,
    Vantage,
)
from certgate.model.target import Endpoint, FileSource, Place, Purpose, Revocation, Role, Target, TrustMode
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations, load_saved, reading, stream_saved
from certgate.observe.saved.writing import LARGE

NOW = datetime(2026, 6, 15, 12, 0, 1, 500, tzinfo=UTC)
SCHEMA = json.loads(Path(certgate.observe.saved.__file__).with_name("saved.schema.json").read_text())
FULL = Observed(
    Target(
        id="10.0.3.7:8443#db.corp.example",
        ordinal=0,
        source=Endpoint("10.0.3.7", 8443, "db.corp.example"),
        place=Place("certgate.yaml", 6, 5),
        policy="spiffe-svid",
        trust=("tenants/a.pem",),
        trust_mode=TrustMode.ANY_OF,
        roles=frozenset({Role.SERVER, Role.SPIFFE}),
        role_reason="spiffe_ids are given",
        names=("db.corp.example",),
        spiffe_ids=("spiffe://corp.example/db",),
        policy_oids=("2.23.140.1.2.2",),
        labels={"tier": "edge"},
        revocation=Revocation.HARD,
        expect="chain.pem",
        purpose=Purpose.ANY,
    ),
    (
        Observation(
            observed_at=NOW,
            vantage=Vantage("10.0.3.7:8443", "db.corp.example"),
            presented=(b"\x30\x00\xff\xfe\xfd", b"\x30\x01\x00"),
            staple=b"\x30\xfb\xff",
            handshake=HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", "h2"),
            failure=Failure(FailureKind.ALERT, Phase.HANDSHAKE, 'a \u2028 line, a \x1b and a "quote"'),
            notes=(Note.CLASSICAL_RETRY,),
            timings={"connect": 0.001},
            unvisited=("10.0.3.8:8443",),
            from_file=True,
            lines=(3, 40),
            evidence=(
                Evidence(
                    kind=EvidenceKind.OCSP,
                    source="http://ocsp.example/",
                    content=b"\x30\xff",
                    about="ab" * 32,
                    nonce=b"n" * 32,
                ),
                Evidence(
                    kind=EvidenceKind.CRL,
                    source="http://crl.example/",
                    content=None,
                    failure=FetchFailure.STATUS,
                    detail="answered with status 404",
                ),
                Evidence(kind=EvidenceKind.ISSUER, source="http://ca.example/", content=b""),
            ),
            container="PKCS#12",
            public_key=b"\x30\x01",
            key_problem="why",
            request=b"\x30\x02",
            plan=IssuancePlan(
                duration=timedelta(days=90),
                renew_before=timedelta(seconds=1.5),
                self_signed=True,
                is_drafted=True,
                refusals=(Refusal("no-name", "it names nothing"),),
            ),
        ),
    ),
)
(SEEN,) = FULL.observations
PLAIN = Observed(
    Target(id="a.pem", ordinal=0, source=FileSource("a.pem")),
    (Observation(observed_at=NOW, presented=(b"0",), from_file=True, lines=(3,)),),
)
OTHER = Observed(Target(id="b.pem", ordinal=1, source=FileSource("b.pem", "b.key")), (Observation(observed_at=NOW),))
HEADER = RunHeader(version="1.2.3", started_at=NOW, fail_on=Severity.ERROR, policies=("p",), rules={})


def saved(*pairs, **summary):
    """The lines of a file with these targets."""
    stream = io.StringIO()
    writer = SavedObservations(stream)
    writer.begin(HEADER)
    for pair in pairs:
        writer.observed(pair)
    writer.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: len(pairs)}, **summary))
    return stream.getvalue().encode().splitlines(keepends=True)


def load(lines):
    return list(load_saved("seen.jsonl", lines))


def refused(lines):
    with pytest.raises(UsageError) as caught:
        load(lines)
    return str(caught.value)


def keeps_to_the_schema(line):
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return validator.is_valid(json.loads(line))


# --- what was saved comes back ---


@pytest.mark.parametrize("pair", [FULL, PLAIN])
def test_what_was_saved_comes_back_as_it_was(pair):
    assert load(saved(pair)) == [pair]


def test_several_targets_come_back_in_their_order_whatever_empty_lines_stand_between():
    header, *lines = saved(PLAIN, OTHER)
    assert load([header, b"\n", *lines, b" \n"]) == [PLAIN, OTHER]


@pytest.mark.parametrize("value", [FULL.target, SEEN, *SEEN.evidence[:1], SEEN.handshake, SEEN.plan])
def test_the_full_example_has_something_to_lose_in_every_field(value):
    """So that a field that is new in the model and that nobody maps fails the test above."""
    usual = {f.name: f.default if f.default is not MISSING else None for f in fields(value)}
    usual |= {f.name: f.default_factory() for f in fields(value) if f.default_factory is not MISSING}
    exempt = {"ordinal", "failure", "detail"} if isinstance(value, Evidence) else {"ordinal"}
    assert [name for name in usual if name not in exempt and getattr(value, name) == usual[name]] == []


def test_times_come_back_in_utc():
    when = datetime(2026, 6, 15, 14, tzinfo=timezone(timedelta(hours=2)))
    (observed,) = load(saved(Observed(PLAIN.target, (Observation(observed_at=when),))))
    (observation,) = observed.observations
    assert observation.observed_at == when
    assert observation.observed_at.tzinfo is UTC


def test_a_file_name_that_is_no_text_comes_back_as_it_was():
    name = "\udcff.pem"
    pair = Observed(
        Target(id=name, ordinal=0, source=FileSource(name)), (Observation(observed_at=NOW, from_file=True),)
    )
    assert load(saved(pair)) == [pair]


def test_an_empty_end_needs_no_newline():
    *lines, end = saved(PLAIN)
    assert load([*lines, end.rstrip()]) == [PLAIN]


# --- the schema ---


def test_every_line_keeps_to_the_schema_which_knows_every_key_and_word_of_the_model():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    definitions = SCHEMA["$defs"]

    def words(definition, member):
        found = definitions[definition]["properties"][member]
        return {word for word in found.get("items", found)["enum"] if word is not None}

    assert [line for line in saved(FULL, PLAIN, OTHER, holding(b"c" * LARGE)) if not keeps_to_the_schema(line)] == []
    assert {
        ("failure", "kind"): words("failure", "kind"),
        ("failure", "phase"): words("failure", "phase"),
        ("evidence", "kind"): words("evidence", "kind"),
        ("evidence", "failure"): words("evidence", "failure"),
        ("observation", "notes"): words("observation", "notes"),
        ("target", "roles"): words("target", "roles"),
        ("target", "purpose"): words("target", "purpose"),
        ("target", "revocation"): words("target", "revocation"),
        ("target", "trust_mode"): words("target", "trust_mode"),
    } == {
        ("failure", "kind"): set(FailureKind),
        ("failure", "phase"): set(Phase),
        ("evidence", "kind"): set(EvidenceKind),
        ("evidence", "failure"): set(FetchFailure),
        ("observation", "notes"): set(Note),
        ("target", "roles"): set(Role),
        ("target", "purpose"): set(Purpose),
        ("target", "revocation"): set(Revocation),
        ("target", "trust_mode"): set(TrustMode),
    }


# --- what is not whole ---


def not_whole(lines):
    """What is said of a file that is not whole, after its targets."""
    *others, whole = load(lines)
    assert (whole.target.id, whole.target.source) == ("seen.jsonl", FileSource("seen.jsonl"))
    (observation,) = whole.observations
    assert (observation.failure.kind, observation.failure.phase) == (FailureKind.UNREADABLE, Phase.READ)
    return others, observation.failure.detail


KILLED = "the run that wrote it was killed, or the file was cut off"


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
        f"seen.jsonl is not whole: its end is missing after 0 targets; {KILLED}": 0,
        f"seen.jsonl is not whole: its end is missing after 1 target; {KILLED}": 1,
        f"seen.jsonl is not whole: its end is missing after 2 targets; {KILLED}": 2,
    }
    assert load(whole[:-1].splitlines(keepends=True)) == [FULL, OTHER]


def test_an_interrupted_run_says_how_many_targets_it_reached():
    failure = Failure(FailureKind.INTERRUPTED, Phase.RESOLVE, "interrupted")
    missed = OTHER.each(lambda seen: replace(seen, failure=failure))
    pairs, detail = not_whole(saved(PLAIN, missed, interrupted=True))
    assert pairs == [PLAIN, missed]
    assert detail == "seen.jsonl is not whole: 1 of 2 targets; the run that wrote it was interrupted"


@pytest.mark.parametrize("kept", [0, 1])
def test_a_lost_line_is_missed(kept):
    header, *lines, end = saved(PLAIN, OTHER)
    pairs, detail = not_whole([header, *lines[:kept], end])
    assert len(pairs) == kept
    assert detail.startswith(f"seen.jsonl is not whole: {kept} of 2 targets; lines were lost")


def test_a_file_that_is_not_whole_is_judged_as_its_last_target_is():
    header, line, _ = saved(FULL)
    _, whole = load([header, line])
    target = whole.target
    words = target.policy, target.trust, target.trust_mode, whole.observations[0].observed_at
    assert words == ("spiffe-svid", ("tenants/a.pem",), TrustMode.ANY_OF, NOW)


# --- what is refused ---

AGAIN = "save it again with this version: certgate scan --save FILE"


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (b'{"certgate-observation":1,"target":{}}\n', "this was saved before the format had a version; "),
        (b'{"certgate-content":1,"content":"MA=="}\n', "this was saved before the format had a version; "),
        (
            b'{"format":"certgate-observations","version":2,"certgate":"9","new":1}\n',
            "this is version 2 of saved observations, and version 1 is needed; ",
        ),
        (
            b'{"format":"certgate-observations","version":0,"certgate":"0"}\n',
            "this is version 0 of saved observations, and version 1 is needed; ",
        ),
        (b'{"format":"x"}\n', "this is no file of saved observations, which begins with a header; "),
        (b"{}\n", "this is no file of saved observations, which begins with a header; "),
        (b"hello", "this is no file of saved observations, which begins with a header; "),
        (b"\xff\xfe\n", "this is no file of saved observations, which begins with a header; "),
        (saved(PLAIN)[1], "this is no file of saved observations, which begins with a header; "),
        (saved()[1], "this is no file of saved observations, which begins with a header; "),
    ],
)
def test_a_file_of_another_version_or_kind_is_refused_with_advice(first, told):
    assert refused([first, *saved(PLAIN)[1:]]) == f"seen.jsonl:1: {told}{AGAIN}"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"format": "certgate-observations"}, "version is missing"),
        ({"format": "certgate-observations", "version": "1", "certgate": "1"}, "version is not a whole number"),
        ({"format": "certgate-observations", "version": True, "certgate": "1"}, "version is not a whole number"),
        ({"format": "certgate-observations", "version": 1}, "certgate is missing"),
        (
            {"format": "certgate-observations", "version": 1, "certgate": "1", "x": 1},
            "x is not a key that this version knows",
        ),
    ],
)
def test_a_damaged_header_is_named(header, told):
    line = json.dumps(header).encode() + b"\n"
    assert refused([line]) == f"seen.jsonl:1: this line is no saved observation: {told}"


def test_an_empty_file_is_refused():
    assert refused([]) == refused([b"\n"]) == "seen.jsonl: is empty, so it holds no saved observations"


def test_what_does_not_belong_into_one_file_is_refused_with_its_line():
    one, two = saved(PLAIN), saved(OTHER)
    joined = "a second file begins here; saved files cannot be joined: name them one by one"
    assert refused([*one, *two]) == f"seen.jsonl:4: {joined}"
    assert refused([*one[:-1], *two]) == f"seen.jsonl:3: {joined}"
    added = "something stands after the end; a saved file is not to be added to"
    assert refused([*one, two[1]]) == f"seen.jsonl:4: {added}"
    assert refused([*one, one[-1]]) == f"seen.jsonl:4: {added}"
    assert refused([*one[:-1], one[1], one[-1]]) == 'seen.jsonl:3: the target "a.pem" stands on line 2 already'


def changed(number=1, pair=PLAIN, **changes):
    """A file in one line of which members are changed, or taken away by `...`."""
    lines = saved(pair)
    document = json.loads(lines[number])
    for path, value in changes.items():
        *parents, last = (int(part) if part.isdecimal() else part for part in path.split("__"))
        place = document
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    lines[number] = json.dumps(document).encode() + b"\n"
    return lines


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": 1}, "colour is not a key that this version knows"),
        ({"target": []}, "target is not an object"),
        ({"target__colour": "red"}, "target.colour is not a key that this version knows"),
        ({"target__id": ...}, "target.id is missing"),
        ({"target__roles": ["king"]}, "target.roles[0] is not a word that this version knows"),
        ({"target__roles": "server"}, "target.roles is not a list"),
        ({"target__labels": {"a": 1}}, "target.labels.a is not a text"),
        ({"target__source__kind": "cluster"}, "target.source.kind is not a word that this version knows"),
        ({"target__place": {"file": "x", "line": -1, "column": 0}}, "target.place.line is below 0"),
        ({"observations": []}, "observations holds none"),
        ({"observations": {}}, "observations is not a list"),
        ({"observations__0": 1}, "observations[0] is not an object"),
        ({"observations__0__colour": 1}, "observations[0].colour is not a key that this version knows"),
        ({"observations__0__plan": ...}, "observations[0].plan is missing"),
        ({"observations__0__presented": ["%"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": ["MA"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": ["\u00e9"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": [1]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__observed_at": "2026-06-15T12:00:00"}, "observations[0].observed_at is not a time such as"),
        ({"observations__0__observed_at": "2026-13-15T12:00:00Z"}, "observations[0].observed_at is not a time such as"),
        ({"observations__0__observed_at": "0001-01-01T00:00:00+23:00"}, "observations[0].observed_at is not a time"),
        ({"observations__0__observed_at": 1}, "observations[0].observed_at is not a text"),
        ({"observations__0__from_file": 1}, "observations[0].from_file is not true or false"),
        ({"observations__0__probe": "tls12"}, "probe is not one that this version knows"),
        ({"observations__0__lines": [1.5]}, "observations[0].lines[0] is not a whole number"),
        ({"observations__0__timings": {"x": True}}, "observations[0].timings.x is not a number"),
        ({"observations__0__failure": {}}, "observations[0].failure.kind is missing"),
        (
            {"observations__0__failure": {"kind": "tired", "phase": "read", "detail": ""}},
            "observations[0].failure.kind is not a word that this version knows",
        ),
        (
            {"observations__0__plan": {"duration": 1e300, "renew_before": 1, "self_signed": False}},
            "plan.duration is too large",
        ),
    ],
)
def test_a_line_that_is_no_observation_is_named_with_file_and_line(changes, told):
    assert refused(changed(**changes)).startswith(f"seen.jsonl:2: this line is no saved observation: {told}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"hello\n", "it is not JSON (line 1, column 1)"),
        (b'{"target": {}, "target": {}}\n', "it has the key 'target' twice in one object"),
        (b"[]\n", "the line is not an object"),
        (b'{"end": {"targets": -1, "interrupted": false}}\n', "end.targets is below 0"),
        (b'{"end": {"targets": 1, "interrupted": 0}}\n', "end.interrupted is not true or false"),
        (b'{"end": {"targets": 1, "interrupted": false, "x": 1}}\n', "end.x is not a key that this version knows"),
        (b'{"end": {"targets": 1, "interrupted": false}, "x": 1}\n', "x is not a key that this version knows"),
        (b'{"content": "00", "base64": "MA=="}\n', "content is not the sha256 of base64"),
    ],
)
def test_any_other_line_that_is_wrong_is_named_too(line, told):
    lines = saved(PLAIN)
    assert refused([*lines[:2], line, lines[2]]) == f"seen.jsonl:3: this line is no saved observation: {told}"


# --- files ---


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


# --- large evidence ---


def holding(*contents, target="c.pem"):
    evidence = tuple(
        Evidence(kind=EvidenceKind.CRL, source=f"http://crl.example/{n}", content=c) for n, c in enumerate(contents)
    )
    return Observed(
        Target(id=target, ordinal=0, source=FileSource(target)), (Observation(observed_at=NOW, evidence=evidence),)
    )


def test_a_large_crl_is_written_once_for_all_observations():
    large = b"\x30" + b"\xff" * LARGE
    one, two = holding(b"small", large), holding(large, target="d.pem")

    lines = saved(one, two)

    assert [large in line or b64encode(large) in line for line in lines] == [False, True, False, False, False]
    assert [observed.observations for observed in load(lines)] == [one.observations, two.observations]


@pytest.mark.parametrize(("size", "lines"), [(LARGE - 1, 3), (LARGE, 4)])
def test_what_counts_as_large_is_a_number(size, lines):
    assert len(saved(holding(b"\x30" * size))) == lines


def test_a_reference_to_a_line_that_is_not_there_is_named():
    header, _, line, end = saved(holding(b"\x30" * LARGE))
    told = "seen.jsonl:2: this line is no saved observation: the evidence that it refers to stands on no line before"
    assert refused([header, line, end]) == told
