"""The policies and trust stores that users name, relative to where the name is written."""

import re
from collections.abc import Iterable
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.policy.bundle_endpoint import endpoint_in
from certgate.policy.packs import shipped_packs
from certgate.policy.workload_socket import WORKLOAD_API, parse_workload_api

__all__ = ["policy_word", "trust_words", "without_comment"]

_COMMENT = re.compile(r"(?:^|(?<=\s))#")


def policy_word(word: str, base: Path) -> str:
    """A shipped pack's name unchanged, or a file's path resolved against the folder of the file that names it."""
    return word if word in shipped_packs() else str(base / word)


def trust_words(words: Iterable[str], base: Path) -> tuple[str, ...]:
    """`mozilla` and `system` unchanged; files, folders and bundles resolved against `base`.

    Raises UsageError for an empty word, which would mean `base` itself, and for an invalid endpoint or agent.
    """
    return tuple(_trust_word(word, base) for word in words)


def _trust_word(word: str, base: Path) -> str:
    if not word:
        raise UsageError("a trust store has no name; write mozilla, system, a file or a folder (. for this one)")
    if word in {"mozilla", "system"}:
        return word
    if endpoint := endpoint_in(word):
        return str(endpoint.in_folder(base))
    domain, equals, file = word.partition("=") if word.startswith("spiffe://") else ("", "", word)
    if domain and (socket := parse_workload_api(file)):
        return f"{domain}={WORKLOAD_API}:{socket}"
    return f"{domain}{equals}{base / file if file else ''}"


def without_comment(line: str) -> str:
    """The line without its comment: `#` starts a comment at the beginning of the line or after a blank."""
    return _COMMENT.split(line, maxsplit=1)[0] if "#" in line else line
