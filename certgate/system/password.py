"""Pass phrases and passwords, read from where no process list, shell history or log shows it."""

import os

from certgate.model.errors import UsageError
from certgate.system.named_files import Unreadable, open_file

__all__ = ["read_password", "read_proxy_auth"]

_MAX_BYTES = 4096


def read_password(file: str | None, fd: int | None, env: str | None) -> bytes | None:
    """The pass phrase without its line end; None if there is none. Raises UsageError, which never shows the secret."""
    options = [
        option
        for option, value in (("--password-file", file), ("--password-fd", fd), ("--password-env", env))
        if value is not None
    ]
    if len(options) > 1:
        raise UsageError(f"{' and '.join(options)} both set the pass phrase; use one of them")
    if env is not None:
        return _from_environment("--password-env", env, "the pass phrase")
    source = file if file is not None else fd
    return None if source is None else _first_line(options[0], source)


def _from_environment(option: str, name: str, what: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise UsageError(f"{option}: the variable is not set; write the name of a variable, not {what}")
    return os.fsencode(value)


def read_proxy_auth(file: str | None, env: str | None) -> bytes | None:
    """The `user:password` for a proxy; None if there is none. Raises UsageError, which never shows the secret."""
    if file is not None and env is not None:
        raise UsageError("--proxy-auth-file and --proxy-auth-env both set the proxy's password; use one of them")
    if env is not None:
        return _from_environment("--proxy-auth-env", env, "user:password")
    return None if file is None else _first_line("--proxy-auth-file", file, "user:password")


def _first_line(option: str, source: str | int, what: str = "the pass phrase") -> bytes:
    try:
        with open_file(source) as stream:
            line = stream.readline(_MAX_BYTES + 2)
    except (Unreadable, OSError) as error:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else error
        raise UsageError(f"{option}: the file with {what} {reason}") from error
    line = line.rstrip(b"\r\n")
    if not line or len(line) > _MAX_BYTES:
        raise UsageError(f"{option}: the first line must hold {what}, at most {_MAX_BYTES} bytes")
    return line
