"""Runs a program and says what it cost."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "least", "run"]


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Installed packages have their bytecode: the first run of an editable one writes it."""


@dataclass(frozen=True)
class Cost:
    """Of one process with the children that it waited for."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    """Seconds."""
    memory: float
    """Peak, in MiB."""


def run(command: Sequence[str | Path], stdin: str = "") -> Cost:
    """Run to the end, and end the benchmark if the program fails."""
    with tempfile.TemporaryFile("w+") as words, tempfile.TemporaryFile("w+") as complaint:
        words.write(stdin)
        words.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=words, stdout=subprocess.DEVNULL, stderr=complaint, env=_ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            complaint.seek(0)
            sys.exit(f"bench: {command[0]} ended with {process.returncode}: {complaint.read()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def least(costs: Sequence[Cost]) -> Cost:
    """The least of each: what is above it is the machine's noise. The memory is the most."""
    return Cost(min(c.cpu for c in costs), min(c.wall for c in costs), max(c.memory for c in costs))
