"""Nothing but a file of saved observations of this version is taken for one."""

import json

import pytest

from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase, Vantage
from certgate.model.target import Endpoint, Target, Visit
from tests.observe.saved.saved_files import (
    FULL,
    NOW,
    OTHER,
    PLAIN,
    changed,
    refused,
    saved,
)

AGAIN = "save it again with this version: certgate scan --save FILE"


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (b'{"certgate-observation":1,"target":{}}\n', "this was saved by an older version of certgate; "),
        (b'{"certgate-content":1,"content":"MA=="}\n', "this was saved by an older version of certgate; "),
        (
            b'{"format":"certgate-observations","version":3,"certgate":"9","new":1}\n',
            "this is format version 3, but version 2 is needed; ",
        ),
        (
            b'{"format":"certgate-observations","version":0,"certgate":"0"}\n',
            "this is format version 0, but version 2 is needed; ",
        ),
        (b'{"format":"x"}\n', "this is not a file of saved observations: the header is missing; "),
        (b"{}\n", "this is not a file of saved observations: the header is missing; "),
        (b"hello", "this is not a file of saved observations: the header is missing; "),
        (b"\xff\xfe\n", "this is not a file of saved observations: the header is missing; "),
        (saved(PLAIN)[1], "this is not a file of saved observations: the header is missing; "),
        (saved()[1], "this is not a file of saved observations: the header is missing; "),
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
        ({"format": "certgate-observations", "version": 2}, "certgate is missing"),
        ({"format": "certgate-observations", "version": 2, "certgate": "1"}, "only is missing"),
        ({"format": "certgate-observations", "version": 2, "certgate": "1", "only": "a"}, "only is not a list"),
        (
            {"format": "certgate-observations", "version": 2, "certgate": "1", "only": [], "x": 1},
            "x is a key that this version does not know",
        ),
    ],
)
def test_a_damaged_header_is_named(header, told):
    line = json.dumps(header).encode() + b"\n"
    assert refused([line]) == f"seen.jsonl:1: this line is not a saved observation: {told}"


def test_an_empty_file_is_refused():
    assert refused([]) == refused([b"\n"]) == "seen.jsonl: is empty"


