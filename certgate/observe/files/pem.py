"""The PEM blocks in a file (RFC 7468), read as nginx, haproxy and OpenSSL read them.

Laxer than these would be a wrong yes: the file passes and the server does not start. What they skip without a word,
a boundary that is misspelt, is an error here, because a certificate would be left out.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cache

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.observe.files.formats import is_cut_short

__all__ = ["CERTIFICATES", "BadPem", "Block", "looks_like_pem", "only", "read_blocks"]

CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
"""The labels that OpenSSL reads as a certificate."""
REQUESTS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
CONTAINERS = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS")
_KEYS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
_LABELS = (*CERTIFICATES, *REQUESTS, *CONTAINERS, *_KEYS, "X509 CRL", "OCSP RESPONSE")

_BOUNDARY = re.compile(rb"-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ._#]{,63})-----")
_DASH = rb"(?:[-\x96\x97]|\xe2\x80[\x90-\x95]|\xe2\x88\x92|\xef\xbc\x8d)"
_GAP = rb"[ \t]*"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_WIDTH = 64
_AGAIN = "write the file again"


class BadPem(CertgateError):
    """A block cannot be read. The message names its line and says what to do."""


@frozen(slots=True)
class Block:
    """A PEM block: its label, its first line, the lines between its boundaries, and the decoded bytes."""

    label: str
    line: int
    body: tuple[bytes, ...] = field(repr=False)
    der: bytes = field(repr=False)

    def whole(self) -> bytes:
        """The DER element in the block. Raises BadPem if it is truncated."""
        if is_cut_short(self.der):
            raise BadPem(
                f"line {self.line}: the {self.label} block is truncated: the end of its contents is missing; {_AGAIN}"
            )
        return self.der


def looks_like_pem(data: bytes) -> bool:
    """Whether the data contains the boundary of a block, misspelt or not."""
    return b"-----BEGIN " in data or (b"BEGIN" in data.upper() and _like_a_boundary().search(data) is not None)


@cache
def _like_a_boundary() -> re.Pattern[bytes]:
    """A line intended as the boundary of a relevant block. A line that begins with # is commented out."""
    words = (
        rb"(?:BEGIN|END)" + _GAP + rb"(?:%s)" % b"|".join(re.sub(rb"\W+", rb"[ \\t#]*", w.encode()) for w in _LABELS)
    )
    return re.compile(
        rb"^[^#\n]*?(?:" + _DASH + _GAP + words + rb"(?![ \t]*\w)|\b" + words + _GAP + _DASH + rb")",
        re.IGNORECASE | re.MULTILINE,
    )


def only(blocks: Iterable[Block]) -> str:
    """Describe what was found instead, for example "only a PRIVATE KEY block" or "no PEM block"."""
    found = ", ".join(dict.fromkeys(f"a {block.label} block" for block in blocks))
    return f"only {found}" if found else "no PEM block"


def read_blocks(data: bytes) -> Iterator[Block]:
    """The blocks in order, with any label; skips the text around them. Raises BadPem.

    Reads irrelevant blocks too: servers refuse the file if one is damaged.
    """
    label, start, body = "", 0, list[bytes]()
    for number, raw in enumerate(data.split(b"\n"), start=1):
        line = raw.rstrip(b" \t\r")
        if label and not line.translate(None, _BASE64):
            body.append(line)  # a boundary has a dash
            continue
        boundary = _BOUNDARY.fullmatch(line)
        found = boundary[2].decode("ascii") if boundary else ""
        if _is_misspelt(line, found):
            raise _misspelt(number, line)
        if boundary is None:
            if label:
                body.append(line)
        elif boundary[1] == b"BEGIN":
            if label:
                raise _unfinished(label, start)
            label, start = found, number
        else:
            if found != label:
                raise BadPem(_stray_end(found, number, label, start))
            yield Block(label, start, tuple(body), _decoded(label, start, body))
            label = ""
            body.clear()
    if label:
        raise _unfinished(label, start)


