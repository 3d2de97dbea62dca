"""The reports of a comparison."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html

import certgate
from certgate.judge.comparison import compare
from certgate.judge.seen import seen_target
from certgate.model.finding import Outcome, Severity
from certgate.model.snapshot import ComparedRun, Snapshot
from certgate.model.verdict import Verdict
from certgate.reports.difference_report import DIFF_FORMATS
from certgate.reports.interface import ReportOptions


@pytest.fixture
def snapshot(results):
    def make(name, *targets, days=0):
        seen = [seen_target(one, Severity.ERROR) for one in targets]
        rules = frozenset({"key.rsa-min", "name.dns-syntax", "chain.complete", "rev.status", "ocsp.fresh"})
        at = results[0].clock + timedelta(days=days)
        return Snapshot(
            run=ComparedRun(name=name, at=at, rules=rules, targets=len(seen)), targets={one.id: one for one in seen}
        )

    return make


@pytest.fixture
def difference(results, endpoint, finding, snapshot):
    """Everything that can differ, once."""
    api, shop, db, mail, file, _ = results
    leaf, issuer = api.certificates
    new_leaf = replace(
        leaf, sha256="cd" * 32, spki_sha256="ab" * 32, names=("DNS:api.example", "DNS:b.example"),
        not_after=leaf.not_after + timedelta(days=90),
    )  # fmt: skip
    old_leaf = replace(leaf, spki_sha256="ab" * 32, names=("DNS:api.example", "DNS:old.example"))
    (seen,) = api.observations
    slower = replace(seen, handshake=replace(seen.handshake, version="TLSv1.2", group="P-256"))
    moved = replace(shop.certificates[0], issuer="CN=Other CA", sha256="ef" * 32)
    failed = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits")
    return compare(
        snapshot(
            "old.json", replace(api, certificates=(old_leaf, issuer)), shop, db,
            replace(db, target=replace(mail.target)), file,
        ),
        snapshot(
            "new.json",
            replace(api, certificates=(new_leaf, issuer), observations=(slower,)),
            replace(shop, certificates=(moved, *shop.certificates[1:])),
            replace(db, findings=(*db.findings[1:], failed)),
            mail,
            endpoint("fresh.example", 9, Verdict.VIOLATED, failed),
            days=1,
        ),
    )  # fmt: skip


@pytest.fixture
def written():
    def write(format, difference, **options):
        sink = io.StringIO()
        DIFF_FORMATS[format](difference, sink, ReportOptions(**options))
        return sink.getvalue().replace(certgate.__version__, "1.2.3")

    return write


@pytest.mark.parametrize(
    ("format", "name"),
    [("terminal", "diff.txt"), ("markdown", "diff.md"), ("json", "diff.json"), ("text", "diff-text.txt")],
)
def test_the_whole_report(difference, written, same_as_golden, format, name):
    same_as_golden(name, written(format, difference, width=100))


def test_the_page_has_every_section_and_is_marked_by_what_is_new(difference, results, snapshot, written):
    page = html.document_fromstring(written("html", difference))
    same = html.document_fromstring(written("html", compare(snapshot("a", results[0]), snapshot("b", results[0]))))

    titles = [" ".join(title.itertext()) for title in page.xpath("//h2")]
    lines = [line.removeprefix("### ") for line in written("markdown", difference).splitlines() if line[:3] == "###"]
    assert titles == lines
    assert page.xpath("//div[contains(@class, 'verdict')]/@class") == ["verdict violated"]
    assert same.xpath("//div[contains(@class, 'verdict')]/@class") == ["verdict compliant"]
    assert same.xpath("string(//p[@class='meaning'])") == "0 new, 0 fixed; 0 still there."


def test_what_is_still_there_is_counted_and_shown_with_verbose(difference, written):
    assert "Still there" not in written("terminal", difference)
    assert "Still there (" in written("terminal", difference, verbose=True)


def test_two_equal_runs_are_said_to_be_so_in_one_line(results, snapshot, written):
    same = compare(snapshot("a", *results[:2]), snapshot("b", *results[:2]))
    assert written("terminal", same).splitlines()[2:] == ["0 new, 0 fixed; 2 still there"]


def test_what_older_runs_do_not_tell_is_not_known(results, snapshot, written):
    old, new = (snapshot(name, results[0]) for name in "ab")
    (id,) = old.targets
    leaf, *rest = old.targets[id].certificates
    before = replace(leaf, sha256="00", spki_sha256="", names=None)
    old = replace(old, targets={id: replace(old.targets[id], certificates=(before, *rest))})
    text = " ".join(written("terminal", compare(old, new), width=120).split())
    assert "renewed; whether the key changed is not known; whether the names changed is not known" in text
    (change,) = json.loads(written("json", compare(old, new)))["certificates"]
    assert (change["same_key"], change["names"]) == (None, None)


def test_runs_without_findings_are_said_to_be_so(results, snapshot, written):
    found = (snapshot(name, results[0]) for name in "ab")
    old, new = (replace(one, run=replace(one.run, rules=None)) for one in found)
    assert written("text", compare(old, new)).startswith("certgate: no change; findings not compared\n")
    assert json.loads(written("json", compare(old, new)))["findings"]["compared"] is False


@pytest.mark.parametrize("format", DIFF_FORMATS)
def test_hostile_text_is_escaped_in_every_format(hostile, results, snapshot, written, format):
    (leaf,) = hostile.certificates
    changed = replace(hostile, certificates=(replace(leaf, sha256="00", names=(leaf.subject,)),), findings=())
    text = written(format, compare(snapshot(leaf.subject, hostile), snapshot("b", changed, *results[:1])), verbose=True)
    assert all(line.isprintable() for line in text.split("\n"))
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if format == "markdown":
        assert "<script>" not in "".join(text.split("`")[::2])


@pytest.mark.parametrize("format", ["text", "slack"])
def test_a_message_has_at_most_3000_characters(endpoint, finding, snapshot, written, format):
    failed = finding("key.rsa-min", Outcome.FAIL, "short")
    many = [endpoint(f"{'h' * 100}{n}.example", n, Verdict.VIOLATED, failed) for n in range(99)]
    text = written(format, compare(snapshot("a"), snapshot("b", *many)))
    shown = json.loads(text)["text"] if format == "slack" else text
    assert 2_000 < len(shown) <= 3_000
    assert shown.splitlines()[-1].endswith(" more lines")
