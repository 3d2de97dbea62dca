"""A worker that is a thread of this process, so that a test of what is handed to whom starts no process."""

import os
import pickle
import threading

from certgate.gate.engine.frames import WANTS, read_frame, write_frame
from certgate.gate.engine.serving import serve


class ThreadInPlaceOfProcess:
    """As WorkerProcess; an exception is what ends it unexpectedly."""

    ending = "ended"

    def __init__(self, work, heard):
        self._has_asked = False
        requests, self._to = os.pipe()
        self._from, answers = os.pipe()
        self._to = os.fdopen(self._to, "wb")
        write_frame(self._to, pickle.dumps((False, work)))
        serving = (os.fdopen(requests, "rb"), os.fdopen(answers, "wb"))
        self._threads = [
            threading.Thread(target=self._serve, args=serving, daemon=True),
            threading.Thread(target=self._read, args=(heard,), daemon=True),
        ]
        for thread in reversed(self._threads):
            thread.start()

    def _serve(self, requests, answers):
        serve(requests, answers, ended=requests.close)
        self._threads[1].join()
        if not self._has_asked:
            requests.close()

    def _read(self, heard):
        with os.fdopen(self._from, "rb") as stream:
            while (frame := read_frame(stream)) is not None:
                self._has_asked |= frame == WANTS
                heard(self, frame)
        self.end()
        heard(self, None)

    def send(self, targets):
        try:
            write_frame(self._to, pickle.dumps(targets))
        except (BrokenPipeError, ValueError):
            return

    def end(self):
        try:
            self._to.close()
        except BrokenPipeError:
            return

    def close(self, until):
        for thread in self._threads:
            thread.join(5)
