"""The PEM blocks in a file (RFC 7468), read as strictly as the servers read them that will load it."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass

from certgate.model.errors import CertgateError

__all__ = ["BadPem", "Block", "read_blocks"]

_BOUNDARY = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 ._#]{1,64})-----[ \t]*")


class BadPem(CertgateError):
    """A block that cannot be read. The message names its line and says what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label, the line on which it begins, and the text between its boundaries."""

    label: str
    line: int
    body: tuple[bytes, ...]

    def decode(self) -> bytes:
        """The bytes in the block. Raises BadPem."""
        try:
            return b64decode(b"".join(line.strip() for line in self.body), validate=True)
        except Base64Error:
            raise BadPem(f"line {self.line}: the {self.label} block is damaged: it is not base64") from None


def read_blocks(data: bytes) -> Iterator[Block]:
    """The blocks in order, whatever their label; text around them is skipped. Raises BadPem.

    A boundary counts only if it is a line of its own: that is what servers go by.
    """
    label, start, body = "", 0, list[bytes]()
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.startswith((b"-----BEGIN", b"-----END")):
            body.append(line)
            continue
        boundary = _BOUNDARY.fullmatch(line)
        if boundary is None:
            raise BadPem(f"line {number}: this boundary of a PEM block is not a line of its own, or is misspelt")
        found = boundary[2].decode("ascii")
        if boundary[1] == b"BEGIN":
            if label:
                raise _unfinished(label, start)
            label, start = found, number
        else:
            if found != label:
                raise BadPem(_stray_end(found, number, label, start))
            yield Block(label, start, tuple(body))
            label = ""
        body.clear()
    if label:
        raise _unfinished(label, start)


def _unfinished(label: str, line: int) -> BadPem:
    return BadPem(f"line {line}: the {label} block is truncated: it has no END line; write the file again")


def _stray_end(found: str, number: int, label: str, start: int) -> str:
    if label:
        return f"line {number}: END {found} closes the {label} block of line {start}; write the file again"
    return f"line {number}: END {found} has no BEGIN line of its own; does a byte order mark stand before BEGIN?"
