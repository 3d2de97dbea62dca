"""A server as a child process, with what it says in a file."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Process:
    """Runs until it is ended."""

    def __init__(self, command: Sequence[Any], log: Path, env: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=env
            )

    def require_running(self) -> None:
        """Fail if it has ended, with the last that it said."""
        code = self._process.poll()
        assert code is None, f"{self._log.name} ended with {code}: {self._log.read_text()[-2000:]}"

    def end(self) -> None:
        """End it, first kindly."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
