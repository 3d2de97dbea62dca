"""One HTTP/1.1 request and the status of its answer, without I/O (RFC 9112)."""

__all__ = ["HttpAnswer", "request_for"]

MAX_HEAD_BYTES = 64 * 1024
"""Interim answers included."""
_CONTINUES = range(100, 200)


def request_for(path: str, host: str) -> bytes:
    """A GET for `path`, which is checked by whoever reads it from a user; `host` may have a port."""
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}", "User-Agent: certgate", "Accept: */*", "Connection: close")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


class HttpAnswer:
    """The answer so far, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._size = 0
        self.status: int | None = None
        """The status, once it is known; that of interim answers does not count."""
        self.is_http = True
        """False as soon as the bytes cannot be HTTP, or exceed the limit."""

    @property
    def is_clear(self) -> bool:
        """Whether nothing more has to be read."""
        return self.status is not None or not self.is_http

    def receive(self, data: bytes) -> None:
        """Go on with these bytes."""
        self._size += len(data)
        self._left += data
        while not self.is_clear and b"\n" in self._left:
            status = _status(bytes(self._left.partition(b"\n")[0]))
            if status is None:
                self.is_http = False
            elif status not in _CONTINUES:
                self.status = status
            elif (end := _end_of_head(self._left)) is not None:
                del self._left[:end]
            else:
                break
        prefix = b"HTTP/1."
        if not prefix.startswith(bytes(self._left[: len(prefix)])) or self._size > MAX_HEAD_BYTES:
            self.is_http = self.is_http and self.status is not None


def _status(line: bytes) -> int | None:
    version, _, rest = line.strip().partition(b" ")
    digits = rest[:3]
    if not version.startswith(b"HTTP/1.") or not (len(digits) == 3 and digits.isdigit()):
        return None
    return int(digits)


def _end_of_head(data: bytearray) -> int | None:
    """Where the empty line ends; None if it is not there yet."""
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark)) >= 0]
    return min(ends, default=None)
