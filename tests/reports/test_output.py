"""Where reports go."""

import io
import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import pytest

from certgate.gate.listeners import Listeners
from certgate.model.errors import UsageError
from certgate.reports.destinations import Destinations
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream whose reader went away, or whose disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def reports(*specs: str, stdout=None, stderr=None, **more):
    """Open reports in the place of those of an earlier run."""
    parsed = [ReportSpec.parse(s) for s in specs]
    streams = {"stdout": stdout or io.StringIO(), "stderr": stderr or io.StringIO()}
    with (
        Destinations(streams={}) as destinations,
        Reports(parsed, destinations, environ={}, **streams, **more) as opened,
    ):
        destinations.claim()
        yield opened


@pytest.fixture
def run(results, header, summary):
    """Take open reports through a whole run."""

    def through(opening) -> list[str]:
        with opening as opened:
            told = Listeners(opened.listeners)
            told.begin(header())
            for result in results:
                told.add(result)
            told.end(summary(*results))
        return told.faults

    return through


def test_the_terminal_report_is_what_one_gets_without_asking(run):
    stdout, stderr = io.StringIO(), io.StringIO()
    run(reports(stdout=stdout, stderr=stderr))
    assert stdout.getvalue().startswith("certgate 1.2.3")
    assert stderr.getvalue() == ""


def test_the_terminal_report_goes_to_standard_error_when_another_has_standard_output(run):
    stdout, stderr = io.StringIO(), io.StringIO()
    run(reports("json", stdout=stdout, stderr=stderr))
    assert stdout.getvalue().startswith("{")
    assert stderr.getvalue().startswith("certgate 1.2.3")


def test_a_terminal_report_in_a_file_is_the_only_one(run, folder):
    stdout = io.StringIO()
    run(reports("terminal=out.txt", stdout=stdout, colour="always"))
    assert stdout.getvalue() == ""
    assert (folder / "out.txt").read_text().startswith("certgate 1.2.3, policy")


def test_several_reports_are_written_side_by_side_and_nothing_else_is_left(run, folder):
    run(reports("json=a.json", "junit=b.xml", "sarif=c.sarif"))
    assert sorted(p.name for p in folder.iterdir()) == ["a.json", "b.xml", "c.sarif"]


def test_files_appear_at_the_end_and_what_an_earlier_run_left_goes_at_the_start(folder, header, summary):
    (folder / "out.json").write_text("green")
    with reports("json=out.json") as opened:
        assert not (folder / "out.json").exists()
        told = Listeners(opened.listeners)
        told.begin(header())
        assert not (folder / "out.json").exists()
        told.end(summary())
        assert (folder / "out.json").read_text().startswith("{")


def test_a_run_that_breaks_off_leaves_no_report(folder, header):
    (folder / "out.json").write_text("green")

    def break_off() -> None:
        with reports("json=out.json", "junit=out.xml", "sarif=out.sarif") as opened:
            Listeners(opened.listeners).begin(header())
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert list(folder.iterdir()) == []


def test_a_symbolic_link_stays_and_its_file_is_replaced(run, folder):
    (folder / "real").mkdir()
    (folder / "real/out.json").write_text("old")
    (folder / "link.json").symlink_to("real/out.json")
    run(reports("json=link.json"))
    assert (folder / "link.json").is_symlink()
    assert (folder / "real/out.json").read_text().startswith("{")


