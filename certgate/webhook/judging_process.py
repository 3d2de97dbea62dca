"""A process that judges objects, one after the other, until the first process closes its pipe."""

import os
import pickle
from typing import Any, BinaryIO

from certgate.gate.engine.frames import FAULT, RESULTS, WANTS, read_frame, write_frame
from certgate.gate.engine.serving import run_worker
from certgate.model.bug import bug
from certgate.model.errors import CertgateError

__all__ = ["MODULE", "judge_objects", "main"]

MODULE = "certgate.webhook.judging_process"
_ALLOCATIONS = 250_000
"""More than the caches of a judge keep. Judging leaves next to no garbage, and looking for it delays answers."""
_NICE = 5
"""How much the first process goes before: it gives most answers, and judging does not delay them."""


def main() -> None:
    """Judge until the first process closes the pipe, or ends."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    run_worker(judge_objects, allocations=_ALLOCATIONS)


def judge_objects(requests: BinaryIO, answers: BinaryIO, **_: Any) -> None:
    """Judge the objects in the frames after the first one, which holds the judge, and hand back each judgement."""
    try:
        shows_tracebacks, judge = pickle.loads(read_frame(requests) or b"")  # noqa: S301 (from the first process)
        if shows_tracebacks:
            from certgate.reports.tracebacks import show_tracebacks

            show_tracebacks()
        write_frame(answers, WANTS)
        while (frame := read_frame(requests)) is not None:
            judgement = judge.judge(pickle.loads(frame))  # noqa: S301 (from the first process)
            write_frame(answers, RESULTS + pickle.dumps(judgement))
    except OSError:
        return  # the first process has ended
    except CertgateError as error:
        write_frame(answers, FAULT + str(error).encode())
    except BaseException as error:
        write_frame(answers, FAULT + bug(error, "a process of the webhook").encode())
