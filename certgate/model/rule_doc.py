"""The documentation of a rule, whatever runs it."""

import re

from certgate import DOCUMENTS
from certgate.model.frozen import frozen

__all__ = ["RuleDoc", "page_of"]

_BLANK = re.compile(r"\n[ \t]*\n")
_SECTIONS = ("why", "fix")
"""The words that may begin a paragraph; each is a field."""


@frozen(slots=True, kw_only=True)
class RuleDoc:
    """The documentation of one rule: the source of reports, the reference, `explain` and the policy schema."""

    id: str
    citation: str
    judges: str
    """What it is about: certificate, path, waiver …"""
    title: str
    explanation: str = ""
    why: str
    fix: str
    page: str = ""
    """The URL of its page; empty for a rule without one."""

    @classmethod
    def of(cls, id: str, text: str, *, citation: str, judges: str, page: str = "") -> "RuleDoc":
        """Read a docstring: a title, the explanation, and paragraphs that begin with `Why:` and `Fix:`.

        Raises TypeError if one of these is missing.
        """
        paragraphs = [" ".join(p.split()) for p in _BLANK.split(text)]
        sections = {"title": paragraphs[0].rstrip("."), "explanation": "", "why": "", "fix": ""}
        for paragraph in paragraphs[1:]:
            word, _, rest = paragraph.partition(": ")
            section = word.lower()
            name, more = (section, rest) if section in _SECTIONS else ("explanation", paragraph)
            sections[name] = f"{sections[name]}\n\n{more}".strip()
        if not (sections["title"] and sections["why"] and sections["fix"]):
            raise TypeError(f"check {id}: the docstring needs a title, a 'Why:' and a 'Fix:'")
        return cls(id=id, citation=citation, judges=judges, page=page, **sections)

    @property
    def family(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]


def page_of(id: str) -> str:
    """The URL of the page about a built-in rule."""
    return f"{DOCUMENTS}/rules/{id}.md"
