"""Files that people name are read within bounds, and folders without leaving anything out unsaid."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from certgate.system.named_files import Found, TooLarge, Unreadable, open_file, read_file, require, walk


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def later(write):
    """Runs `write` in a thread, which ends with it."""
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


# --- one file ---


def test_a_file_is_read_to_its_limit_and_no_further(here):
    Path("a").write_bytes(b"12345")
    assert read_file("a", 5) == b"12345"
    with pytest.raises(TooLarge, match=r"^is larger than 4 bytes, the limit$"):
        read_file("a", 4)
    with pytest.raises(TooLarge, match=r"^is larger than 2 MiB, the limit$"):
        read_file("/dev/zero", 2 * 1024 * 1024)
    assert read_file(os.devnull, 4) == b""


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone", "cannot be read: No such file or directory"),
        ("folder", "is a folder, not a file"),
        ("loop", "is a link to itself"),
        ("socket", "is a socket or a device, not a file"),
        ("a\0b", "cannot be read: its name holds a null byte"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
@pytest.mark.parametrize("read", [lambda path: read_file(path, 10), open_file])
def test_what_cannot_be_read_is_told_with_its_reason(here, path, reason, read):
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(Unreadable) as caught:
            read(path)
    assert str(caught.value) == reason


@contextmanager
def ordinary_user():
    """Root may read everything, so it steps back."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def open_to_all(tmp_path_factory):
    """A folder that every user may enter."""
    home = tmp_path_factory.mktemp("open")
    for folder in (home, *home.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/") and folder != Path("/tmp"):
            folder.chmod(0o755)
    return home


def test_a_file_without_the_right_to_read_it_says_who_needs_it(open_to_all):
    secret = open_to_all / "key.pem"
    secret.write_bytes(b"x")
    secret.chmod(0)
    with ordinary_user(), pytest.raises(Unreadable) as caught:
        read_file(secret, 9)
    assert str(caught.value) == "cannot be read: Permission denied; let the user that runs certgate read it"


# --- pipes ---


def test_a_named_pipe_that_nobody_writes_to_is_not_waited_for(here):
    os.mkfifo("pipe")
    with pytest.raises(Unreadable, match=r"^is a named pipe without a writer for 0 seconds$"):
        read_file("pipe", 10, writer_seconds=0.05)


def test_a_named_pipe_is_read_to_its_end_though_its_writer_comes_late_and_is_slow(here):
    os.mkfifo("pipe")

    def write():
        with Path("pipe").open("wb", buffering=0) as pipe:
            pipe.write(b"a")
            time.sleep(0.05)
            pipe.write(b"b" * 100_000)

    thread = later(lambda: (time.sleep(0.05), write()))
    assert read_file("pipe", 200_000) == b"a" + b"b" * 100_000
    thread.join(5)


@pytest.mark.parametrize("content", [b"", b"drip"])
def test_a_writer_that_says_nothing_or_never_ends_is_given_up(here, content):
    os.mkfifo("pipe")
    writer = os.open("pipe", os.O_RDWR)
    os.write(writer, content)
    with pytest.raises(Unreadable, match=r"^is a pipe or a device that did not end within 0 seconds$"):
        read_file("pipe", 10, writer_seconds=0.05, pipe_seconds=0.1)
    os.close(writer)


def test_a_pipe_that_ends_empty_is_empty(here):
    os.mkfifo("pipe")
    thread = later(lambda: Path("pipe").open("wb").close())
    assert read_file("pipe", 10) == b""
    thread.join(5)


def test_a_pipe_may_hold_no_more_than_the_limit(here):
    reader, writer = os.pipe()
    os.write(writer, b"123456")
    with pytest.raises(TooLarge):
        read_file(f"/dev/fd/{reader}", 5)
    os.close(writer)
    os.close(reader)


def test_lines_can_be_read_of_a_pipe(here):
    os.mkfifo("pipe")
    thread = later(lambda: Path("pipe").write_bytes(b"one\ntwo\n"))
    with open_file("pipe") as stream:
        assert list(stream) == [b"one\n", b"two\n"]
    thread.join(5)


def test_process_substitution_and_standard_input_are_files(here):
    code = "import sys; from certgate.system.named_files import read_file; print(read_file(sys.argv[1], 99))"
    for words in ("<(sleep 0.1; printf x)", "/dev/stdin"):
        script = f"printf x | '{sys.executable}' -c '{code}' {words}"
        environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
        out = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, check=True, timeout=30
        ).stdout
        assert out == b"b'x'\n"


