"""Reads a file that is about to be deployed or published: a chain, a request, a CRL, an OCSP response."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from certgate.model.observation import FailureKind, Observation
from certgate.model.target import Target
from certgate.observe.clock import Clock, utc_now
from certgate.observe.files.contents import MAX_CERTIFICATES, Contents, PrivateKeyNote, UnusableInput
from certgate.observe.files.der_file import read_binary
from certgate.observe.files.key_material import noted
from certgate.observe.files.pem import BadPem, looks_like_pem, read_blocks
from certgate.observe.files.pem_file import read_pem
from certgate.observe.files.private_key import MAX_KEY_BYTES, key_among
from certgate.system.named_files import NotFound, TooLarge, Unreadable, read_file, read_stream

__all__ = [
    "MAX_CERTIFICATES",
    "MAX_FILE_BYTES",
    "note_key",
    "observe_file",
    "observed",
    "read_any",
    "read_contents",
    "read_input",
    "read_key_file",
]

MAX_FILE_BYTES = 10 * 1024 * 1024


def observe_file(
    target: Target,
    *,
    max_bytes: int = MAX_FILE_BYTES,
    stdin: BinaryIO | None = None,
    password: bytes | None = None,
    now: Clock = utc_now,
) -> Observation:
    """Observe the target's file; any problem becomes the observation's failure.

    Reads at most `max_bytes`, from `stdin` if given. `password` opens encrypted contents. Never raises.
    """
    source = target.source.file

    def read() -> Contents:
        contents = read_any(read_input(source.path, max_bytes, stdin), password)
        if not source.key:
            return contents
        return replace(contents, key=note_key(read_key_file(source.key), password))

    return observed(read, now)


def observed(read: Callable[[], Contents], now: Clock = utc_now) -> Observation:
    """The observation from `read`; if it raises because of the input, that becomes the observation's failure."""
    contents, failure = Contents(), None
    try:
        contents = read()
    except UnusableInput as unusable:
        failure = unusable.failure
    except BadPem as bad:
        failure = UnusableInput(FailureKind.UNREADABLE, str(bad)).failure
    return Observation(
        observed_at=now(),
        presented=contents.certificates,
        lines=contents.lines,
        failure=failure,
        container=contents.container,
        public_key=contents.key.public_key,
        key_problem=contents.key.problem,
        request=contents.request,
        plan=contents.plan,
        published=contents.published,
    )


def read_input(
    path: str, max_bytes: int = MAX_FILE_BYTES, stdin: BinaryIO | None = None, what: str = "the input"
) -> bytes:
    """The bytes of a file, `-` for the standard input, or of `stdin` in place of either. Raises UnusableInput."""
    try:
        if stdin is None and path != "-":
            data = read_file(path, max_bytes)
        else:
            data = read_stream(stdin or _standard_input(), max_bytes)
    except Unreadable as error:
        raise UnusableInput(_kind_of(error), f"{what} {error}") from error
    if not data.strip():
        raise UnusableInput(FailureKind.NO_CERTIFICATE, f"{what} is empty")
    return data


def _kind_of(error: Unreadable) -> FailureKind:
    match error:
        case TooLarge():
            return FailureKind.LIMIT
        case NotFound():
            return FailureKind.NOT_FOUND
        case _:
            return FailureKind.UNREADABLE


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # after `certgate check - <&-`
        raise UnusableInput(FailureKind.UNREADABLE, "the standard input is closed")
    return sys.stdin.buffer


def read_contents(data: bytes, password: bytes | None) -> Contents:
    """Read a chain or a request in any supported format. Raises UnusableInput, BadPem."""
    contents = read_any(data, password)
    if contents.published:
        detail = f"the input holds only {contents.published.described}, no certificate"
        raise UnusableInput(FailureKind.NO_CERTIFICATE, detail)
    return contents


def read_any(data: bytes, password: bytes | None) -> Contents:
    """Read whatever can be judged, in any supported format. Raises UnusableInput, BadPem."""
    return read_pem(data, password) if looks_like_pem(data) else read_binary(data, password)


def read_key_file(path: str) -> bytes:
    """The bytes of a file with a private key. Raises UnusableInput."""
    return read_input(path, MAX_KEY_BYTES, what="the key file")


def note_key(data: bytes, password: bytes | None) -> PrivateKeyNote:
    """The note on the key in a key file: PEM, or unencrypted DER. Raises BadPem."""
    if not looks_like_pem(data):
        return noted(data, None)
    try:
        blocks = list(read_blocks(data))
    except BadPem as bad:
        raise BadPem(f"the key file: {bad}") from None
    return key_among(blocks, password) or PrivateKeyNote(problem="the key file holds no private key")
