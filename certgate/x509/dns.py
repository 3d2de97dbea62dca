"""The syntax of DNS names in certificates."""

import re
from functools import lru_cache

__all__ = ["MAX_NAME", "host_problem", "is_host", "punycode_text", "wildcard_problem"]

MAX_NAME = 253
"""The maximum number of characters in a name without its final dot (RFC 1035 §2.3.4)."""
MAX_LABEL = 63
_LDH = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_LENIENT = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def host_problem(name: str, *, underscore: bool = False) -> str | None:
    """Why `name` does not consist of P-labels and non-reserved LDH labels (CA/B BR §7.1.2.7.12), None if it does.

    The caller removes a leading `*.`. `underscore` allows underscores in labels, as in names of internal networks.
    """
    if not name:
        return "is empty"
    if len(name) > MAX_NAME:
        return f"has {len(name)} characters, at most {MAX_NAME} allowed"
    labels = name.split(".")
    if not labels[-1]:
        return "ends in a dot"
    return next((problem for label in labels if (problem := _label_problem(label, underscore))), None)


def _label_problem(label: str, underscore: bool) -> str | None:
    if not label:
        return "has an empty label"
    if len(label) > MAX_LABEL:
        return f"has a label of {len(label)} characters, at most {MAX_LABEL} allowed"
    if not (_LENIENT if underscore else _LDH).fullmatch(label):
        if "_" in label and _LENIENT.fullmatch(label):
            return "has an underscore"
        return f"has the label {label!a}, only letters, digits and inner hyphens allowed"
    if label[2:4] != "--":
        return None
    if label[:2].lower() != "xn":
        return f"has the reserved label {label}: its third and fourth characters are hyphens"
    return None if _is_punycode(label[4:]) else f"has the label {label}, which is not valid Punycode"


def punycode_text(label: str) -> str:
    """The Unicode text of an A-label; empty for another label, and for one that is not valid Punycode."""
    if label[:4].lower() != "xn--":
        return ""
    try:
        return label[4:].lower().encode("ascii").decode("punycode")
    except ValueError:
        return ""


def _is_punycode(text: str) -> bool:
    """Whether `text` is output of the Punycode algorithm (RFC 3492 §6.3)."""
    lower = text.lower()
    try:
        return bool(lower) and lower.encode("ascii").decode("punycode").encode("punycode").decode("ascii") == lower
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def wildcard_problem(name: str) -> str | None:
    """Why a name with an asterisk is not a wildcard name, None if it is one: `*.` before a name, nothing else.

    RFC 9525 §6.3: the asterisk is the complete left-most label and the only one. CA/B BR §1.6.1: a name follows it.
    """
    if name.count("*") > 1:
        return "has more than one asterisk"
    if name == "*":
        return "is only an asterisk"
    if not name.startswith("*."):
        return "has an asterisk that is not the whole leftmost label"
    return None


@lru_cache(maxsize=4096)
def is_host(name: str) -> bool:
    """Whether a name can be compared: no wildcard, no invalid character, no broken A-label.

    As lenient as resolvers: unlike `host_problem`, it allows underscores, and hyphens in third and fourth position.
    """
    if len(name) > MAX_NAME or not _HOST.fullmatch(name):
        return False
    lower = name.lower()
    return "xn--" not in lower or all(_is_punycode(label[4:]) for label in lower.split(".") if label.startswith("xn--"))
