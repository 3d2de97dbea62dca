"""Reports about the targets with the same values of some labels."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from certgate.gate.listeners import Listeners
from certgate.model.errors import UsageError
from certgate.model.finding import Outcome
from certgate.model.verdict import Notice, Verdict
from certgate.reports.destinations import Destinations
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def teams(endpoint, finding):
    """Two teams, and a target of none."""

    def made(ordinal, verdict, *findings, **labels):
        one = endpoint(f"h{ordinal}.example", ordinal, verdict, *(findings or (finding("key.rsa-min"),)))
        return replace(one, target=replace(one.target, labels=labels))

    short = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits")
    return (
        made(1, Verdict.COMPLIANT, team="shop"),
        made(2, Verdict.VIOLATED, short, team="pay"),
        made(3, Verdict.COMPLIANT, team="shop"),
        made(4, Verdict.INCOMPLETE),
    )


@pytest.fixture
def run(teams, header, summary):
    """run(*specs) takes the reports through a run; `lost` results do not come."""

    def through(*specs, lost=0, **more):
        with Destinations(streams={}) as destinations, open_reports(specs, destinations) as opened:
            assert len(list(opened.counting(one.target for one in teams))) == 4
            parts = opened.open_parts(destinations)
            destinations.claim()
            listening = Listeners([*opened.listeners, *parts])
            listening.begin(header(targets=4, **more.pop("header", {})))
            seen = teams[: len(teams) - lost]
            for result in seen:
                listening.add(result)
            listening.end(summary(*seen, missing=lost, **more))
        return listening.faults

    return through


def open_reports(specs, destinations):
    return Reports([ReportSpec.parse(s) for s in specs], destinations, stdout=StringIO(), stderr=StringIO(), environ={})


def report(path):
    return json.loads(Path(path).read_text())


def test_each_value_of_the_label_gets_a_report_with_its_own_targets_and_verdict(run, folder):
    assert run("json={label.team}.json") == []

    shop, pay, none = (report(f"{name}.json") for name in ("shop", "pay", "without-label"))
    assert [t["id"] for t in shop["targets"]] == ["h1.example:443", "h3.example:443"]
    assert (shop["summary"]["verdict"], shop["only"]) == ("compliant", ["label.team=shop"])
    assert (pay["summary"]["verdict"], pay["summary"]["violations"]) == ("violated", 1)
    assert (none["summary"]["verdict"], none["only"]) == ("incomplete", ["without label.team"])
    assert sorted(path.name for path in folder.iterdir()) == ["pay.json", "shop.json", "without-label.json"]


def test_a_part_of_a_part_says_both(run):
    run("json={label.team}.json", header={"only": ("*.example",)})

    assert report("shop.json")["only"] == ["*.example and label.team=shop"]


def test_a_part_is_incomplete_if_it_misses_a_target_or_the_run_was_interrupted(run):
    run("json={label.team}.json", lost=2)
    assert report("pay.json")["summary"]["missing"] == 0
    assert (report("shop.json")["summary"]["missing"], report("shop.json")["summary"]["verdict"]) == (1, "incomplete")
    assert report("without-label.json")["summary"]["verdict"] == "incomplete"

    run("json={label.team}.json", interrupted=True)
    assert report("shop.json")["summary"]["verdict"] == "incomplete"


def test_a_part_says_that_exit_zero_changed_its_exit_code(run):
    run("markdown={label.team}.md", exit_zero=True)

    assert "Exit code 0 by --exit-zero, not 1" in Path("pay.md").read_text()
    assert "Exit code 3 in spite of --exit-zero" in Path("without-label.md").read_text()  # nothing was judged
    assert "Exit code 0 (--exit-zero)" in Path("shop.md").read_text()


def test_a_missing_target_without_a_name_is_counted(run):
    run("text={label.team}.txt", lost=2)

    assert "1 target is missing\n" in Path("shop.txt").read_text()


def test_notices_about_the_whole_list_are_left_out_of_a_part(run):
    run("json={label.team}.json", notices=(Notice("waiver.unused", "x"), Notice("waiver.expiring", "y")))

    assert [notice["rule"] for notice in report("shop.json")["summary"]["notices"]] == ["waiver.expiring"]


def test_folders_named_by_labels_are_created_and_those_above_must_exist(run, folder):
    with pytest.raises(UsageError, match="there is no folder 'reports'; create it first"):
        run("json=reports/{label.team}/r.json")
    assert list(folder.iterdir()) == []

    Path("reports").mkdir()
    run("json=reports/{label.team}/r.json", "html=reports/{label.team}/")

    assert report("reports/shop/r.json")["summary"]["verdict"] == "compliant"
    assert "Compliant" in Path("reports/shop/index.html").read_text()
    assert len(list(Path("reports/shop/targets").iterdir())) == 2


def test_a_label_that_no_target_has_is_refused(run):
    with pytest.raises(UsageError, match="no target has the label taem"):
        run("json={label.taem}.json")


def test_too_many_values_are_refused(teams, monkeypatch):
    monkeypatch.setattr("certgate.reports.output._MOST_PARTS", 2)
    with (
        Destinations(streams={}) as destinations,
        open_reports(["json={label.team}.json"], destinations) as opened,
        pytest.raises(UsageError, match="the targets have more than 2 values"),
    ):
        list(opened.counting(one.target for one in teams))


def test_two_parts_are_never_one_file(run):
    Path("shop.json").write_text("{}")
    Path("pay.json").hardlink_to("shop.json")

    with pytest.raises(UsageError, match=r"json=pay\.json and --report json=shop\.json are the same file"):
        run("json={label.team}.json")


def test_a_part_is_no_input(teams):
    Path("shop.json").write_text("an input")
    with Destinations(streams={}) as destinations, open_reports(["json={label.team}.json"], destinations) as opened:
        list(opened.counting(one.target for one in teams))
        opened.open_parts(destinations)

        with pytest.raises(UsageError, match=r"json=shop\.json: this run reads that file"):
            destinations.refuse(["shop.json"])
    assert Path("shop.json").read_text() == "an input"
