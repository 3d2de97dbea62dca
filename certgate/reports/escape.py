"""Escaping of foreign text: one function per sink, so that nothing in it is executed, styled or hidden.

A runner reads what a step prints, and obeys commands in it (`::error::`, `##[group]`, `##vso[…]`): they are escaped
wherever a report can go to standard output.
"""

import json
import re
from json.encoder import encode_basestring_ascii
from typing import Any

__all__ = [
    "JSON_LIMIT",
    "cut",
    "for_annotation",
    "for_annotation_property",
    "for_csv",
    "for_html",
    "for_json",
    "for_markdown",
    "for_openmetrics",
    "for_sarif",
    "for_slack",
    "for_terminal",
    "for_xml",
    "to_json",
]

TERMINAL_LIMIT, XML_LIMIT, SARIF_LIMIT, JSON_LIMIT, MARKDOWN_LIMIT = 500, 1_000, 1_000, 10_000, 300
"""Characters of one text that a sink shows; longer text is cut, with its length."""
_encoded = json.JSONEncoder().encode
_SURROGATES = re.compile("[\ud800-\udfff]")
_SARIF_SYNTAX = re.compile(r"[\\\[\]]")
_RUNNER_COMMANDS = re.compile(r"##(?=\w*\[)")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text; if it is cut, with its length."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def for_terminal(text: str) -> str:
    r"""Printable text for one line: control characters, bidi overrides and the like as `\x1b`, `\u202e`."""
    return _shown(text, TERMINAL_LIMIT)


def for_xml(text: str) -> str:
    """Printable text, so only characters that XML 1.0 §2.2 allows. The serialiser escapes markup."""
    return _shown(text, XML_LIMIT)


def for_html(text: str) -> str:
    """Printable text. The templates escape markup."""
    return _shown(text, XML_LIMIT)


def for_sarif(text: str) -> str:
    """Plain message text without links or placeholders (SARIF 2.1.0 §3.11.5, §3.11.6)."""
    shown = _shown(text, SARIF_LIMIT)
    return _SARIF_SYNTAX.sub(r"\\\g<0>", shown).replace("{", "{{").replace("}", "}}")


def for_json(text: str) -> str:
    """Text as it is, but for lone surrogates, which are no Unicode text. The serialiser escapes the rest."""
    return _SURROGATES.sub(_code, cut(text, JSON_LIMIT))


def to_json(value: Any) -> str:
    """The value as ASCII JSON in which no runner finds a command."""
    text = encode_basestring_ascii(value) if type(value) is str else _encoded(value)
    return text.replace("##", r"#\u0023")


def for_markdown(text: str) -> str:
    """A code span (GFM §6.3), in which there is neither markup nor link nor mention; also within a table."""
    shown = _shown(text, MARKDOWN_LIMIT).replace("`", r"\x60").replace("|", r"\x7c")
    return f"`{shown}`" if shown else ""


def for_csv(text: str, limit: int = XML_LIMIT) -> str:
    """A cell that no spreadsheet reads as a formula, and no runner as a command."""
    shown = _shown(text, limit)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", ":")) else shown


def for_slack(text: str) -> str:
    """A code span of Slack's markup, in which there is neither link nor mention."""
    shown = _shown(text, MARKDOWN_LIMIT).replace("`", r"\x60")
    return f"`{shown.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}`" if shown else ""


def for_openmetrics(text: str) -> str:
    """A label's value (OpenMetrics 1.0, escaped-string)."""
    return _shown(text, XML_LIMIT).replace("\\", "\\\\").replace('"', r"\"")


def for_annotation(text: str) -> str:
    """Message of a workflow command, as the runner decodes it."""
    return _shown(text, XML_LIMIT).replace("%", "%25")


def for_annotation_property(text: str) -> str:
    """Value of a workflow command's property, as the runner decodes it."""
    return for_annotation(text).replace(":", "%3A").replace(",", "%2C")


def _shown(text: str, limit: int) -> str:
    """At most `limit` characters of the text, each of them printable."""
    text = cut(text, limit) if len(text) > limit else text
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _code(c) for c in text)
    return _RUNNER_COMMANDS.sub(r"#\\x23", text) if "##" in text else text


def _code(character: str | re.Match[str]) -> str:
    text = character if isinstance(character, str) else character[0]
    return text.encode("ascii", "backslashreplace").decode() if ord(text) > 0x7F else f"\\x{ord(text):02x}"
