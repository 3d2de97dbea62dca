"""What changed since the last run, in the reports about a run."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.judge.comparison import Comparison
from certgate.judge.seen import seen_target
from certgate.model.finding import Outcome, Severity
from certgate.model.snapshot import ComparedRun
from certgate.model.verdict import RunHistory, RunRecord, RunSummary, Verdict
from tests.schemas import report_schema

PEOPLE = ("terminal", "markdown", "text", "slack")


@pytest.fixture
def last(header):
    when = header().started_at - timedelta(days=1)
    summary = RunSummary(verdict=Verdict.COMPLIANT)
    return RunRecord(
        name="20260614T130000000000Z-0a1b2c3d", started_at=when, declared=("scan",), is_whole=True, summary=summary
    )


@pytest.fixture
def rendered(results, finding, endpoint, header, summary, render, last):
    """rendered(format, *before, now=) renders a run with what changed since one that saw `before`."""

    def run(format, *before, now=results[:4], whole=True, earlier=True, **options):
        old, new = (
            ComparedRun(name="", at=at, rules=frozenset(header().rules), targets=len(targets))
            for at, targets in ((last.started_at, before), (header().started_at, now))
        )
        comparison = Comparison(old, new)
        known = {one.target.id: seen_target(one, Severity.ERROR) for one in before}
        for one in now:
            comparison.add(known.get(one.target.id), seen_target(one, Severity.ERROR))
        comparison.found.vanished += [id for id in known if id not in {one.target.id for one in now}]
        kept = RunHistory(folder="h", last=last if earlier else None, earlier=(last,) if earlier else (), problems=())
        counts = summary(*now, difference=comparison.found if whole and earlier else None)
        return render(format, *now, header=header(history=kept, targets=len(now)), summary=counts, **options)

    return run


@pytest.fixture
def before(results, finding, endpoint):
    """Most of what can differ from `results[:4]`."""
    api, shop, db, mail, *_ = results
    leaf, issuer = api.certificates
    gone = endpoint("gone.example", 9, Verdict.COMPLIANT)
    weak = finding("validity.expired", Outcome.FAIL, "expired yesterday")
    seen = replace(mail, certificates=shop.certificates, findings=())
    old_leaf = replace(leaf, sha256="00" * 32, spki_sha256="11" * 32)
    return (
        replace(api, certificates=(old_leaf, issuer)),
        replace(db, findings=(*db.findings[2:], weak)),
        seen,
        gone,
    )


@pytest.mark.parametrize(
    ("format", "name"), [("terminal", "since.txt"), ("markdown", "since.md"), ("text", "since_text.txt")]
)
def test_the_whole_report(rendered, before, same_as_golden, format, name):
    same_as_golden(name, rendered(format, *before, width=100))


@pytest.mark.parametrize("format", PEOPLE)
def test_nothing_changed_is_said_only_if_the_runs_were_compared(rendered, results, format):
    def told(**how):
        return " ".join(rendered(format, *results[:4], **how).split())

    assert "Since 2026-06-14 13:00 UTC: 0 new, 0 fixed" in told()
    for incomplete in (told(whole=False), told(earlier=False)):
        assert "0 new" not in incomplete
    assert "Not compared with the run of 2026-06-14 13:00 UTC, because this run is not whole" in told(whole=False)
    assert "Nothing to compare with: " in told(earlier=False)


@pytest.mark.parametrize("format", PEOPLE)
def test_without_a_history_nothing_is_said_of_it(results, render, format):
    assert "ince 20" not in (told := render(format, *results))
    assert "compare" not in told


def test_json_has_the_differences_and_keeps_to_its_schema(rendered, before):
    report = json.loads(rendered("json", *before))
    report_schema().validate(report)
    changes = report["summary"]["changes"]
    assert changes["since"] == "2026-06-14T13:00:00Z"
    assert [one["rule"] for one in changes["findings"]["fixed"]] == ["validity.expired"]
    assert changes["targets"]["vanished"] == ["gone.example:443"]


@pytest.mark.parametrize("format", PEOPLE)
def test_hostile_text_is_escaped(rendered, hostile, results, format):
    (leaf,) = hostile.certificates
    changed = replace(hostile, certificates=(replace(leaf, sha256="00", names=(leaf.subject,)),))
    for told in (rendered(format, hostile, now=(changed,)), rendered(format, *results[:1], now=(hostile,))):
        assert all(line.isprintable() for line in told.split("\n"))
        assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
        if format == "markdown":
            assert "<script>" not in "".join(told.split("`")[::2])


@pytest.mark.parametrize("format", ["terminal", "markdown", "github-summary"])
def test_long_texts_are_cut_so_that_a_few_targets_do_not_fill_the_report(rendered, endpoint, finding, format):
    failed = finding("key.rsa-min", Outcome.FAIL, "y" * 5_000)
    told = rendered(format, now=[endpoint("h.example", 1, Verdict.VIOLATED, failed)]).partition("Since 2026")[2]
    part = told.partition("### Violations" if format != "terminal" else "\n\n")[0]
    assert 300 < len(part) < 1_000


@pytest.mark.parametrize(("format", "lines"), [("terminal", 140), ("markdown", 400), ("text", 50), ("slack", 2)])
def test_what_changed_for_many_targets_is_cut_short_with_a_count(rendered, endpoint, finding, format, lines):
    failed = finding("key.rsa-min", Outcome.FAIL, "short")
    many = [endpoint(f"h{n}.example", n, Verdict.VIOLATED, failed) for n in range(99)]
    told = rendered(format, now=many)
    assert "more" in told
    assert len(told.splitlines()) <= lines
    assert "99 new" in told


def test_what_changed_fits_a_github_summary_whatever_the_text(rendered, endpoint, finding):
    def many(key):
        long = "\u202e" * 5_000
        failed = [finding("key.rsa-min", Outcome.FAIL, long, key=f"{key}{n}") for n in range(9)]
        return [endpoint("\u202e" * 200 + str(n), n, Verdict.VIOLATED, *failed) for n in range(30)]

    told = rendered("github-summary", *many("old"), now=many("new"))
    part = told.partition("Since 2026")[2].partition("### Violations")[0]
    assert len(part.encode()) < 100 << 10
    assert "- more than would fit" in part
