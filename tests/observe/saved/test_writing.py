"""Nothing that is saved is lost, and every line keeps to the schema."""

from base64 import b64encode
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest

from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.observation import (
    FailureKind,
    Note,
    Observation,
    Observed,
    Phase,
)
from certgate.model.target import FileSource, Purpose, Revocation, Role, Target, TrustMode
from certgate.observe.saved.writing import LARGE
from tests.observe.saved.saved_files import (
    FULL,
    NOW,
    OTHER,
    PLAIN,
    SCHEMA,
    SEEN,
    holding,
    keeps_to_the_schema,
    load,
    refused,
    saved,
)

# --- what was saved comes back ---


@pytest.mark.parametrize("pair", [FULL, PLAIN])
def test_what_was_saved_comes_back_as_it_was(pair):
    assert load(saved(pair)) == [pair]


def test_several_targets_come_back_in_their_order_whatever_empty_lines_stand_between():
    header, *lines = saved(PLAIN, OTHER)
    assert load([header, b"\n", *lines, b" \n"]) == [PLAIN, OTHER]


@pytest.mark.parametrize("value", [FULL.target, SEEN, *SEEN.evidence[:1], *SEEN.probes, SEEN.handshake, SEEN.plan])
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
    pair = Observed(Target(id=name, ordinal=0, source=FileSource(name)), (Observation(observed_at=NOW),))
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


# --- large evidence ---


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
    told = "seen.jsonl:2: this line is not a saved observation: it refers to evidence that no earlier line has"
    assert refused([header, line, end]) == told
