"""Foreign text on its way out: one escaping function per sink, so that nothing in it is executed, styled or hidden."""

import re

__all__ = ["JSON_LIMIT", "cut", "for_json", "for_sarif", "for_terminal", "for_xml"]

TERMINAL_LIMIT, XML_LIMIT, SARIF_LIMIT, JSON_LIMIT = 500, 1_000, 1_000, 10_000
"""Characters of one text that a sink shows; longer text is cut, with its length."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_SARIF_SYNTAX = re.compile(r"[\\\[\]]")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text; where some are missing, its length is told."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def for_terminal(text: str) -> str:
    r"""One line of printable text: control characters, bidi overrides and the like as `\x1b`, `\u202e`."""
    return _visible(cut(text, TERMINAL_LIMIT))


def for_xml(text: str) -> str:
    """Printable text, so only characters that XML 1.0 §2.2 allows. The serialiser escapes markup."""
    return _visible(cut(text, XML_LIMIT))


def for_sarif(text: str) -> str:
    """Plain message text without links or placeholders (SARIF 2.1.0 §3.11.5, §3.11.6)."""
    shown = _visible(cut(text, SARIF_LIMIT))
    return _SARIF_SYNTAX.sub(r"\\\g<0>", shown).replace("{", "{{").replace("}", "}}")


def for_json(text: str) -> str:
    """Text as it is, but for lone surrogates, which are no Unicode text. The serialiser escapes the rest."""
    return _SURROGATES.sub(_code, cut(text, JSON_LIMIT))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _code(c) for c in text)


def _code(character: str | re.Match[str]) -> str:
    text = character if isinstance(character, str) else character[0]
    return text.encode("ascii", "backslashreplace").decode() if ord(text) > 0x7F else f"\\x{ord(text):02x}"
