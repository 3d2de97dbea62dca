"""The checks that a policy file declares: its own expressions, decisions of a policy server, and plugins."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from certgate.checks.framework.catalogue import all_rules, has_shipped_family
from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import ALL_ROLES, Check, Parameter
from certgate.checks.framework.subjects import TargetFacts
from certgate.custom.cel import TOO_MUCH, CelMissing, CompileProblem, compile_problem, judge_expression
from certgate.custom.facts_schema import STRUCTS, VARIABLES
from certgate.custom.opa import judge_decision, with_paths
from certgate.custom.plugins import PluginError, installed_plugins, load_plugin
from certgate.model.rule_doc import RuleDoc
from certgate.policy.limits import MOST_MISTAKES, MOST_OWN, MOST_PLUGINS
from certgate.policy.mistakes import Mistake, nearest
from certgate.policy.policyfile import OwnEntry
from certgate.policy.shape import mistakes_in
from certgate.policy.yaml import Document, KeyPath

__all__ = ["DeclaredChecks", "Expressions", "declared_checks"]

_STRUCT_FIELD = re.compile(r"undefined field '(\w+)' not found in '(\w+)'")
_URL = re.compile(r"https?://[\w.~:/?#@!$&*+,;=%-]+", re.ASCII)
_VARIABLE = re.compile(r"undeclared reference to '(\w+)")


class Expressions:
    """Compiles the expressions of a document, up to the first that times out: each such expression costs a second."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._given_up = False

    def mistakes(self, at: KeyPath, keys: Mapping[str, Any]) -> Iterator[Mistake]:
        """Why the expression of an entry does not compile, if it has one."""
        text = keys.get("cel")
        if not isinstance(text, str) or self._given_up:
            return
        try:
            problem = compile_problem(text)
        except CelMissing as error:
            what = f"CEL is not installed ({error}): pip install 'certgate[cel]'"
            yield self._document.mistake((*at, "cel"), what, key=True)
            return
        if problem:
            self._given_up = problem == TOO_MUCH
            yield _located(self._document, (*at, "cel"), text, problem)


@dataclass
class DeclaredChecks:
    """The checks that a policy file declares, and the mistakes in their declarations."""

    expressions: Expressions

    checks: dict[str, Check] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    ids: dict[str, Check | None] = field(default_factory=dict)
    """All declared ids; None for a declaration with a mistake."""
    is_partial: bool = False
    """Whether there may be more ids: something was not read, or a plugin could not be loaded."""


def declared_checks(document: Document, inherited: Mapping[str, Check]) -> DeclaredChecks:
    """The checks of plugins and of entries with an `id`. `inherited` are the checks of the extended policies."""
    found = DeclaredChecks(Expressions(document))
    for at, name in islice(_listed(document, "plugins"), MOST_PLUGINS):
        if isinstance(name, str):
            try:
                _add(found, document, at, load_plugin(name), inherited)
            except PluginError as error:
                found.is_partial = True
                known = installed_plugins()
                advice = "" if name in known else nearest(name, known)
                found.mistakes.append(document.mistake(at, f"{error}{advice}"))
    entries = _declaring(document)
    if len(entries) > MOST_OWN:
        found.is_partial = True
        too_many = f"a policy may declare at most {MOST_OWN} rules of its own"
        found.mistakes.append(document.mistake(entries[MOST_OWN][0], too_many))
    for at, keys in entries[:MOST_OWN]:
        wrong = list(mistakes_in(OwnEntry, keys, document, at)) or list(found.expressions.mistakes(at, keys))
        found.mistakes += wrong
        if isinstance(keys["id"], str):
            check = None if wrong else _check(document, at, keys)
            _add(found, document, (*at, "id"), {keys["id"]: check}, inherited)
        if len(found.mistakes) > MOST_MISTAKES:
            found.is_partial = True
            break
    return found


