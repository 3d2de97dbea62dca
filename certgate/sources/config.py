"""certgate.yaml: targets and the defaults they share."""

from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.peers import Peers
from certgate.model.target import Revocation
from certgate.policy.limits import CONFIGURATION, MOST_MISTAKES, Budget
from certgate.policy.mistakes import InvalidFile, Mistake, nearest
from certgate.policy.packs import read_text
from certgate.policy.references import policy_word, trust_words
from certgate.policy.yaml import Document, read_yaml
from certgate.sources.context import Defaults
from certgate.sources.declaration import Declaration

if TYPE_CHECKING:
    from certgate.sources.config_entries import TargetEntry

__all__ = ["Config", "load_config"]


@frozen(slots=True, kw_only=True)
class Config:
    """The contents of a certgate.yaml; None and empty for keys that it does not set."""

    policy: str | None = None
    trust: tuple[str, ...] = ()
    fail_on: Severity | None = None
    accepted_until: date | None = None
    """The last day on which targets that are known not to answer do not count."""
    timeout: float | None = None
    """Seconds for each target."""
    targets: tuple[Declaration, ...] = ()
    revocation: Revocation | None = None
    peers: tuple[Peers, ...] | None = None
    """Who may call whom; None if it does not say."""

    @property
    def defaults(self) -> Defaults:
        """The defaults of the file for targets, if neither they nor the command line set a value."""
        usual = Defaults()
        return Defaults(
            policy=self.policy or usual.policy,
            trust=self.trust or usual.trust,
            revocation=self.revocation or usual.revocation,
            peers=self.peers,
        )


def load_config(path: Path) -> Config:
    """Read a configuration; paths in it are relative to its folder. Raises UsageError, InvalidFile."""
    from certgate.policy.shape import mistakes_in
    from certgate.sources.config_entries import ConfigFile, mistakes_in_peers

    document = read_yaml(read_text(path), str(path), Budget(CONFIGURATION))
    if not isinstance(document.value, dict):
        wrong = document.mistake((), "a configuration is a mapping with the key targets")
        raise InvalidFile(document.all_mistakes([wrong]))
    found = chain(mistakes_in(ConfigFile, document.value, document), _in_targets(document))
    if mistakes := document.all_mistakes(islice(found, MOST_MISTAKES)):
        raise InvalidFile(mistakes)
    content = ConfigFile.model_validate(document.value)
    base = path.parent
    entries = [_kind(written).model_validate(written) for written in content.targets]
    mistakes = [
        document.mistake(("targets", index, key), message)
        for index, entry in enumerate(entries)
        for key, message in entry.mistakes()
    ]
    mistakes += [document.mistake(("peers", *at), message) for at, message in mistakes_in_peers(content, entries)]
    if mistakes:
        raise InvalidFile(mistakes)
    return Config(
        policy=policy_word(content.policy, base) if content.policy else None,
        trust=trust_words(content.trust_list, base),
        fail_on=Severity(content.fail_on) if content.fail_on else None,
        accepted_until=content.accepted_until,
        timeout=content.timeout,
        targets=tuple(
            entry.declaration(base, document.place(("targets", index))) for index, entry in enumerate(entries)
        ),
        revocation=Revocation(content.revocation) if content.revocation else None,
        peers=tuple(entry.declared() for entry in content.peers) or None,
    )


def _in_targets(document: Document) -> Iterator[Mistake]:
    """The mistakes in the shape of each target."""
    from certgate.policy.shape import mistakes_in
    from certgate.sources.config_entries import ENTRIES

    targets = document.value.get("targets")
    for index, written in enumerate(targets if isinstance(targets, list) else ()):
        at = ("targets", index)
        kinds = [key for key in ENTRIES if key in written] if isinstance(written, dict) else []
        if len(kinds) == 1:
            yield from mistakes_in(_kind(written), written, document, at)
        elif kinds:
            yield document.mistake(at, f"says {' and '.join(kinds)}; write one target for each")
        elif isinstance(written, dict):
            yield document.mistake(at, f"one of the keys {', '.join(ENTRIES)} is missing{_suggestion(written)}")


def _kind(written: dict[str, Any]) -> "type[TargetEntry]":
    from certgate.sources.config_entries import ENTRIES

    return next(entry for key, entry in ENTRIES.items() if key in written)


def _suggestion(written: dict[str, Any]) -> str:
    """The suggestion for a key that is similar to one of `ENTRIES`."""
    from certgate.sources.config_entries import ENTRIES

    near = (nearest(str(key), ENTRIES) for key in written)
    return next((message for message in near if "did you mean" in message), "")