def test_what_does_not_belong_into_one_file_is_refused_with_its_line():
    one, two = saved(PLAIN), saved(OTHER)
    joined = "a second file begins here; do not join saved files: name each of them"
    assert refused([*one, *two]) == f"seen.jsonl:4: {joined}"
    assert refused([*one[:-1], *two]) == f"seen.jsonl:3: {joined}"
    added = "there are lines after the end; do not add to a saved file"
    assert refused([*one, two[1]]) == f"seen.jsonl:4: {added}"
    assert refused([*one, one[-1]]) == f"seen.jsonl:4: {added}"
    assert refused([*one[:-1], one[1], one[-1]]) == 'seen.jsonl:3: the target "a.pem" is already on line 2'


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": 1}, "colour is a key that this version does not know"),
        ({"target": []}, "target is not an object"),
        ({"target__colour": "red"}, "target.colour is a key that this version does not know"),
        ({"target__id": ...}, "target.id is missing"),
        ({"target__roles": ["king"]}, "target.roles[0] has a value that this version does not know"),
        ({"target__roles": "server"}, "target.roles is not a list"),
        ({"target__labels": {"a": 1}}, "target.labels.a is not a text"),
        ({"target__source__kind": "cluster"}, "target.source.kind has a value that this version does not know"),
        ({"target__place": {"file": "x", "line": -1, "column": 0}}, "target.place.line is below 0"),
        ({"observations": []}, "observations holds none"),
        ({"observations__0__probe": "no-sni"}, "observations holds none but answers to probes"),
        ({"observations": {}}, "observations is not a list"),
        ({"observations__0": 1}, "observations[0] is not an object"),
        ({"observations__0__colour": 1}, "observations[0].colour is a key that this version does not know"),
        ({"observations__0__plan": ...}, "observations[0].plan is missing"),
        ({"observations__0__presented": ["%"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": ["MA"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": ["\u00e9"]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__presented": [1]}, "observations[0].presented[0] is not Base64"),
        ({"observations__0__observed_at": "2026-06-15T12:00:00"}, "observations[0].observed_at is not a time such as"),
        ({"observations__0__observed_at": "2026-13-15T12:00:00Z"}, "observations[0].observed_at is not a time such as"),
        ({"observations__0__observed_at": "0001-01-01T00:00:00+23:00"}, "observations[0].observed_at is not a time"),
        ({"observations__0__observed_at": "9999-12-31T23:59:59Z"}, "observations[0].observed_at is not a time"),
        ({"observations__0__observed_at": 1}, "observations[0].observed_at is not a text"),
        (
            {"observations__0__plan": {"duration": 1, "renew_before": 1, "self_signed": 1}},
            "observations[0].plan.self_signed is not true or false",
        ),
        ({"observations__0__probe": "tls12"}, "probe is not known to this version"),
        ({"observations__0__lines": [1.5]}, "observations[0].lines[0] is not a whole number"),
        ({"observations__0__timings": {"x": True}}, "observations[0].timings.x is not a number"),
        ({"observations__0__failure": {}}, "observations[0].failure.kind is missing"),
        (
            {"observations__0__failure": {"kind": "tired", "phase": "read", "detail": ""}},
            "observations[0].failure.kind has a value that this version does not know",
        ),
        (
            {"observations__0__plan": {"duration": 1e300, "renew_before": 1, "self_signed": False}},
            "plan.duration is too large",
        ),
    ],
)
def test_a_line_that_is_no_observation_is_named_with_file_and_line(changes, told):
    assert refused(changed(**changes)).startswith(f"seen.jsonl:2: this line is not a saved observation: {told}")


@pytest.mark.parametrize("kind", [None, FailureKind.CLIENT_CERTIFICATE_REQUIRED])
def test_a_target_without_an_observation_under_each_of_its_names_is_refused(kind):
    endpoint = Endpoint("a.example", 443, "a.example", "", Visit(also=("b.example",)))
    failure = kind and Failure(kind, Phase.HANDSHAKE, "refused")
    seen = Observation(observed_at=NOW, vantage=Vantage("10.0.3.7:443", "a.example"), failure=failure)
    told = "this line is not a saved observation: observations holds none under the name b.example"
    lines = saved(Observed(Target(id="a.example:443", ordinal=0, source=endpoint), (seen,)))

    assert refused(lines) == f"seen.jsonl:2: {told}"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"hello\n", "it is not JSON (line 1, column 1)"),
        (b'{"target": {}, "target": {}}\n', "it has the key 'target' twice in one object"),
        (b"[]\n", "the line is not an object"),
        (b'{"end": {"targets": -1, "interrupted": false}}\n', "end.targets is below 0"),
        (b'{"end": {"targets": 1, "interrupted": 0}}\n', "end.interrupted is not true or false"),
        (b'{"end": {"targets": 1, "interrupted": false, "x": 1}}\n', "end.x is a key that this version does not know"),
        (b'{"end": {"targets": 1, "interrupted": false}, "x": 1}\n', "x is a key that this version does not know"),
        (b'{"content": "00", "base64": "MA=="}\n', "content is not the sha256 of base64"),
    ],
)
def test_any_other_line_that_is_wrong_is_named_too(line, told):
    lines = saved(PLAIN)
    assert refused([*lines[:2], line, lines[2]]) == f"seen.jsonl:3: this line is not a saved observation: {told}"


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("o.example:443", "target.source.origin is not an IP address with a port"),
        ("192.0.2.1", "target.source.origin is not an IP address with a port"),
        ("192.0.2.1:0", 'target.source.origin: "192.0.2.1:0": the port must be a number'),
    ],
)
def test_an_origin_that_is_no_address_is_named(origin, told):
    lines = changed(pair=FULL, target__source__origin=origin)

    assert refused(lines).startswith(f"seen.jsonl:2: this line is not a saved observation: {told}")
