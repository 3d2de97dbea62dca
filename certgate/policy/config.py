"""certgate.yaml: targets and the defaults they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.target import Revocation, TrustMode
from certgate.policy.hosts import parse_id, parse_name
from certgate.policy.limits import CONFIGURATION, MOST_MISTAKES, Budget
from certgate.policy.mistakes import Mistake, WrittenWrong
from certgate.policy.packs import read_text
from certgate.policy.targets import Declaration, policy_word, trust_words
from certgate.policy.yaml import Document, read_yaml

__all__ = ["Config", "load_config"]


@dataclass(frozen=True, slots=True)
class Config:
    """What a certgate.yaml says; None and empty where it says nothing."""

    policy: str | None
    trust: tuple[str, ...]
    fail_on: Severity | None
    timeout: float | None
    """Seconds for each target."""
    targets: tuple[Declaration, ...]
    revocation: Revocation | None = None


def load_config(path: Path) -> Config:
    """Read a configuration; paths in it are relative to its folder. Raises UsageError, WrittenWrong."""
    from certgate.policy.configfile import ConfigFile
    from certgate.policy.shape import mistakes_in

    document = read_yaml(read_text(path), str(path), Budget(CONFIGURATION))
    if not isinstance(document.value, dict):
        wrong = document.mistake((), "a configuration is a mapping with the key targets")
        raise WrittenWrong(document.all_mistakes([wrong]))
    mistakes = document.all_mistakes(islice(mistakes_in(ConfigFile, document.value, document), MOST_MISTAKES))
    if mistakes:
        raise WrittenWrong(mistakes)
    content = ConfigFile.model_validate(document.value)
    base = path.parent
    declarations: list[Declaration] = []
    for index, entry in enumerate(content.targets):
        said = entry.model_dump()
        mistakes += _address_mistakes(document, index, said)
        if not mistakes:
            declarations.append(_declaration(document, index, said, base))
    if mistakes:
        raise WrittenWrong(mistakes)
    return Config(
        policy_word(content.policy, base) if content.policy else None,
        trust_words(content.trust_list, base),
        Severity(content.fail_on) if content.fail_on else None,
        content.timeout,
        tuple(declarations),
        Revocation(content.revocation) if content.revocation else None,
    )


def _address_mistakes(document: Document, index: int, said: dict[str, Any]) -> Iterator[Mistake]:
    for key, parse in (("host", parse_id), ("name", parse_name)):
        try:
            if said[key] is not None:
                parse(said[key])
        except UsageError as error:
            yield document.mistake(("targets", index, key), str(error))
    if said["name"] is not None and "#" in said["host"]:
        yield document.mistake(("targets", index, "name"), "the server name is said twice, in host (after #) and here")


def _declaration(document: Document, index: int, said: dict[str, Any], base: Path) -> Declaration:
    host, port, name = parse_id(said["host"])
    mode, trust = _trust(said["trust"])
    return Declaration(
        host,
        port,
        parse_name(said["name"]) if said["name"] else name,
        policy_word(said["policy"], base) if said["policy"] else None,
        trust_words(trust, base),
        mode,
        tuple(said["spiffe_ids"]),
        tuple(said["policy_oids"]),
        said["labels"],
        document.place(("targets", index)),
        Revocation(said["revocation"]) if said["revocation"] else None,
        str(base / said["expect"]) if said["expect"] else "",
    )


def _trust(said: str | list[str] | dict[str, list[str]] | None) -> tuple[TrustMode, list[str]]:
    match said:
        case str():
            return TrustMode.UNION, [said]
        case {"all_of": [*words]}:
            return TrustMode.ALL_OF, words
        case {"any_of": [*words]}:
            return TrustMode.ANY_OF, words
        case _:
            return TrustMode.UNION, list(said or ())