# --- what is named ---


def test_what_is_named_must_be_there_and_readable_but_a_pipe_is_left_alone(here):
    Path("file").write_bytes(b"x")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    for path in ("file", "pipe", os.devnull):
        require(path)
    require("folder", may_be_folder=True)
    with pytest.raises(Unreadable, match="is a folder, not a file"):
        require("folder")
    for path in ("gone", "a\0b"):
        with pytest.raises(Unreadable):
            require(path)


# --- folders ---


def tree(**files):
    for name, content in files.items():
        path = Path(name.replace("__", "/").replace("_pem", ".pem"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_files_come_sorted_those_of_folders_behind_and_hidden_ones_not_at_all(here):
    tree(d__b_pem=b"", d__A_pem=b"", d__sub__c_pem=b"", d__aa__d_pem=b"", d__notes=b"")
    Path("d/.hidden").mkdir()
    Path("d/.hidden/x.pem").write_bytes(b"")
    Path("d/.x.pem").write_bytes(b"")
    Path("d/UPPER.PEM").write_bytes(b"")
    assert [f.path for f in walk("d", (".pem",))] == [
        "d/A.pem", "d/UPPER.PEM", "d/b.pem", "d/aa/d.pem", "d/sub/c.pem",
    ]  # fmt: skip
    assert next(walk("./d", (".pem",))) == Found("./d/A.pem")


def test_links_to_files_and_folders_are_followed_and_every_folder_is_read_once(here):
    tree(d__sub__a_pem=b"", other__b_pem=b"", other__more__c_pem=b"")
    Path("d/a.pem").symlink_to("sub/a.pem")
    Path("d/again").symlink_to("sub")
    Path("d/beyond").symlink_to("../other")
    Path("d/self").symlink_to(".")
    Path("d/up").symlink_to("..")
    Path("other/back").symlink_to("../d")

    assert [f.path for f in walk("d", (".pem",))] == [
        "d/a.pem", "d/sub/a.pem", "d/beyond/b.pem", "d/beyond/more/c.pem",
    ]  # fmt: skip


def test_links_that_lead_nowhere_and_what_is_no_file_are_found_and_named(here):
    Path("d").mkdir()
    Path("d/gone").symlink_to("nowhere")
    Path("d/gone.pem").symlink_to("nowhere.pem")
    Path("d/loop").symlink_to("loop")
    Path("d/.hidden").symlink_to("nowhere")
    os.mkfifo("d/pipe.pem")
    os.mkfifo("d/pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("d/socket.pem")

    other = "is a pipe, a socket or a device, not a file"
    assert list(walk("d", (".pem",))) == [
        Found("d/gone", "is a broken link"),
        Found("d/gone.pem", "is a broken link"),
        Found("d/loop", "is a link to itself"),
        Found("d/pipe.pem", other),
        Found("d/socket.pem", other),
    ]


def test_a_folder_that_cannot_be_listed_is_found_and_named(here):
    tree(d__a_pem=b"", d__sub__b_pem=b"", d__z__c_pem=b"")

    def scan(path):
        if path.endswith("sub"):
            raise PermissionError(13, "Permission denied", path)
        return os.scandir(path)

    assert list(walk("d", (".pem",), scan=scan)) == [
        Found("d/a.pem"),
        Found("d/sub", "is a folder that cannot be read: Permission denied; let the user that runs certgate read it"),
        Found("d/z/c.pem"),
    ]


@pytest.mark.parametrize(
    ("mode", "found"), [(0o111, ["d/sub"]), (0o444, ["d/sub/b.pem", "d/sub/deep"]), (0, ["d/sub"])]
)
def test_an_ordinary_user_hears_of_each_folder_without_rights(open_to_all, mode, found):
    sub = open_to_all / "d/sub"
    (sub / "deep").mkdir(parents=True)
    (sub / "b.pem").write_bytes(b"")
    sub.parent.chmod(0o755)
    sub.chmod(mode)
    with ordinary_user():
        problems = [f.path for f in walk(str(open_to_all / "d"), (".pem",)) if f.problem]
    sub.chmod(0o700)
    assert problems == [f"{open_to_all}/{path}" for path in found]
