"""What single values of a policy file may be, beyond their types."""

import re
from typing import Any
from urllib.parse import urlsplit

from certgate.checks.framework.registry import Vocabulary
from certgate.policy.limits import MOST_WORDS
from certgate.policy.mistakes import nearest

__all__ = [
    "OWN_ID",
    "address",
    "known_word",
    "own_id",
    "policies",
    "reason",
    "rule_path",
    "server",
    "several",
    "short",
    "variable",
]

OWN_ID = r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$"
"""The form of the ids of rules of one's own."""
_LONGEST_ID = 80
_NO_REASONS = {"yes", "no", "on", "off", "y", "n", "true", "false", "none", "null", "~", "-", "?"}
"""Text in YAML 1.2, and hardly meant as a reason."""


def short(given: Any) -> Any:
    """A list that is not so long that checking its words takes long. Raises ValueError."""
    if isinstance(given, list) and len(given) > MOST_WORDS:
        raise ValueError(f"must have at most {MOST_WORDS:,} entries")
    return given


def several(given: Any) -> Any:
    """One word or a list of words, as a list. Raises ValueError."""
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("must be a word or a list of words (globs: * and ?)")
    return words


def policies(given: Any) -> Any:
    """The name of a policy or a file, or several, as a list. Raises ValueError."""
    words = [given] if isinstance(given, str) else given
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    raise ValueError("must be the name of a policy or a file, or a list of them")


def reason(given: Any) -> Any:
    """Why a rule is off, or false. Raises ValueError."""
    if given is False or (isinstance(given, str) and given.strip().lower() not in _NO_REASONS):
        return given
    raise ValueError("must be the reason why the rule is off, or false to switch it on again")


def address(text: str) -> str:
    """An address of the web. Raises ValueError."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("must be an address (https://…)")
    return text


def server(text: str) -> str:
    """The address of a policy server. Raises ValueError."""
    parts = urlsplit(address(text))
    try:
        port = parts.port or 1
    except ValueError:
        port = 0
    if not parts.hostname or not port or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be a server's address (http://host:port), without a user, a query or a fragment")
    return text


def rule_path(text: str) -> str:
    """The path of a policy server's rule. Raises ValueError."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", text):
        return text
    raise ValueError("must be the path of a rule: names separated by / (acme/tls/violations)")


def variable(name: str) -> str:
    """The name of an environment variable. Raises ValueError, whose text does not show what may be a secret."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    raise ValueError("must be the name of an environment variable (OPA_TOKEN)")


def known_word(word: str, *, words: Vocabulary) -> str:
    """A word that the rule knows. Raises ValueError with the nearest one."""
    if words.know(word):
        return word
    if not words.known:
        raise ValueError(f'"{word}" is not a dotted OID')
    known = [*words.known, *(["a dotted OID"] if words.or_oid else [])]
    near = nearest(word, words.known)
    raise ValueError(f'"{word}" is not one of {", ".join(known)}{near if "did you mean" in near else ""}')


def own_id(text: str) -> str:
    """The id of a rule of one's own. Raises ValueError."""
    if re.fullmatch(OWN_ID, text) and len(text) <= _LONGEST_ID:
        return text
    raise ValueError(f"must be a prefix, a dot and a name (acme.our-names), at most {_LONGEST_ID} characters")
