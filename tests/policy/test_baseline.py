"""The baseline file: readable, sorted, and refused when it is anything else."""

import json
from dataclasses import replace

import pytest

from certgate.model.baseline import Known, KnownUnreachable
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.policy.baseline import dump_baseline, load_baseline

SHORT = Known(
    target="a.example:443",
    rule="key.rsa-min",
    subject="leaf",
    key="",
    severity=Severity.ERROR,
    message="RSA 1024 is below 2048 bits",
)
NAME = Known(
    target="a.example:443",
    rule="name.dns-syntax",
    subject="leaf",
    key="\ud800_\n",
    severity=Severity.WARNING,
    message="\u202e##[x]",
)


def test_the_file_has_one_violation_a_line_in_a_stable_order():
    text = dump_baseline([NAME, SHORT])
    assert text == dump_baseline([SHORT, NAME])
    assert text.splitlines()[1] == (
        '{"fingerprint": "' + SHORT.fingerprint + '", "target": "a.example:443", "rule": "key.rsa-min", '
        '"subject": "leaf", "key": "", "severity": "error", "message": "RSA 1024 is below 2048 bits"},'
    )
    assert len(text.splitlines()) == 4
    assert text.isascii()


@pytest.mark.parametrize("entries", [(), (SHORT,), (SHORT, NAME), (SHORT, SHORT)])
def test_what_was_written_is_read_again(tmp_path, entries):
    path = tmp_path / "b.json"
    path.write_text(dump_baseline(entries))
    assert load_baseline(str(path)).entries == entries


DOWN = KnownUnreachable(target="db-3.example:5432", failure="timed-out")


def test_targets_without_an_answer_have_a_list_of_their_own_if_there_are_any(tmp_path):
    text = dump_baseline([SHORT], [replace(DOWN, target="x:1"), DOWN])
    assert text.splitlines()[2:] == [
        '], "unreachable": [',
        f'{{"fingerprint": "{DOWN.fingerprint}", "target": "db-3.example:5432", "failure": "timed-out"}},',
        f'{{"fingerprint": "{replace(DOWN, target="x:1").fingerprint}", "target": "x:1", "failure": "timed-out"}}',
        "]}",
    ]
    (tmp_path / "b.json").write_text(text)
    read = load_baseline(str(tmp_path / "b.json"))
    assert (read.entries, read.unreachable) == ((SHORT,), (DOWN, replace(DOWN, target="x:1")))
    assert str(read).endswith(", 1 known violation and 2 targets known not to answer")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (None, "unreachable target 1 needs the keys fingerprint, target, failure, each with a text"),
        ({"target": "x"}, "unreachable target 1 needs the keys"),
        ({"fingerprint": "0" * 32, "target": "x", "failure": 7}, "unreachable target 1 needs the keys"),
        ({"fingerprint": "0" * 32, "target": "x", "failure": ""}, "unreachable target 1 was changed by hand"),
    ],
)
def test_a_list_of_targets_that_nobody_wrote_is_refused(tmp_path, entry, said):
    (tmp_path / "b.json").write_text(json.dumps({"certgate_baseline": 1, "violations": [], "unreachable": [entry]}))
    with pytest.raises(UsageError, match=said):
        load_baseline(str(tmp_path / "b.json"))


def test_a_report_names_the_file_and_its_size(tmp_path):
    (tmp_path / "b.json").write_text(dump_baseline([SHORT]))
    assert str(load_baseline(str(tmp_path / "b.json"))) == f"{tmp_path}/b.json, 1 known violation"


def changed(**members):
    content = json.loads(dump_baseline([SHORT]))
    content["violations"][0] |= members
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", "is not JSON \\(line 1, column 2\\)"),
        ("[" * 100_000, "is nested too deeply"),
        ("[]", "is not a baseline"),
        ("{}", "is not a baseline"),
        ('{"certgate_baseline": 1}', "is not a baseline"),
        ('{"certgate_baseline": 2, "violations": []}', "is not a baseline of version 1"),
        ('{"certgate_baseline": 1, "violations": {}}', "is not a baseline of version 1"),
        ('{"certgate_baseline": 1, "violations": ["x"]}', "violation 1 needs the keys fingerprint, target,"),
        (changed(extra="x"), "violation 1 needs the keys"),
        (changed(key=1), "violation 1 needs the keys"),
        (changed(severity="fatal"), "violation 1 has an unknown severity"),
        (changed(target="b.example:443"), "violation 1 was changed by hand"),
    ],
)
def test_anything_else_is_refused(tmp_path, text, said):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        load_baseline(str(path))
    assert str(caught.value).startswith(f"--baseline {path}: ")
    assert str(caught.value).endswith("write it with --write-baseline")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load_baseline(str(tmp_path / "nothing.json"))
