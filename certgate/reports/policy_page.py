"""A policy, or the difference between two, as text."""

import textwrap
from collections.abc import Iterator, Sequence

from certgate.model.counted import plural
from certgate.model.target import Place
from certgate.policy.explain import ShownValue, Variant, variants
from certgate.policy.model import Policy, Rule
from certgate.reports.escape import for_terminal

__all__ = ["difference_page", "policy_page"]

_Row = tuple[str, str]
"""A text and where it comes from."""


def policy_page(policy: Policy, width: int) -> Iterator[str]:
    """Every rule with its values and the place of each."""
    rows: list[_Row] = []
    for rule in policy.rules:
        rows.append((rule.id + _state(rule), _at(rule.place, "built in")))
        for variant in variants(rule):
            if variant.when:
                rows.append((f"  when {variant.when}", _at(variant.place)))
            indent = "    " if variant.when else "  "
            rows += ((f"{indent}{value.key}: {value.value}", _at(value.place)) for value in variant.values)
    yield from _lines(f"{policy.name}: {plural(len(policy.rules), 'rule')}", rows, width)


def difference_page(old: Policy, new: Policy, width: int) -> Iterator[str]:
    """The differences from the first policy to the second."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    found = [list(_difference(before.get(id), after.get(id))) for id in dict.fromkeys((*before, *after))]
    differing = [rows for rows in found if rows]
    differ = plural(len(differing), "rule") + (" differs" if len(differing) == 1 else " differ")
    yield from _lines(f"{old.name} → {new.name}: {differ}", [row for rows in differing for row in rows], width)


def _difference(old: Rule | None, new: Rule | None) -> Iterator[_Row]:
    if old is None or new is None:
        sign, rule = ("-", old) if new is None else ("+", new)
        if rule:
            yield f"{sign} {rule.id}{_state(rule)}", _at(rule.place)
        return
    before, after = _values(old), _values(new)
    changed = [key for key in dict.fromkeys((*before, *after)) if _value(before.get(key)) != _value(after.get(key))]
    if changed:
        yield f"~ {new.id}{_state(new)}", _at(new.place)
    for when, key in changed:
        was, now = before.get((when, key)), after.get((when, key))
        where = f" (when {when})" if when else ""
        yield f"    {key}{where}: {_value(was)} → {_value(now)}", _at((now or was or ShownValue(key, "")).place)


def _values(rule: Rule) -> dict[tuple[str, str], ShownValue]:
    return {(variant.when, value.key): value for variant in _all(rule) for value in variant.values}


def _all(rule: Rule) -> Iterator[Variant]:
    for variant in variants(rule):
        holds = (ShownValue("holds", "yes", variant.place),) if variant.when and not rule.applies else ()
        yield Variant(variant.when, variant.place, holds + variant.values)


def _value(shown: ShownValue | None) -> str:
    return shown.value if shown else "(nothing)"


def _state(rule: Rule) -> str:
    if not rule.applies:
        return " (only where a condition holds)"
    return " (off)" if rule.disabled else ""


def _at(place: Place | None, otherwise: str = "default") -> str:
    return f"{place.file}:{place.line}" if place else otherwise


def _lines(title: str, rows: Sequence[_Row], width: int) -> Iterator[str]:
    """The title, then each row's text with its place at the right."""
    yield for_terminal(title) + ("\n" if rows else "")
    places = min(max((len(place) for _, place in rows), default=0), width // 2)
    for text, place in rows:
        indent = " " * (len(text) - len(text.lstrip()) + 2)
        first, *more = textwrap.wrap(
            for_terminal(text), width - places - 2, subsequent_indent=indent, break_on_hyphens=False
        )
        yield "\n".join([f"{first:<{width - places - 2}}  {for_terminal(place)}", *more])
