"""No file that is written is another one that is written, or one that is read, whatever path leads to it."""

import os
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from certgate.model.errors import UsageError
from certgate.reports.destinations import Destinations


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("there").write_text("before")
    Path("link").symlink_to("there")
    Path("dangling").symlink_to("absent")
    os.link("there", "hard")
    return tmp_path


@contextmanager
def opened(*paths, streams=None, **more):
    """Destinations that hold `--save PATH` for each path."""
    with Destinations(streams=streams or {}, **more) as destinations:
        for path in paths:
            destinations.sink(f"--save {path}", str(path))
        yield destinations


def left():
    """The files that are there beside those of the fixture."""
    return sorted({p.name for p in Path().iterdir()} - {"folder", "there", "link", "dangling", "hard"})


SAME = [
    ("there", "there"),
    ("there", "./there"),
    ("there", "folder/../there"),
    ("there", "link"),
    ("there", "hard"),
    ("link", "hard"),
    ("absent", "absent"),
    ("absent", "./folder/../absent"),
    ("absent", "dangling"),
    ("x" * 250, "./" + "x" * 250),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_outputs_that_are_one_file_are_refused_and_nothing_is_touched(one, other):
    with pytest.raises(UsageError) as caught, opened(one, other):
        pass
    assert str(caught.value) == f"--save {one} and --save {other} are the same file; give one of them another path"
    assert Path("there").read_text() == "before"
    assert left() == []


@pytest.mark.parametrize(("one", "other"), [*SAME[:-1], *((b, a) for a, b in SAME[1:-1])])
def test_an_output_that_is_read_is_refused_and_nothing_is_touched(here, one, other):
    for path in (other, str(here / other)):
        with pytest.raises(UsageError) as caught, opened(one) as destinations:
            destinations.refuse([path])
        also = "" if path == one else f", as {path}"
        assert str(caught.value) == f"--save {one}: this run reads that file{also}; give the output another path"
        assert Path("there").read_text() == "before"
        assert left() == []


def test_what_the_file_system_takes_for_one_file_is_found_out_by_the_file_system():
    """As one does that takes no notice of letter case: the second file cannot be made, for it is there."""
    with opened("Report.json") as destinations:
        (aside,) = Path().glob(".Report.json.*.part")
        aside.with_name(aside.name.replace("Report", "report")).hardlink_to(aside)
        with pytest.raises(UsageError) as caught:
            destinations.sink("--save report.json", "report.json")
    assert (
        str(caught.value)
        == "--save Report.json and --save report.json are the same file; give one of them another path"
    )


def test_files_whose_long_names_begin_alike_are_two():
    with opened("x" * 230 + "1", "x" * 230 + "2"):
        pass
    assert left() == []


def test_a_device_takes_from_everybody_and_gives_to_everybody():
    with opened("/dev/null", "/dev/null") as destinations:
        destinations.refuse(["/dev/null"])


@pytest.mark.parametrize("path", ["folder", "nowhere", "other", "a\0b", ""])
def test_what_is_something_else_is_not_refused(path):
    with opened("there", "absent") as destinations:
        destinations.refuse([path])
        assert path not in destinations
        assert "./link" in destinations


def test_the_file_that_a_standard_stream_goes_to_is_refused():
    told = "^--save hard: standard output already goes to this file; name another one$"
    with Path("there").open("ab") as stream:
        streams = {stream.fileno(): "standard output"}
        with pytest.raises(UsageError, match=told), opened("hard", streams=streams):
            pass


def test_standard_output_is_for_reports():
    with pytest.raises(UsageError, match=r"^--save -: only reports go to standard output; name a file$"), opened("-"):
        pass


# --- what an earlier run left ---


def test_it_goes_when_it_is_claimed_and_not_before():
    with opened("there", "absent") as destinations:
        destinations.refuse(["folder"])
        assert Path("there").exists()
        destinations.claim()
        assert not Path("there").exists()
    assert left() == []


def test_it_stays_where_that_is_asked_for():
    with Destinations() as destinations:
        destinations.sink("--write-baseline there", "there", stays=True)
        destinations.claim()
    assert Path("there").read_text() == "before"


@pytest.mark.parametrize(
    ("inputs", "words", "stays"),
    [
        ([], [], False),
        (["list"], ["other"], False),
        (["hard"], [], True),
        ([], ["hard"], True),
        ([], ["spiffe://acme.example=pki/there"], True),
        (["config"], [], True),
        ([], ["config"], True),
        (["folder", "nowhere", "a\0b"], ["\udcff"], False),
    ],
)
def test_a_run_that_gives_up_spares_what_may_be_meant_by_something_else(inputs, words, stays):
    Path("list").write_text("something")
    Path("config").write_text("trust: [sub/there]\n")
    with opened("there") as destinations:
        destinations.give_up(inputs, words)
        assert Path("there").exists() is stays


# --- places that cannot be written ---


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("folder", "it is a folder; name a file in it"),
        ("nowhere/x", "its folder does not exist; create the folder first"),
        ("there/x", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_they_are_named_with_the_reason(path, said):
    Path("loop").symlink_to("loop")
    with pytest.raises(UsageError, match=f"^--save {path} cannot be written: {said}$"), opened(path):
        pass


def test_a_folder_without_rights_is_one(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match=r"^--save x cannot be written: Permission denied$"), opened("x"):
        pass


def test_a_named_pipe_without_a_reader_is_not_waited_for_for_ever():
    os.mkfifo("pipe")
    told = "^--save pipe cannot be written: no process reads the named pipe; start the reader first$"
    with pytest.raises(UsageError, match=told), opened("pipe", patience=0.05):
        pass
    assert Path("pipe").is_fifo()


def test_a_named_pipe_gets_everything_once_it_has_a_reader():
    os.mkfifo("pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text()))
    with Destinations(streams={}, patience=30) as destinations:
        opening = threading.Timer(0.1, reader.start)
        opening.start()
        sink = destinations.sink("--save pipe", "pipe")
        destinations.claim()
        sink.stream.write("all of it\n" * 20_000)
        sink.commit()
    opening.join()
    reader.join()
    assert read == ["all of it\n" * 20_000]
    assert Path("pipe").is_fifo()


def test_a_named_pipe_is_one_file_by_whatever_path(here):
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(UsageError, match="are the same file"), opened("pipe", here / "pipe"):
        pass
    os.close(reader)
