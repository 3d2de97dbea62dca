"""Remarks on a policy: what is allowed but probably not intended."""

from collections.abc import Iterator
from datetime import date

from certgate.checks.framework.catalogue import all_checks
from certgate.model.target import Place
from certgate.policy.mistakes import Mistake
from certgate.policy.model import Dated, Entry, Policy, Rule

__all__ = ["remarks"]


def remarks(policy: Policy, file: str, today: date) -> Iterator[Mistake]:
    """Remarks on the entries of `file`, and on the policy as a whole. `today` is a day in UTC."""
    active = {rule.id: rule for rule in policy.rules if rule.is_on}
    for id, check in all_checks().items():
        if check.is_essential and id not in active:
            yield Mistake(Place(file, 1), f"{id} does not apply everywhere: without it, chains from anybody pass")
    for rule in policy.rules:
        for index, entry in enumerate(rule.entries):
            if entry.place and entry.place.file == file:
                yield from _on_entry(rule, index, entry)
                yield from _on_a_gap(rule, rule.entries[:index], entry, today)
        if rule.place and rule.place.file == file:
            yield from _on_days(rule, rule.place, today)
            yield from _on_tables(rule, rule.place)
    for waiver in policy.waivers:
        if waiver.place and waiver.place.file == file and waiver.expires < today:
            yield Mistake(waiver.place, f"the waiver of {waiver.rule} for {waiver.target} expired on {waiver.expires}")


def _on_entry(rule: Rule, index: int, entry: Entry) -> Iterator[Mistake]:
    before, after = rule.entries[:index], rule.entries[index + 1 :]
    place = entry.place or Place("")
    if entry.keys.get("disabled") and not before:
        yield Mistake(place, f"{rule.id} is switched off, but neither this policy nor an extended one has it")
    elif entry.when is None and not _changes(rule, before, entry):
        yield Mistake(place, f"{rule.id} changes nothing that is inherited")
    for later in after if entry.when else ():
        if later.when is None and set(entry.keys) <= set(later.keys) and entry.keys:
            yield Mistake(place, f"never has an effect: the later entry at {later.place} sets {rule.id} everywhere")
            return


def _on_a_gap(rule: Rule, before: tuple[Entry, ...], entry: Entry, today: date) -> Iterator[Mistake]:
    """A rule that is meant to become stricter, and is off until then."""
    inherited = [one for one in before if one.when is None]
    old, new = Rule.merge(rule.check, before, inherited), Rule.merge(rule.check, before, [entry])
    if inherited and old.is_on and not old.since and new.since and new.since.day > today:
        message = (
            f"{rule.id} already applies, and this entry switches it off before {new.since.day};"
            " a dated table tightens a limit without a gap"
        )
        yield Mistake(entry.places.get("since", entry.place or Place("")), message)


def _on_tables(rule: Rule, place: Place) -> Iterator[Mistake]:
    for name, value in rule.parameters.items():
        if isinstance(value, Dated) and (last := value.rows[-1][0]):
            message = f"{rule.id} checks no certificate issued on or after {last}: {name} has no row for them"
            yield Mistake(rule.places.get(name, place), message)


def _changes(rule: Rule, before: tuple[Entry, ...], entry: Entry) -> bool:
    """Whether the entry, which has no condition, changes anything that earlier entries set."""
    everywhere = [e for e in before if e.when is None]
    if not everywhere or any(entry.keys.keys() & e.keys.keys() for e in before if e.when):
        return True
    old = Rule.merge(rule.check, before, everywhere)
    new = Rule.merge(rule.check, before, [*everywhere, entry])
    return any(
        getattr(old, name) != getattr(new, name)
        for name in ("severity", "required", "parameters", "since", "until", "note", "docs", "disabled")
    )


def _on_days(rule: Rule, place: Place, today: date) -> Iterator[Mistake]:
    since, until = rule.since, rule.until
    if until and until.by == "clock" and until.day <= today:
        yield Mistake(rule.places.get("until", place), f"{rule.id} is no longer effective since {until.day}")
    if since and until and since.by == until.by and since.day >= until.day:
        yield Mistake(rule.places.get("since", place), f"{rule.id} is never effective: since comes after until")