def test_a_device_is_written_to_and_not_replaced(run):
    run(reports("json=/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_report_has_the_mode_that_the_user_asked_for(run, folder):
    before = os.umask(0o027)
    try:
        run(reports("json=out.json"))
    finally:
        os.umask(before)
    assert (folder / "out.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (["jsn=x"], "--report 'jsn=x': there is no report format 'jsn'; did you mean json?"),
        (["xyzzy"], "--report 'xyzzy': there is no report format 'xyzzy'; there are terminal, json, "),
        (["json="], "--report 'json=': the path is missing; write json=FILE, or json=- for standard output"),
        (["json", "junit=-"], "two reports (json and junit) go to standard output; give one of them a path"),
        (["json", "junit=/dev/stdout"], "two reports (json and junit) go to standard output; give one of them a path"),
        (
            ["json=x", "junit=./x"],
            "--report json=x and --report junit=./x are the same file; give one of them another path",
        ),
        (["json=folder"], "--report json=folder cannot be written: it is a folder; name a file in it"),
        (["json=none/x"], "--report json=none/x cannot be written: its folder does not exist; create the folder first"),
        (["json=kept/x"], "--report json=kept/x cannot be written: Not a directory"),
    ],
)
def test_a_place_that_cannot_be_had_is_a_usage_error_and_nothing_is_touched(folder, specs, message):
    (folder / "folder").mkdir()
    (folder / "kept").write_text("green")
    with pytest.raises(UsageError) as caught, reports("sarif=kept", *specs):
        pass
    assert str(caught.value).startswith(message)
    assert {p.name: p.is_file() and p.read_text() for p in folder.iterdir()} == {"folder": False, "kept": "green"}


def test_a_closed_pipe_ends_its_report_quietly_and_leaves_the_others(run, folder):
    run(reports("json=out.json", stdout=Broken(BrokenPipeError())))
    assert (folder / "out.json").exists()


def test_a_full_disk_is_told_after_the_other_reports_are_done(run, folder):
    faults = run(reports("json=out.json", stdout=Broken(OSError(28, "No space left on device"))))
    assert faults == ["the terminal report could not be written to standard output: No space left on device"]
    assert (folder / "out.json").exists()


@pytest.mark.parametrize("format", ["terminal", "json"])
def test_a_process_whose_reader_went_away_keeps_its_own_exit_code(format):
    script = textwrap.dedent(
        f"""
        import os, sys
        from certgate.reports.destinations import Destinations
        from certgate.reports.output import Reports
        from certgate.reports.spec import ReportSpec
        from certgate.model.verdict import RunHeader, RunSummary, Verdict
        from certgate.model.finding import Severity
        from datetime import UTC, datetime
        with Reports([ReportSpec("{format}")], Destinations(), stdout=sys.stdout, stderr=sys.stderr) as reports:
            for report in reports.listeners:
                report.begin(RunHeader(
                    version="1", started_at=datetime.now(UTC), fail_on=Severity.ERROR, policies=("p",), rules={{}}
                ))
                report.end(RunSummary(verdict=Verdict.VIOLATED))
        sys.exit(1)
        """
    )
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=writer, stderr=subprocess.PIPE, env=environ, check=False
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith(b"" if format == "terminal" else b"certgate 1, policy p")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_what_cannot_be_removed_is_a_usage_error(folder, monkeypatch):
    (folder / "out.json").write_text("green")
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "out.json":
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    told = r"^--report json=out\.json: the file of an earlier run cannot be removed: Operation not permitted; remove it"
    with pytest.raises(UsageError, match=told), reports("json=out.json"):
        pass
    assert [p.name for p in folder.iterdir()] == ["out.json"]


def test_colour_is_for_terminals_only_and_a_file_never_has_it(run, folder):
    terminal, pipe = Terminal(), io.StringIO()
    run(reports(stdout=terminal))
    run(reports(stdout=pipe))
    run(reports("terminal=out.txt"))
    assert ["\x1b[" in t for t in (terminal.getvalue(), pipe.getvalue(), (folder / "out.txt").read_text())] == [
        True,
        False,
        False,
    ]


def test_a_stream_that_cannot_encode_all_characters_shows_escapes(run):
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii")
    run(reports(stdout=stdout))
    text = raw.getvalue().decode("ascii")
    assert "+ api.example:443  60 days left" in text
    assert "RFC 9846 \\xa74.4.2" in text
