"""What a judging process says to the first one."""

import io
import pickle

import pytest

from certgate.gate.engine.frames import FAULT, RESULTS, WANTS, read_frame, write_frame
from certgate.model.errors import CertgateError
from certgate.sources.admitted import AdmittedObject
from certgate.webhook.judging_process import judge_objects
from tests.webhook.conftest import secret


def said(*requests):
    """The frames that are handed back for pickled requests, or for bytes as they are."""
    sent, answers = io.BytesIO(), io.BytesIO()
    for one in requests:
        write_frame(sent, one if isinstance(one, bytes) else pickle.dumps(one))
    sent.seek(0)
    judge_objects(sent, answers, ended=None)
    answers.seek(0)
    return list(iter(lambda: read_frame(answers), None))


class Fails:
    """Cannot be unpickled."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return _raise, (self.error,)


def _raise(error):
    raise error


def test_it_says_that_it_is_ready_and_hands_back_each_judgement(judge):
    ready, *results = said(
        (False, judge), AdmittedObject(raw=secret(chain=b"foo")), AdmittedObject(raw=secret(chain=b""))
    )

    assert ready == WANTS
    assert all(frame.startswith(RESULTS) for frame in results)
    found = [pickle.loads(frame.removeprefix(RESULTS)) for frame in results]
    assert [str(one.remarks[0].weight) for one in found] == ["violated", "missing"]


@pytest.mark.parametrize(
    ("first", "fault"),
    [
        (Fails(CertgateError("no policy here")), b"no policy here"),
        (Fails(RuntimeError("s3cr3t")), b"a bug in certgate: RuntimeError in a process of the webhook"),
        (b"rubbish", b"a bug in certgate: UnpicklingError"),
    ],
    ids=["error", "bug", "rubbish"],
)
def test_a_fault_is_one_sentence(first, fault):
    [frame] = said(first)

    assert frame.startswith(FAULT + fault)
    assert b"s3cr3t" not in frame


def test_the_end_of_the_first_process_is_no_fault(judge):
    class Gone(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

    sent = io.BytesIO()
    write_frame(sent, pickle.dumps((False, judge)))
    sent.seek(0)
    judge_objects(sent, Gone())