def _is_misspelt(line: bytes, label: str) -> bool:
    """Whether a line looks like a boundary but servers do not accept it. `label` is its label, if it is valid."""
    upper = line.upper()
    if label in _LABELS or not (b"BEGIN" in upper or b"END" in upper):
        return False
    return _like_a_boundary().match(line) is not None or (not label and line.startswith((b"-----BEGIN ", b"-----END ")))


def _decoded(label: str, start: int, body: list[bytes]) -> bytes:
    """Decode the lines. Raises BadPem."""
    text = _without_headers(label, start, body)
    first = start + 1 + len(body) - len(text)
    try:
        der = b64decode(b"".join(text).translate(None, b" \t"), validate=True)
    except Base64Error:
        raise _not_base64(label, start, text, first) from None
    if not der:
        raise BadPem(f"line {start}: the {label} block is empty; write the file again")
    return der


def _without_headers(label: str, start: int, body: list[bytes]) -> list[bytes]:
    """The lines below the first blank line, which ends the headers even if there are none. Raises BadPem."""
    if b"" not in body:
        return body
    blank = body.index(b"")
    headers, text = body[:blank], body[blank + 1 :]
    if any(b":" not in line and line[:1] not in {b" ", b"\t"} for line in headers):
        raise _blank(label, start, start + 1 + blank)
    if headers and not _is_old_key(label, headers):
        raise BadPem(
            f"line {start}: the {label} block begins with header lines, which nginx, haproxy and OpenSSL refuse: "
            f"remove lines {start + 1} to {start + 1 + blank}"
        )
    if b"" in text:
        raise _blank(label, start, start + 2 + blank + text.index(b""))
    if any(len(line) != _WIDTH for line in text[:-1]) or any(len(line) > _WIDTH for line in text[-1:]):
        raise BadPem(
            f"line {start}: below a blank line, nginx, haproxy and OpenSSL read only lines of {_WIDTH} characters: "
            f"remove the blank line {start + 1 + blank}, or write the block again"
        )
    return text


def _is_old_key(label: str, headers: list[bytes]) -> bool:
    """Whether these are the headers of a key in the old encrypted format (RFC 1421 §4.6)."""
    return label.endswith("PRIVATE KEY") and headers[0].startswith(b"Proc-Type:")


def _blank(label: str, start: int, number: int) -> BadPem:
    return BadPem(
        f"line {start}: the {label} block has a blank line (line {number}), so nginx, haproxy and OpenSSL refuse it: "
        "remove that line"
    )


def _not_base64(label: str, start: int, text: list[bytes], first: int) -> BadPem:
    for number, line in enumerate(text, first):
        if line.translate(None, _BASE64 + b" \t"):
            return BadPem(f"line {start}: the {label} block is damaged: line {number} is not base64; {_AGAIN}")
    return BadPem(
        f"line {start}: the {label} block is damaged: its base64 lacks characters, or has = in the middle; {_AGAIN}"
    )


def _misspelt(number: int, line: bytes) -> BadPem:
    if line.startswith(b"\xef\xbb\xbf"):
        return BadPem(f"line {number}: a byte order mark stands before BEGIN: save the file as UTF-8 without it")
    return BadPem(
        f"line {number}: a PEM boundary is misspelt or not alone on its line: write it without indentation, "
        "as in -----BEGIN CERTIFICATE-----"
    )


def _unfinished(label: str, start: int) -> BadPem:
    return BadPem(f"line {start}: the {label} block is truncated: it has no END line; {_AGAIN}")


def _stray_end(found: str, number: int, label: str, start: int) -> str:
    if label:
        return f"line {number}: END {found} closes the {label} block of line {start}; {_AGAIN}"
    return f"line {number}: END {found} has no matching BEGIN line: the first line of the block is missing or misspelt"