def _declaring(document: Document) -> list[tuple[KeyPath, dict[str, Any]]]:
    """The entries that declare a rule."""
    entries = _listed(document, "rules")
    return [(at, keys) for at, keys in entries if isinstance(keys, dict) and "id" in keys and "rule" not in keys]


def _located(document: Document, at: KeyPath, text: str, problem: CompileProblem) -> Mistake:
    """The problem at its line and column in the file, if the file contains the expression verbatim."""
    start = document.place(at)
    message = f"{problem.message}{_advice(problem.message)}"
    written = document.lines[start.line - 1][start.column - 1 :]
    quotes = written[:1] in {"'", '"'}
    if problem.line == 1 and written[quotes:].startswith(text):
        place = replace(start, column=start.column + quotes + problem.column - 1)
    elif written.startswith("|") and 0 < problem.line <= len(document.lines) - start.line:
        line = start.line + problem.line
        indentation = len(document.lines[start.line]) - len(document.lines[start.line].lstrip())
        place = replace(start, line=line, column=indentation + problem.column)
    else:
        where = f" (line {problem.line}, column {problem.column} of the expression)" if problem.line else ""
        return document.mistake(at, message + where)
    return Mistake(place, message, document.lines[place.line - 1])


def _advice(message: str) -> str:
    if found := _STRUCT_FIELD.search(message):
        return nearest(found[1], STRUCTS.get(found[2], ()))
    if found := _VARIABLE.search(message):
        return nearest(found[1], VARIABLES)
    return ""


def _listed(document: Document, key: str) -> Iterator[tuple[KeyPath, Any]]:
    written = document.value.get(key)
    for index, item in enumerate(written if isinstance(written, list) else ()):
        yield (key, index), item


def _add(
    found: DeclaredChecks,
    document: Document,
    at: KeyPath,
    checks: Mapping[str, Check | None],
    inherited: Mapping[str, Check],
) -> None:
    for id, check in checks.items():
        other = inherited.get(id) or found.checks.get(id)
        found.ids.setdefault(id, check)
        if id in all_rules():
            found.mistakes.append(document.mistake(at, f"{id} is a rule of certgate's; choose another id"))
        elif has_shipped_family(id):
            message = f"{id.partition('.')[0]} is a family of certgate's rules; choose another word for {id}"
            found.mistakes.append(document.mistake(at, message))
        elif other is not None and other != check:
            message = f"{id} is already declared ({other.doc.citation}); change it with `rule: {id}`"
            found.mistakes.append(document.mistake(at, message))
        elif check is not None:
            found.checks[id] = check


def _check(document: Document, at: KeyPath, keys: Mapping[str, Any]) -> Check:
    """The check that an entry without mistakes declares."""
    id = keys["id"]
    kind: Any = str if "cel" in keys else dict
    word = "cel" if "cel" in keys else "opa"
    default = "the expression is false" if word == "cel" else "the policy server said no"
    message = keys.get("message", default)
    value = keys[word] if word == "cel" else with_paths(keys[word], Path(document.file).parent)
    where = str(document.place(at))
    doc = RuleDoc(
        id=id,
        citation=where,
        judges="view",
        title=keys.get("message", id),
        explanation=f"A rule of your own: {_words(keys[word])}",
        why=keys.get("note") or f"the policy requires it ({where})",
        fix=f"see {keys['docs']}" if "docs" in keys else "see what the policy requires",
        page=keys["docs"] if _URL.fullmatch(keys.get("docs", "")) else "",
    )
    return Check(
        doc=doc,
        subject=TargetFacts,
        needs={} if word == "cel" else {Need.DECISION: word},
        roles=ALL_ROLES,
        run=judge_expression if word == "cel" else judge_decision,
        takes_clock=True,
        parameters={word: Parameter(word, kind, value), "message": Parameter("message", str, message)},
    )


def _words(source: str | Mapping[str, str]) -> str:
    return source if isinstance(source, str) else f"the decision of {source['url']} on {source['path']}"
