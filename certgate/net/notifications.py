"""Sends a message to notification services, by Apprise in a process of its own."""

import json
import subprocess
import time
from collections.abc import Sequence
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from certgate.system.child import isolated

__all__ = ["Notifications"]

SECONDS = 10.0
"""Time limit of a message to all services."""
_START_SECONDS = 30.0
_WORKER = "certgate.net.notification_worker"


class Notifications:
    """The process that sends one message, until it is closed. URLs reach it by a pipe alone.

    It does not hear the signals of a terminal, so that an interrupted run can be told, and ends with this process.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        """Raises OSError if the process does not start."""
        self.count = len(urls)
        self._process = subprocess.Popen(
            isolated(_WORKER),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._lines: Queue[bytes] = Queue()
        self._reader = Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        self._tell(list(urls))

    def unknown(self, seconds: float = _START_SECONDS) -> Sequence[int]:
        """The numbers, from 1 on, of the URLs that name no service; none if the process does not answer in time."""
        line = self._line(time.monotonic() + seconds)
        return self._others(json.loads(line)) if line else ()

    def send(self, title: str, body: str, seconds: float = SECONDS) -> Sequence[int]:
        """Send the message, `body` in Markdown; returns the numbers of the URLs to which it did not go."""
        end = time.monotonic() + seconds
        self._tell({"title": title, "body": body})
        good: list[int] = []
        while len(good) < self.count and (line := self._line(end)):
            good.append(json.loads(line))
        return self._others(good)

    def _others(self, good: Sequence[int]) -> Sequence[int]:
        return [number for number in range(1, self.count + 1) if number not in good]

    def _tell(self, value: Any) -> None:
        """Write one line; if the process has ended, its silence tells."""
        if pipe := self._process.stdin:
            try:
                pipe.write(json.dumps(value).encode() + b"\n")
                pipe.flush()
            except OSError:
                return

    def _read(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            self._lines.put(line)
        self._lines.put(b"")

    def _line(self, end: float) -> bytes:
        """The next line; empty if there is none until `end`, or ever."""
        try:
            line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            return b""
        if not line:
            self._lines.put(line)
        return line

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._reader.join()
        self._process.communicate()
