"""A worker's side: what it says for what it is sent."""

import io
import pickle

import pytest

from certgate.gate.engine import serving
from certgate.gate.engine.frames import FAULT, OVER, RESULTS, WANTS, read_frame, write_frame
from certgate.gate.engine.serving import serve
from certgate.system.stop import Stop
from tests.gate.engine.works import Killing, Work, stream


class Kept(io.BytesIO):
    def close(self):
        """Keep the bytes."""


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine, results that come one shortly after the other are still one frame."""
    monkeypatch.setattr(serving, "_LINGER", 60)


def said(*frames, torn=b""):
    """What a worker says that is sent these frames, without its requests for more."""
    requests, answers = io.BytesIO(), Kept()
    for frame in frames:
        write_frame(requests, frame if isinstance(frame, bytes) else pickle.dumps(frame))
    requests.write(torn)
    requests.seek(0)
    serve(requests, answers)
    answers.seek(0)
    found = list(iter(lambda: read_frame(answers), None))
    return [frame for frame in found if frame != WANTS], found.count(WANTS)


def ordinals(frame):
    return [result for _, result in pickle.loads(frame.removeprefix(RESULTS))]


def test_results_come_in_few_frames_and_the_end_of_a_session_after_them():
    frames, _ = said((False, Work()), stream(70), [], stream(3), [])
    *first, over, second, end = frames
    assert [n for frame in first for n in ordinals(frame)] == [*range(70)]
    assert (over, ordinals(second), end) == (OVER, [0, 1, 2], OVER)
    assert len(first) < 5


def test_a_worker_asks_for_more_before_it_needs_it():
    _, asked = said((False, Work()), stream(2), stream(2), [])
    assert asked == 2 + 2  # at the start and for each frame; after the end, which it learns when it asks again


def test_what_was_handed_out_before_the_pipe_broke_is_handed_back():
    frames, _ = said((False, Work()), stream(3), torn=b"\0\0\0\x09abc")
    assert ordinals(frames[0]) == [0, 1, 2]


@pytest.mark.parametrize("torn", [b"", b"\0\0", b"\0\0\0\x05abc"])
def test_a_torn_frame_is_none(torn):
    assert read_frame(io.BytesIO(torn)) is None


def test_targets_that_are_not_begun_are_handed_back_without_a_result():
    class Late(Work):
        def observe(self, targets):
            yield from ()

    assert said((False, _late()), stream(3), []) == ([OVER], 3)


def _late():
    return Stopped(stop=Stop(seconds=0))


class Stopped(Work):
    def observe(self, targets):
        return iter(())


def test_an_exception_is_told_in_a_sentence():
    frames, _ = said((False, Killing(guilty=frozenset({1}))), stream(3))
    assert ordinals(frames[1]) == [0]
    assert frames[0].startswith(FAULT + b"a bug in certgate: ZeroDivisionError in a worker; please report it")


def test_work_that_is_not_even_sent_is_a_fault():
    assert said()[0][0].startswith(FAULT + b"a bug in certgate: EOFError in a worker")


def test_tracebacks_are_shown_if_the_first_process_shows_them(monkeypatch):
    shown = []
    monkeypatch.setattr("certgate.reports.tracebacks.show_tracebacks", lambda: shown.append(True))
    said((True, Work()), stream(1), [])
    assert shown == [True]


def test_nobody_has_to_listen():
    answers = Kept()
    answers.close = io.BytesIO.close.__get__(answers)
    answers.close()
    requests = io.BytesIO()
    write_frame(requests, pickle.dumps((False, Work())))
    requests.seek(0)
    serve(requests, answers)


def test_the_pipes_of_a_process_are_not_its_standard_streams(monkeypatch):
    done = []
    monkeypatch.setattr(serving.os, "dup", lambda fd: 10 + fd)
    monkeypatch.setattr(serving.os, "dup2", lambda *fds: done.append(fds))
    monkeypatch.setattr(serving.os, "open", lambda *_: 9)
    monkeypatch.setattr(serving.os, "close", done.append)
    monkeypatch.setattr(serving.os, "fdopen", lambda fd, mode: (fd, mode))
    assert serving._own_pipes() == ((10, "rb"), (11, "wb"))
    assert done == [(9, 0), 9, (2, 1)]
