"""The forecast as text and as JSON: foreign text is escaped, many targets are counted."""

import io
import json
from datetime import UTC, datetime, timedelta

from certgate.judge.forecast.changes import Change
from certgate.judge.forecast.forecast_run import Forecast, MissingForecast, event_of
from certgate.model.finding import Outcome
from certgate.reports.forecast import write_json, write_text
from certgate.reports.page import Page

START = datetime(2026, 6, 15, 12, tzinfo=UTC)


def outlook(finding, *changes, targets=("a.example:443",), **facts):
    made = Forecast(start=START, end=START + timedelta(days=90), targets=len(targets), **facts)
    for change in changes or [Change(START, "a.example:443", finding("key.rsa-min", Outcome.FAIL, "too short"))]:
        made.put(event_of(change, {"leaf": "CN=a"}), targets)
    return made


def text(made, header, width=80):
    sink = io.StringIO()
    write_text(made, header(), Page(sink, width=width, colour=False))
    return sink.getvalue()


def test_what_happens_at_many_targets_names_three_and_counts_the_rest(finding, header):
    said = text(outlook(finding, targets=[f"{n}.example:443" for n in range(5)]), header, width=120)
    assert "  0.example:443, 1.example:443, 2.example:443 and 2 more, leaf CN=a: too short\n" in said
    assert "5 targets, 0 not observed: 1 event\n" in said


def test_what_ends_on_the_same_day_for_the_same_reason_is_one_block(finding, header):
    made = Forecast(start=START, end=START + timedelta(days=90), targets=12)
    for number in range(12):
        at = START + timedelta(days=20, minutes=number)
        expired = finding("validity.expired", Outcome.FAIL, f"expired just now ({at:%H:%M})")
        made.put(event_of(Change(at, f"{number}.example", expired), {"leaf": f"CN={number}"}), [f"{number}.example"])
    too_long = Change(at, "x", finding("validity.max-lifetime", Outcome.FAIL, "too long"), renewal=True)
    made.put(event_of(too_long, {}), ["x"])
    assert text(made, header).splitlines()[3:] == [
        "2026-07-05  in 20 days  ✗ error  validity.expired",
        "  12 targets: 0.example, 1.example, 2.example and 9 more",
        "  12 events, for example 0.example, leaf CN=0: expired just now (12:00)",
        "2026-07-05 12:11:00  in 20 days  ✗ error  validity.max-lifetime",
        "  x, leaf: a renewal with today's profile will fail: too long",
        "",
        "12 targets, 0 not observed: 13 events",
    ]


def test_a_renewal_that_fails_already_is_told_for_now(finding, header):
    change = Change(START, "a.example:443", finding("key.rsa-min", Outcome.FAIL, "too short"), renewal=True)
    said = text(outlook(finding, change), header)
    assert "2026-06-15 12:00:00  now  ✗ error  key.rsa-min\n" in said
    assert "a renewal with today's profile will fail: too short" in said


def test_what_is_missing_violated_or_interrupted_today_is_told(finding, header):
    made = outlook(finding, failing=2, unseen=[MissingForecast("b.example:443", "refused")], interrupted=True)
    said = " ".join(text(made, header).split())
    assert "not observed b.example:443: refused" in said
    assert "1 not observed: 1 event; 2 violations today (see certgate check or scan); interrupted" in said


def test_an_answer_that_will_be_missing_has_its_own_kind(finding, header):
    change = Change(START + timedelta(days=1), "a.example:443", finding("rev.status", Outcome.NOT_CHECKED, "no staple"))
    assert "in 1 day  ? not checked  rev.status" in text(outlook(finding, change), header)


def test_hostile_text_is_escaped(finding, header):
    hostile = "\x1b[31m\n::error::x ##[group]\ud800\u202e" + "A" * 20_000
    change = Change(START, "a", finding("key.rsa-min", Outcome.FAIL, hostile))
    made = outlook(finding, change, targets=(hostile,), unseen=[MissingForecast(hostile, hostile)])
    said = text(made, header)
    assert said.replace("\n", "").isprintable()
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
    sink = io.StringIO()
    write_json(made, header(), sink)
    assert sink.getvalue().isascii()
    assert "##[" not in sink.getvalue()
    assert "\\ud800" not in sink.getvalue().replace("\\\\ud800", "")
    json.loads(sink.getvalue())
