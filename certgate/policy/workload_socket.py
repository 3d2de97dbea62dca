"""The socket of a SPIFFE Workload API, as users and their environment name it (SPIFFE Workload Endpoint §4)."""

import os
from importlib.util import find_spec
from pathlib import Path

from certgate.model.errors import UsageError

__all__ = ["VARIABLE", "WORKLOAD_API", "expected_words", "parse_workload_api"]

WORKLOAD_API = "workload-api"
VARIABLE = "SPIFFE_ENDPOINT_SOCKET"
_SCHEME = "unix:"
_MOST_BYTES = 107
"""A path that is longer does not fit into the address of a socket (unix(7))."""


def parse_workload_api(word: str) -> str | None:
    """The socket that `workload-api[:unix:///PATH]` names, as `unix:///PATH`; None if the word is another one.

    Without a socket it is that of the environment. Raises UsageError, also if the extra is not installed.
    """
    name, colon, socket = word.partition(":")
    if name != WORKLOAD_API or not (colon or word == WORKLOAD_API):
        return None
    if find_spec("grpc") is None:
        raise UsageError(f"{word}: grpcio is not installed; run `pip install 'certgate[spiffe]'`")
    if colon:
        return _unix(socket, f'"{word}"')
    socket = os.environ.get(VARIABLE, "")
    if not socket:
        raise UsageError(f"{VARIABLE} is not set: name the socket of the agent, {WORKLOAD_API}:unix:///PATH")
    return _unix(socket, VARIABLE)


def expected_words(word: str, base: Path) -> str:
    """What an endpoint is expected to serve: `workload-api:unix:///PATH`, or a file, relative to `base`.

    Raises UsageError.
    """
    socket = parse_workload_api(word)
    return f"{WORKLOAD_API}:{socket}" if socket else str(base / word)


def _unix(socket: str, where: str) -> str:
    path = socket.removeprefix(_SCHEME)
    path = path.removeprefix("//")
    if not socket.startswith(_SCHEME) or not path.startswith("/") or not path.isprintable():
        raise UsageError(f"{where}: the socket of a Workload API must be unix:///PATH, with an absolute path")
    if len(path.encode()) > _MOST_BYTES:
        raise UsageError(f"{where}: the path of a socket must have at most {_MOST_BYTES} bytes")
    return f"unix://{path}"
