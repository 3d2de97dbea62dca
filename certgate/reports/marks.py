"""How reports for people mark a rule: a sign for its kind, which needs no colour, and a link to its page."""

from collections.abc import Mapping

from certgate.model.rule_doc import RuleDoc
from certgate.reports.page import Part

__all__ = ["MARKS", "mark", "rule_part"]

MARKS: Mapping[str, str] = {
    "error": "✗",
    "warning": "!",
    "info": "i",
    "waived": "~",
    "known": "~",
    "not-checked": "?",
    "crashed": "?",
}
"""A sign for each kind of finding that is not a pass."""


def mark(kind: str, *, unicode: bool = True) -> str:
    """The sign and the words of a kind: `? not checked`."""
    sign = MARKS[kind]
    return f"{sign if unicode or sign.isascii() else 'x'} {kind.replace('-', ' ')}"


def rule_part(id: str, rules: Mapping[str, RuleDoc], style: str = "bold") -> Part:
    """The id of a rule, a link where the rule has a page and the terminal shows links."""
    page = rules[id].page if id in rules else ""
    return id, f"{style} link {page}" if page else style
