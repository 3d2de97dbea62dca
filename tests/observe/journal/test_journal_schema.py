"""The schema of journals: what is written keeps to it, and it allows nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import referencing

import certgate.observe.journal
import certgate.observe.saved
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.shard import Shard
from certgate.observe.journal.journal_form import JournalHeader, JudgedBy, KeptPolicy, KeptStore, header_text
from certgate.observe.journal.journal_lines import Begun, Ended, JournalLines, Made
from certgate.observe.journal.journal_writer import JournalWriter
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.observe.saved.saved_files import FULL, PLAIN, holding

BASE = "https://certgate.invalid/observe/"
CERTIFICATE = parse_certificate(issue("Root", ca=True).der)
BUNDLE = TrustStore("a.example", (CERTIFICATE,))
HEADER = JournalHeader(
    certgate="1.2.3",
    targets=5,
    shard_targets=2,
    list_sha256="ab" * 32,
    shard=Shard(2, 3),
    only=("label.tier=edge",),
    judged_by=JudgedBy(
        fail_on=Severity.WARNING,
        at=CLOCK,
        select=("trust.*",),
        ignore=("chain.depth",),
        matrix=("mozilla",),
        resolve=("a.example:443:192.0.2.1",),
        denied_keys=("cd" * 32,),
        ct_logs="{}",
        policies={"p.yaml": KeptPolicy("ef" * 32, {"p.yaml": "extends: [b.yaml]", "b.yaml": "rules: []"})},
        stores={
            ("mozilla",): KeptStore("01" * 32),
            ("root.pem",): KeptStore(TrustStore("root.pem", (CERTIFICATE,)).sha256, TrustStore("x", (CERTIFICATE,))),
            ("spiffe://a.example=b.json",): KeptStore(
                (store := TrustStore("s", (CERTIFICATE,), {"a.example": BUNDLE})).sha256, store
            ),
        },
        expected={"chain.pem": (CERTIFICATE,)},
    ),
)


def schema():
    found = {
        name: json.loads(Path(package.__file__).with_name(f"{name}.schema.json").read_text())
        for name, package in (("journal", certgate.observe.journal), ("saved", certgate.observe.saved))
    }
    documents = [
        (f"{BASE}{name}/{name}.schema.json", referencing.Resource.from_contents(document))
        for name, document in found.items()
    ]
    registry = referencing.Registry().with_resources(documents)
    return jsonschema.Draft202012Validator(
        {"$ref": f"{BASE}journal/journal.schema.json"}, registry=registry, format_checker=jsonschema.FormatChecker()
    )


class Written(list):
    def write(self, text):
        self.append(text)

    def close(self):
        pass


@pytest.fixture
def written():
    found = Written([header_text(HEADER)])
    writer = JournalWriter(found, "j", targets=2, contents=(), has=lambda target: False)
    for observed in (FULL, holding(b"\x30" * 70_000), PLAIN):
        writer.observed(observed)
    writer._line({"end": {"targets": 2}})
    return found


def test_every_line_that_is_written_keeps_to_the_schema_and_is_read_as_it_was(written, tmp_path):
    validator = schema()
    assert [[error.message for error in validator.iter_errors(json.loads(line))] for line in written] == [[]] * 6
    (tmp_path / "j").write_text("".join(written))
    lines = JournalLines(str(tmp_path / "j"))
    begun, *made, ended = lines
    assert isinstance(begun, Begun)
    by = begun.header.judged_by
    assert replace(begun.header, judged_by=JudgedBy()) == replace(HEADER, judged_by=JudgedBy())
    assert replace(by, stores={}) == replace(HEADER.judged_by, stores={})
    assert {words: store.sha256 for words, store in by.stores.items()} == {
        words: store.sha256 for words, store in HEADER.judged_by.stores.items()
    }
    assert ended == Ended(2)
    assert all(isinstance(one, Made) for one in made)
    assert lines.at(made[0].offset).observations == FULL.observations
    assert lines.at(made[1].offset).observations[0].evidence[0].content == b"\x30" * 70_000


def test_a_line_with_an_unknown_key_does_not_keep_to_the_schema(written):
    validator = schema()
    for line in written:
        assert not validator.is_valid(json.loads(line) | {"more": 1})
