"""Expressions in CEL (the Common Expression Language) as rules; they run in a separate process."""

import atexit
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from threading import Lock
from typing import IO, Any, NamedTuple

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import TargetFacts
from certgate.custom.facts import facts_of
from certgate.system.child import isolated

__all__ = ["MAX_EXPRESSION", "TOO_MUCH", "CelMissing", "CompileProblem", "compile_problem", "judge_expression"]

MAX_EXPRESSION = 4096
"""Characters."""
_GIVE_UP_AFTER = 3
"""Evaluations that ended the worker, after which an expression is no longer evaluated in this run."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_LOCATED = re.compile(r"(?:ERROR: <input>:)?(-?\d+):(-?\d+): (.*)", re.DOTALL)
_REWORDED = {"struct 'certgate.": "'", " (in container '')": ""}
"""Internals in the compiler's messages."""
_BROKE_OFF = "the expression took longer than a second, or too much memory"


class CelMissing(Exception):
    """The library for CEL is not installed."""


class CompileProblem(NamedTuple):
    """Why an expression does not compile, and where in it; line and column count from 1, 0 means unknown."""

    message: str
    line: int = 0
    column: int = 0


TOO_MUCH = CompileProblem("the expression takes too long to compile, or too much memory; make it simpler")


@lru_cache(maxsize=1024)
def compile_problem(expression: str) -> CompileProblem | None:
    """Why the expression does not compile, None if it does. Raises CelMissing."""
    if len(expression) > MAX_EXPRESSION:
        return CompileProblem(f"the expression has more than {MAX_EXPRESSION:,} characters")
    answer = _process().ask({"expression": expression})
    if answer is None:
        return TOO_MUCH
    return _problem(answer["problem"]) if "problem" in answer else None


def judge_expression(view: TargetFacts, now: datetime, *, cel: str, message: str) -> Iterator[Answer]:
    """A problem where `cel` is false; not checked where it has no answer. Raises CelMissing."""
    facts = facts_of(view, now)
    words = set(_WORD.findall(cel))
    for path, reason in facts.unreadable.items():
        if path.rpartition(".")[2] in words or path == "chain":
            yield NotChecked(f"{path} cannot be used: {reason}")
            return
    answer = _process().ask({"expression": cel, "facts": facts.data})
    match answer:
        case {"value": True}:
            return
        case {"value": False}:
            yield Problem(message, evidence={"expression": cel})
        case {"error": str(error)} if '"handshake"' in error and not view.can_have_handshake:
            yield NotApplicable("a file has no handshake")
        case {"error": str(error)}:
            yield NotChecked(f"the expression has no result: {_plain(error)}")
        case _:
            yield NotChecked(_BROKE_OFF)


def _problem(text: str) -> CompileProblem:
    """The compiler's first error message, without its excerpt."""
    first = re.split(r"\n ?\||\nERROR:| \[[A-Z_]+\]$", _plain(text))[0]
    found = _LOCATED.match(first)
    line, column, message = found.groups() if found else (0, 0, first)
    for inner, clean in _REWORDED.items():
        message = message.replace(inner, clean)
    message = re.sub(r" expecting \{.*\}$", "", message).replace("'<EOF>'", "the end of the expression")
    at_dot = message.startswith("undefined field")
    return CompileProblem(message.strip(), max(int(line), 0), max(int(column) + at_dot, 0))


def _plain(text: str) -> str:
    return re.sub(r"^[A-Z_]+: (?=.)|\s*\[[A-Z_]+\]$", "", text, count=2) if not text.startswith("ERROR:") else text


class _Process:
    """The worker process. It starts at the first request, and again after it has ended."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None
        self._broken: dict[str, int] = {}
        self._lock = Lock()
        atexit.register(self.close)

    def ask(self, request: Mapping[str, str | Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The answer; None if this request ended the worker, now or too often before. Raises CelMissing."""
        expression = str(request["expression"])
        with self._lock:
            if self._broken.get(expression, 0) >= _GIVE_UP_AFTER:
                return None
            if self._running and self._running.poll() is not None:
                self.close()
            running = self._running or self._started()
            answer = _exchange(running, request)
            if answer is None:
                self.close()
                self._broken[expression] = self._broken.get(expression, 0) + 1
            return answer

    def close(self) -> None:
        """End the worker."""
        if self._running:
            self._running.kill()
            for pipe in (self._running.stdin, self._running.stdout):
                with suppress(OSError):
                    _given(pipe).close()
            self._running.wait()
            self._running = None

    def _started(self) -> "subprocess.Popen[bytes]":
        try:
            self._running = subprocess.Popen(
                isolated("certgate.custom.cel_worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise CelMissing(f"the process that evaluates expressions does not start: {error.strerror}") from error
        ready = _read(self._running)
        if ready is None or "missing" in ready:
            self.close()
            raise CelMissing((ready or {}).get("missing", "the process that evaluates expressions does not start"))
        return self._running


def _exchange(running: "subprocess.Popen[bytes]", request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        pipe = _given(running.stdin)
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.flush()
    except OSError:
        return None
    return _read(running)


def _read(running: "subprocess.Popen[bytes]") -> Mapping[str, Any] | None:
    line = _given(running.stdout).readline()
    answer: Mapping[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
    return answer


def _given(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("both pipes were asked for")
    return pipe


@cache
def _process() -> _Process:
    return _Process()
