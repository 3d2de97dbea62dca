"""Decisions of an Open Policy Agent server as rules: the question, and the meaning of the answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from certgate.checks.framework.registry import Answer, NotChecked, Problem
from certgate.checks.framework.subjects import TargetFacts
from certgate.custom.facts import Facts, facts_of
from certgate.model.finding import Severity
from certgate.model.server_access import ServerAccess
from certgate.model.strict_json import NotJson, read_json

__all__ = ["DecisionRequest", "access_of", "decision_request", "judge_decision", "with_paths"]

_LONGEST = 1000
"""Characters of a message or key."""
_WORDS = frozenset({"message", "key", "severity"})
_FAILED = frozenset({"code", "errors"})
"""Keys of an error response (REST API of Open Policy Agent, "Errors")."""
_FILES = frozenset({"ca", "client_certificate", "client_key", "token_file"})


class DecisionRequest(NamedTuple):
    """The body to post to a server, and its URL."""

    url: str
    body: bytes
    access: ServerAccess

    @property
    def digest(self) -> str:
        """The SHA-256 of the body: an answer is valid only for the facts that were sent."""
        return sha256(self.body).hexdigest()


def with_paths(opa: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The keys of an entry, with file names relative to the working directory instead of its `folder`."""
    return {key: str(folder / value) if key in _FILES else value for key, value in opa.items()}


def access_of(opa: Mapping[str, str]) -> ServerAccess:
    """How the server is reached."""
    return ServerAccess(**{field.name: opa[field.name] for field in fields(ServerAccess) if field.name in opa})


def decision_request(view: TargetFacts, now: datetime, opa: Mapping[str, str]) -> DecisionRequest | None:
    """The request for the server at `opa`; None if facts are unreadable, because no answer would be reliable."""
    facts = facts_of(view, now)
    return None if facts.unreadable else _request(facts, opa)


def judge_decision(view: TargetFacts, now: datetime, *, opa: Mapping[str, str], message: str) -> Iterator[Answer]:
    """The problems that the server named, or the problem `message` if it refused; not checked without an answer."""
    facts = facts_of(view, now)
    for path, reason in facts.unreadable.items():
        yield NotChecked(f"{path} cannot be used: {reason}")
        return
    request = _request(facts, opa)
    answers = [e for e in view.decisions if e.source == request.url and e.about == request.digest]
    if not answers:
        yield NotChecked(f"{request.url} was not asked about these facts; scan again")
    elif answers[-1].content is None:
        yield NotChecked(f"{request.url} gave no decision: {answers[-1].detail}")
    else:
        try:
            found = list(_problems(answers[-1].content, message))
        except ValueError as error:
            yield NotChecked(f"{request.url} gave no decision: {error}")
        else:
            yield from found


def _request(facts: Facts, opa: Mapping[str, str]) -> DecisionRequest:
    url = f"{opa['url'].rstrip('/')}/v1/data/{opa['path'].strip('/')}"
    return DecisionRequest(url, json.dumps({"input": facts.data}, sort_keys=True).encode(), access_of(opa))


def _problems(content: bytes, message: str) -> Iterator[Problem]:
    """The problems that an answer reports. Raises ValueError if its form is unknown."""
    try:
        answer = read_json(content)
    except NotJson as error:
        raise ValueError(f"its answer {error}") from error
    if isinstance(answer, dict) and not _FAILED.isdisjoint(answer):
        raise ValueError("it reports an error")
    if not isinstance(answer, dict) or "result" not in answer:
        raise ValueError("the policy is not there, or is undefined for these facts")
    match answer["result"]:
        case True:
            return
        case False:
            yield Problem(message)
        case list(items):
            yield from [_problem(item) for item in items]
        case _:
            raise ValueError("its result is neither true, nor false, nor a list of problems")


def _problem(item: Any) -> Problem:
    if isinstance(item, str):
        item = {"message": item}
    if not isinstance(item, dict) or "message" not in item or not item.keys() <= _WORDS:
        raise ValueError("a problem is a text, or an object with message and perhaps key and severity")
    if not all(isinstance(value, str) and len(value) <= _LONGEST for value in item.values()):
        raise ValueError(f"a problem has a value that is not text, or more than {_LONGEST} characters")
    severity = item.get("severity")
    if severity is not None and severity not in set(Severity):
        raise ValueError(f"a problem has a severity that is not one of {', '.join(Severity)}")
    key = item.get("key", sha256(item["message"].encode("utf-8", "replace")).hexdigest()[:16])
    return Problem(item["message"], key, Severity(severity) if severity else None)
