"""Targets as people declare them: as arguments, one a line, or in certgate.yaml; and what a declaration comes to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.target import Endpoint, Place, Revocation, Role, Target, TrustMode
from certgate.policy.hosts import is_ip, join, parse_id, parse_name
from certgate.policy.mistakes import Mistake, WrittenWrong, nearest
from certgate.policy.packs import shipped_packs

__all__ = [
    "Declaration",
    "endpoint_targets",
    "parse_argument",
    "parse_lines",
    "policy_word",
    "refuse_twice",
    "trust_words",
    "without_comment",
]

_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_WORDS = ("name", "policy", "trust", "expect")


@dataclass(frozen=True, slots=True)
class Declaration:
    """An endpoint with the words that a person said of it; None and empty where nothing was said."""

    host: str
    port: int
    name: str | None = None
    policy: str | None = None
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    revocation: Revocation | None = None
    expect: str = ""


def parse_argument(text: str) -> Declaration:
    """A target given as an argument: `host[:port][#name]`. Raises UsageError."""
    return Declaration(*parse_id(text))


def parse_lines(lines: Iterable[str], file: str, base: Path) -> list[Declaration]:
    """A target list: `host[:port][#name] word=value …` a line. Raises WrittenWrong with all mistakes.

    `#` begins a comment at the beginning of a line or after a blank; elsewhere it is part of a word.
    """
    found: list[Declaration] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines, 1):
        place = Place(file, number, 1)
        try:
            found += _parse_line(line, place, base)
        except UsageError as error:
            mistakes.append(Mistake(place, str(error), line.rstrip("\n")))
    if mistakes:
        raise WrittenWrong(mistakes)
    return found


def _parse_line(line: str, place: Place, base: Path) -> Iterator[Declaration]:
    words = without_comment(line).split()
    if not words:
        return
    host, port, name = parse_id(words[0])
    trust: list[str] = []
    labels: dict[str, str] = {}
    said: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        label = key.removeprefix("label.")
        if not equals or not value:
            raise UsageError(f'"{word}" is not word=value')
        if key == "trust":
            trust += trust_words([value], base)
            continue
        if key in said or label in labels:
            raise UsageError(f'"{key}" is said twice')
        if key != label and label:
            labels[label] = value
        elif key in _WORDS:
            said[key] = value
        else:
            raise UsageError(f'unknown word "{key}"{nearest(key, (*_WORDS, "label.NAME"))}')
    if name and "name" in said:
        raise UsageError(f"the server name is said twice, as #{name} and as name={said['name']}")
    yield Declaration(
        host,
        port,
        name=parse_name(said["name"]) if "name" in said else name,
        policy=policy_word(said["policy"], base) if "policy" in said else None,
        trust=tuple(trust),
        labels=labels,
        place=place,
        expect=str(base / said["expect"]) if "expect" in said else "",
    )


def without_comment(line: str) -> str:
    """The line up to its comment: `#` begins one at the beginning of the line or after a blank."""
    return _COMMENT.split(line, maxsplit=1)[0]


def policy_word(word: str, base: Path) -> str:
    """A shipped pack's name as it is, a file's path relative to where it was written."""
    return word if word in shipped_packs() else str(base / word)


def trust_words(words: Iterable[str], base: Path) -> tuple[str, ...]:
    """`mozilla` and `system` as they are; files, folders and bundles relative to where they were written.

    Raises UsageError for a word that is empty, which would be the very folder it was written in.
    """
    return tuple(_trust_word(word, base) for word in words)


def _trust_word(word: str, base: Path) -> str:
    if not word:
        raise UsageError("a trust store has no name; write mozilla, system, a file or a folder (. for this one)")
    if word in {"mozilla", "system"}:
        return word
    domain, equals, file = word.partition("=") if word.startswith("spiffe://") else ("", "", word)
    return f"{domain}{equals}{base / file if file else ''}"


def endpoint_targets(
    declarations: Iterable[Declaration],
    *,
    policy: str,
    trust: tuple[str, ...],
    revocation: Revocation = Revocation.OFF,
    expect: str = "",
) -> list[Target]:
    """The targets that the declarations come to, in order, with defaults for what they do not say.

    Raises UsageError or WrittenWrong for a target declared twice.
    """
    targets = [_endpoint_target(n, d, policy, trust, revocation, expect) for n, d in enumerate(declarations)]
    refuse_twice(targets)
    return targets


def _endpoint_target(
    ordinal: int, declared: Declaration, policy: str, trust: tuple[str, ...], revocation: Revocation, expect: str
) -> Target:
    expected = declared.name or declared.host
    id = join(declared.host, declared.port)
    roles = {Role.SERVER, Role.SPIFFE} if declared.spiffe_ids else {Role.SERVER}
    return Target(
        id=f"{id}#{declared.name}" if declared.name and declared.name != declared.host else id,
        ordinal=ordinal,
        source=Endpoint(declared.host, declared.port, None if is_ip(expected) else expected),
        place=declared.place,
        policy=declared.policy or policy,
        trust=declared.trust or trust,
        trust_mode=declared.trust_mode,
        roles=frozenset(roles),
        role_reason="endpoints present a server certificate"
        + (" and this one is expected to be an SVID" if declared.spiffe_ids else ""),
        names=(expected,),
        spiffe_ids=declared.spiffe_ids,
        policy_oids=declared.policy_oids,
        labels=declared.labels,
        revocation=declared.revocation or revocation,
        expect=declared.expect or expect,
    )


def refuse_twice(targets: Iterable[Target]) -> None:
    """Raise UsageError, or WrittenWrong where places are known, if two targets have the same id."""
    first: dict[str, Target] = {}
    mistakes = []
    for target in targets:
        before = first.setdefault(target.id, target)
        if before is target:
            continue
        if target.place is None:
            raise UsageError(f"{target.id} is given twice")
        where = f", first at {before.place}" if before.place else " (as an argument too)"
        mistakes.append(Mistake(target.place, f"{target.id} is declared twice{where}"))
    if mistakes:
        raise WrittenWrong(mistakes)
