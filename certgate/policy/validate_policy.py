"""Validates a policy file against the language: every mistake in it, with its place."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any

from pydantic import BaseModel

from certgate.checks.certificate.key import KEY_TYPES
from certgate.checks.framework.catalogue import all_checks, all_rules, has_shipped_family
from certgate.checks.framework.registry import Check
from certgate.checks.framework.subjects import (
    CertificateInRole,
    Observations,
    PublishedCrl,
    PublishedResponse,
    Vantages,
)
from certgate.model.reserved import RESERVED
from certgate.model.target import Role
from certgate.model.waiver import matches
from certgate.policy.declared_checks import DeclaredChecks, Expressions, declared_checks
from certgate.policy.limits import MOST_MISTAKES
from certgate.policy.mistakes import Mistake, nearest
from certgate.policy.model import is_table
from certgate.policy.policyfile import PolicyFile, entry_model
from certgate.policy.shape import mistakes_in
from certgate.policy.waivers import waiver_mistakes
from certgate.policy.yaml import Document, KeyPath

__all__ = ["validate_policy"]

_PUBLISHED = {PublishedCrl: Role.CRL, PublishedResponse: Role.OCSP}
_NEVER_TABLES = frozenset({"cel", "opa", "message"})


def validate_policy(document: Document, inherited: Mapping[str, Check], *, is_partial: bool = False) -> DeclaredChecks:
    """The checks that a policy file declares in addition to the `inherited` ones, and all mistakes in the file.

    `is_partial`: an extended policy could not be read, and may declare ids that are unknown here.
    Shipped packs are validated by the tests instead.
    """
    if not isinstance(document.value, dict):
        wrong = document.mistake((), "a policy is a mapping with the keys name, extends, rules")
        return DeclaredChecks(Expressions(document), mistakes=document.all_mistakes([wrong]))
    declared = declared_checks(document, inherited)
    known: Mapping[str, Check | None] = {**dict.fromkeys(all_rules()), **all_checks(), **inherited, **declared.ids}
    is_partial = is_partial or declared.is_partial
    found = chain(
        mistakes_in(PolicyFile, document.value, document),
        declared.mistakes,
        _Entries(document, known, declared.expressions).mistakes(is_partial=is_partial),
        waiver_mistakes(document, known, is_partial=is_partial),
    )
    declared.mistakes = document.all_mistakes(islice(found, MOST_MISTAKES))
    return declared


class _Entries:
    """The entries of a policy that refer to a rule by its name."""

    def __init__(self, document: Document, known: Mapping[str, Check | None], expressions: Expressions) -> None:
        self._document = document
        self._expressions = expressions
        self._known = known
        self._seen: dict[str, int] = {}
        self._models: dict[tuple[str, frozenset[str]], type[BaseModel]] = {}

    def mistakes(self, *, is_partial: bool) -> Iterator[Mistake]:
        """The mistakes in the entries. `is_partial`: an unreadable policy may declare unknown ids."""
        rules = self._document.value.get("rules")
        for index, keys in enumerate(rules if isinstance(rules, list) else []):
            id = keys.get("rule") if isinstance(keys, dict) else None
            if isinstance(id, str) and (id in self._known or not is_partial or has_shipped_family(id)):
                yield from self._entry_mistakes(index, id, keys)

    def _entry_mistakes(self, index: int, id: str, keys: dict[str, Any]) -> Iterator[Mistake]:
        document, at = self._document, ("rules", index)
        if id in RESERVED:
            yield document.mistake((*at, "rule"), f"{id} belongs to every policy and cannot be set")
            return
        if id not in self._known:
            advice = nearest(id, self._known) or "; `certgate rules` lists them"
            yield document.mistake((*at, "rule"), f'there is no rule "{id}"{advice}')
            return
        same = repr((id, keys.get("when")))
        if same in self._seen:
            line = document.place(("rules", self._seen[same])).line
            where = f"{id} with the same when" if "when" in keys else id
            yield document.mistake((*at, "rule"), f"{where} appears twice, first on line {line}")
        self._seen.setdefault(same, index)
        if check := self._known[id]:
            tables = frozenset(name for name in check.parameters if is_table(keys.get(name))) - _NEVER_TABLES
            yield from mistakes_in(self._model(check, tables), keys, document, at)
            if "cel" in check.parameters:
                yield from self._expressions.mistakes(at, keys)
            for name in sorted(tables):
                yield from _table_mistakes(document, (*at, name), keys[name])
            yield from _condition_mistakes(document, (*at, "when"), check, keys.get("when"))
        yield from _day_mistakes(document, at, keys)

    def _model(self, check: Check, tables: frozenset[str]) -> type[BaseModel]:
        """The model of a rule's entry, cached: making one takes longer than validating with it."""
        if (check.id, tables) not in self._models:
            self._models[check.id, tables] = entry_model(check, tables)
        return self._models[check.id, tables]


def _day_mistakes(document: Document, at: KeyPath, keys: Mapping[str, Any]) -> Iterator[Mistake]:
    """Mistakes in `since` and `until` if no day is between them."""
    since, until = keys.get("since"), keys.get("until")
    if not isinstance(since, dict) or not isinstance(until, dict):
        return
    for by, first in since.items():
        end = until.get(by)
        if isinstance(first, date) and isinstance(end, date) and first >= end:
            yield document.mistake((*at, "until", by), f"the rule would end on {end}, before it begins on {first}")


def _table_mistakes(document: Document, at: KeyPath, rows: list[dict[str, Any]]) -> Iterator[Mistake]:
    days = [row.get("issued_before") for row in rows]
    if None in days[:-1]:
        yield document.mistake((*at, days.index(None)), "only the last row may have no issued_before")
    known = [day for day in days if day is not None]
    if all(isinstance(day, date) for day in known) and known != sorted(set(known)):
        yield document.mistake(at, "the rows must be in the order of issued_before, each day once")


def _condition_mistakes(document: Document, at: KeyPath, check: Check, when: Any) -> Iterator[Mistake]:
    """Mistakes in conditions that no subject of this rule can meet."""
    types = when.get("key_type") if isinstance(when, dict) else None
    for index, glob in enumerate(types if isinstance(types, list) else [types]):
        if isinstance(glob, str) and not glob[:1].isdigit() and not any(matches(glob, t) for t in KEY_TYPES.known):
            where = (*at, "key_type", index) if isinstance(types, list) else (*at, "key_type")
            yield document.mistake(where, f'no type of key matches "{glob}"{nearest(glob, KEY_TYPES.known)}')
    for fact in when if isinstance(when, dict) else ():
        if check.subject in {Observations, Vantages, *_PUBLISHED} and fact in {"issuer", "key_type"}:
            yield document.mistake((*at, fact), f"{check.id} checks no certificate that has this", key=True)
        roles = when[fact] if fact == "role" and isinstance(when[fact], list) else [when[fact]]
        if check.subject is not CertificateInRole and fact == "role" and "issuer" in roles:
            yield document.mistake((*at, fact), "role issuer applies only to rules on certificates")
        if fact == "role" and (other := _other_role(check, roles)):
            yield document.mistake((*at, fact), f"{check.id} checks nothing in the role {other}")


def _other_role(check: Check, roles: Sequence[object]) -> str:
    """A role that no subject of the check has, because it checks a CRL or an OCSP response, or neither of them."""
    own = _PUBLISHED.get(check.subject)
    wrong = (role for role in roles if (role != own if own else role in _PUBLISHED.values()))
    return next(map(str, wrong), "")
