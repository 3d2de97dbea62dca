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
"""The form of the ids of declared rules."""
_LONGEST_ID = 80
_NO_REASONS = {"yes", "no", "on", "off", "y", "n", "true", "false", "none", "null", "~", "-", "?"}
"""Text in YAML 1.2, but probably not intended as a reason."""


def short(value: Any) -> Any:
    """Refuse a list that would take long to validate. Raises ValueError."""
    if isinstance(value, list) and len(value) > MOST_WORDS:
        raise ValueError(f"must have at most {MOST_WORDS:,} entries")
    return value


def several(value: Any) -> Any:
    """Turn a word or a list of words into a list. Raises ValueError."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("must be a word or a list of words (globs: * and ?)")
    return words


def policies(value: Any) -> Any:
    """Turn the name of a policy or file, or several, into a list. Raises ValueError."""
    words = [value] if isinstance(value, str) else value
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    raise ValueError("must be the name of a policy or a file, or a list of them")


def reason(value: Any) -> Any:
    """Validate why a rule is off, or false. Raises ValueError."""
    if value is False or (isinstance(value, str) and value.strip().lower() not in _NO_REASONS):
        return value
    raise ValueError("must be the reason why the rule is off, or false to switch it on again")


def address(text: str) -> str:
    """Validate a web address. Raises ValueError."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("must be an address (https://…)")
    return text


def server(text: str) -> str:
    """Validate the address of a policy server. Raises ValueError."""
    parts = urlsplit(address(text))
    try:
        port = parts.port or 1
    except ValueError:
        port = 0
    if not parts.hostname or not port or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be a server's address (http://host:port), without a user, a query or a fragment")
    return text


def rule_path(text: str) -> str:
    """Validate the path of a policy server's rule. Raises ValueError."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", text):
        return text
    raise ValueError("must be the path of a rule: names separated by / (acme/tls/violations)")


def variable(name: str) -> str:
    """Validate the name of an environment variable. Raises ValueError, which never shows a possible secret."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    raise ValueError("must be the name of an environment variable (OPA_TOKEN)")


def known_word(word: str, *, words: Vocabulary) -> str:
    """Validate a word from the rule's vocabulary. Raises ValueError with the nearest one."""
    if words.know(word):
        return word
    if not words.known:
        raise ValueError(f'"{word}" is not a dotted OID')
    known = [*words.known, *(["a dotted OID"] if words.or_oid else [])]
    near = nearest(word, words.known)
    raise ValueError(f'"{word}" is not one of {", ".join(known)}{near if "did you mean" in near else ""}')


def own_id(text: str) -> str:
    """Validate the id of a declared rule. Raises ValueError."""
    if re.fullmatch(OWN_ID, text) and len(text) <= _LONGEST_ID:
        return text
    raise ValueError(f"must be a prefix, a dot and a name (acme.our-names), at most {_LONGEST_ID} characters")
