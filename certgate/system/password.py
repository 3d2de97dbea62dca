"""The pass phrase, read from where no process list, shell history or log shows it."""

import os

from certgate.model.errors import UsageError
from certgate.system.named_files import Unreadable, open_file

__all__ = ["read_password"]

_MAX_BYTES = 4096


def read_password(file: str | None, fd: int | None, env: str | None) -> bytes | None:
    """The pass phrase without its line end; None if there is none. Raises UsageError, which never shows it."""
    given = [
        option
        for option, value in (("--password-file", file), ("--password-fd", fd), ("--password-env", env))
        if value is not None
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} both set the pass phrase; use one of them")
    if env is not None:
        return _of_environment(env)
    source = file if file is not None else fd
    return None if source is None else _first_line(given[0], source)


def _of_environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise UsageError(
            f'--password-env: the variable "{name}" is not set; write the name of a variable, not the pass phrase'
        )
    return os.fsencode(value)


def _first_line(option: str, source: str | int) -> bytes:
    try:
        with open_file(source) as stream:
            line = stream.readline(_MAX_BYTES + 2)
    except (Unreadable, OSError) as error:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else error
        raise UsageError(f"{option}: the file with the pass phrase {reason}") from error
    line = line.rstrip(b"\r\n")
    if not line or len(line) > _MAX_BYTES:
        raise UsageError(f"{option}: the first line must hold the pass phrase, at most {_MAX_BYTES} bytes")
    return line
