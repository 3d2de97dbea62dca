"""Alternative names of all nine types, each read on its own, so that a damaged one does not hide the others."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from certgate.x509.der import Element, NotDer, content_of, dotted, elements, guarded, oid, sequence
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__ = ["KINDS", "GeneralName", "read_general_name", "read_general_names"]

KINDS = ("otherName", "email", "DNS", "X400Name", "DirName", "EdiPartyName", "URI", "IP", "RID")
"""OpenSSL's names of the types, by tag number (RFC 5280 §4.2.1.6)."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_TAGS = dict(zip(b"\xa0\x81\x82\xa3\xa4\xa5\x86\x87\x88", KINDS, strict=True))


class GeneralName(NamedTuple):
    """One name. All of it is untrusted."""

    kind: str
    value: str | IPv4Address | IPv6Address | Name | bytes
    """Text for DNS, URI, email and RID, with non-ASCII octets escaped; the raw content if there is no better type."""
    problem: str = ""
    """Why it is not a valid name of its type; empty if it is."""

    @property
    def text(self) -> str:
        """The value as text, or in hexadecimal if it is not text."""
        match self.value:
            case bytes():
                return self.value.hex()
            case Name():
                return self.value.text
            case _:
                return str(self.value)

    def __str__(self) -> str:
        """The name in OpenSSL's notation: DNS:a.example."""
        return f"{self.kind}:{self.text}"


@lru_cache(maxsize=64)
def read_general_names(value: bytes) -> tuple[GeneralName, ...]:
    """The names in the DER of a GeneralNames. Raises Malformed if it is not a list of elements."""
    return guarded("the list of alternative names", lambda: tuple(map(read_general_name, sequence(value))))


def read_general_name(element: Element) -> GeneralName:
    """One name; its `problem` says what is wrong with its form. Never raises."""
    kind, content = _TAGS.get(element.tag), element.content
    if kind is None:
        return GeneralName(f"tag {element.tag:#x}", content, "its tag is not a type of name")
    if kind in {"DNS", "URI", "email"}:
        text = content.decode("ascii", "backslashreplace")
        problem = (
            "it holds octets that are not ASCII"
            if not content.isascii()
            else uri_problem(text)
            if kind == "URI"
            else ""
        )
        return GeneralName(kind, text, problem)
    if kind == "IP":
        if len(content) in {4, 16}:
            return GeneralName(kind, ip_address(content))
        return GeneralName(kind, content, f"it has {len(content)} octets, 4 or 16 required")
    try:
        return GeneralName(kind, _value(kind, content))
    except (NotDer, Malformed) as error:
        return GeneralName(kind, content, str(error))


def uri_problem(text: str) -> str:
    """Why it is not a URI with a scheme (RFC 3986 §3, RFC 5280 §4.2.1.6); empty if it is one."""
    if not _SCHEME.match(text):
        return "it has no scheme"
    if not _URI.fullmatch(text):
        return "it has characters that a URI does not allow"
    try:
        host = urlsplit(text).hostname or ""
        _ = urlsplit(text).port
    except ValueError:
        return "its host or port is invalid"
    return "its host has an empty label" if host and "" in host.split(".") else ""


def _value(kind: str, content: bytes) -> str | Name | bytes:
    if kind == "RID":
        return dotted(content)
    if kind == "DirName":
        name = Name(content)
        _ = name.attributes
        return name
    parts = elements(content)
    if kind == "otherName" and (len(parts) != 2 or not oid(parts[0]) or len(elements(content_of(parts[1], 0xA0))) != 1):
        raise NotDer("it is not a type and a value")
    return content
