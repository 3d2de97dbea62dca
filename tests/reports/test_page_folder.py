"""A report of several files in a folder."""

import io
from pathlib import Path

import pytest
from lxml import html

from certgate.gate.listeners import Listeners
from certgate.model.errors import UsageError
from certgate.reports.destinations import Destinations
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec
from certgate.reports.web.html_report import HtmlReport


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(results, header, summary):
    """run(*specs, end=True) takes the reports through a run, or not to its end."""

    def through(*specs, end=True):
        with (
            Destinations(streams={}) as destinations,
            Reports(
                [ReportSpec.parse(s) for s in specs],
                destinations,
                stdout=io.StringIO(),
                stderr=io.StringIO(),
                environ={},
            ) as opened,
        ):
            destinations.claim()
            listening = Listeners(opened.listeners)
            listening.begin(header())
            for result in results:
                listening.add(result)
            if end:
                listening.end(summary(*results))
        return listening.faults

    return through


def files():
    return sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())


def test_the_folder_holds_the_first_page_its_style_and_script_and_a_page_for_each_target(run, results):
    assert run("html=out/") == []

    first = html.parse("out/index.html").getroot()
    pages = [f"out/{link}" for link in first.xpath("//table[@class='targets']//a/@href")]
    assert len(pages) == len(results)
    assert files() == sorted(["out/index.html", "out/report.js", "out/style.css", *pages])
    assert first.xpath("//link[@rel='stylesheet']/@href") == ["style.css"]


def test_a_page_of_a_target_has_its_chain_and_findings_and_leads_back(run):
    run("html=out/")
    first = html.parse("out/index.html").getroot()
    (link,) = first.xpath("//th/a[contains(., 'db.internal.example')]/@href")

    page = html.parse(f"out/{link}").getroot()

    assert page.xpath("string(//h1)") == "db.internal.example:8443"
    assert len(page.xpath("//ul[@class='findings']/li")) == 6
    for reference in page.xpath(
        "//link[@rel='stylesheet']/@href | //script/@src | //a[starts-with(@href, '..')]/@href"
    ):
        assert (Path("out/targets") / reference).resolve().is_file()
    assert page.xpath("//ol[contains(@class, 'chain')]")


def test_every_link_of_the_first_page_leads_somewhere(run):
    run("html=out/")
    first = html.parse("out/index.html").getroot()

    for link in first.xpath("//a/@href"):
        assert first.xpath(f"//*[@id='{link[1:]}']") if link.startswith("#") else (Path("out") / link).is_file()


def test_pages_of_an_earlier_run_are_removed_and_other_files_stay(run):
    Path("out/targets").mkdir(parents=True)
    Path("out/targets/t-0123456789abcdef.html").write_text("old")
    Path("out/notes.txt").write_text("mine")

    run("html=out/")

    assert "out/targets/t-0123456789abcdef.html" not in files()
    assert Path("out/notes.txt").read_text() == "mine"


def test_an_interrupted_run_leaves_neither_the_old_pages_nor_new_ones(run):
    run("html=out/")
    run("html=out/", end=False)

    assert files() == []


def test_a_new_folder_is_gone_after_a_run_without_a_result(run, folder):
    run("html=out/", end=False)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("strange", ["notes.html", "t-0123456789abcdef.html.bak", "t-0123456789abcdeg.html"])
def test_a_folder_of_pages_that_certgate_did_not_write_is_refused_and_kept(run, strange):
    Path("out/targets").mkdir(parents=True)
    Path("out/targets", strange).write_text("mine")

    with pytest.raises(UsageError, match="has other files"):
        run("html=out/")

    assert files() == [f"out/targets/{strange}"]


def test_a_link_in_the_place_of_the_pages_is_refused(run):
    Path("elsewhere").mkdir()
    Path("elsewhere/t-0123456789abcdef.html").write_text("mine")
    Path("out").mkdir()
    Path("out/targets").symlink_to("../elsewhere")

    with pytest.raises(UsageError, match="is a link"):
        run("html=out/")

    assert Path("elsewhere/t-0123456789abcdef.html").read_text() == "mine"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("html=out/", "are the same file"),
        ("json=out/index.html", "are the same file"),
        ("json=out/style.css", "are the same file"),
        ("json=out/targets/t-0123456789abcdef.html", "keeps its own files in this folder"),
    ],
)
def test_no_other_output_is_one_of_its_files(run, other, reason):
    Path("out/targets").mkdir(parents=True)
    for specs in (("html=out/", other), (other, "html=out/")):
        with pytest.raises(UsageError, match=reason):
            run(*specs)
    assert files() == []


@pytest.mark.parametrize("path", ["out/index.html", "out/report.js", "out/targets/t-0123456789abcdef.html"])
def test_none_of_its_files_is_an_input(path):
    Path("out/targets").mkdir(parents=True)
    Path(path).write_text("an input")
    with Destinations(streams={}) as destinations:
        Reports([ReportSpec.parse("html=out/")], destinations, stdout=io.StringIO(), stderr=io.StringIO()).abort()
        with pytest.raises(UsageError, match="this run reads"):
            destinations.refuse([path])
    assert Path(path).read_text() == "an input"


def test_a_folder_that_cannot_be_created_is_told_at_once(run):
    Path("file").write_text("")

    with pytest.raises(UsageError, match="there is no folder 'no'; create it first"):
        run("html=no/out/")
    with pytest.raises(UsageError, match="cannot be written"):
        run("html=file/")


def test_a_full_disk_is_a_fault_and_leaves_no_first_page(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certgate.reports.page_folder.PageFolder.write", full)

    (fault,) = run("html=out/")

    assert fault == "the html report could not be written to 'out/': No space left on device"
    assert files() == []


def test_only_html_is_a_folder():
    with pytest.raises(UsageError, match="json is one file; name a file in the folder"):
        ReportSpec.parse("json=out/")


def test_targets_that_the_first_page_leaves_out_have_no_page(run, monkeypatch):
    monkeypatch.setattr(HtmlReport, "most_targets", 2)

    run("html=out/", "json=all.json")

    first = html.parse("out/index.html").getroot()
    assert len(first.xpath("//table[@class='targets']/tbody/tr")) == 2
    assert "all.json has all of them" in " ".join(first.xpath("string(//section[@id='targets'])").split())
    assert first.xpath("//section[@id='problems']//a/@href") == []
    assert len(list(Path("out/targets").iterdir())) == 5
