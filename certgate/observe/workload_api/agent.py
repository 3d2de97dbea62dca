"""Asks an agent over its Workload API, within one deadline, for one message; gRPC is imported only for that."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar
from urllib.parse import quote

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.workload_api.messages import BadMessage, TooMuch, X509Svid, read_bundles, read_svids

__all__ = ["USUAL_TIMEOUT", "AgentFailed", "WorkloadApi"]

T = TypeVar("T")
USUAL_TIMEOUT = 10.0
"""Seconds for one question. An agent knows a new entry after at most 5."""
MAX_BYTES = 16 * 1024 * 1024
"""One message."""
_PAUSE = 0.25
"""Seconds before a workload that is refused asks again."""
_BUNDLES = "/SpiffeWorkloadAPI/FetchX509Bundles"
_SVIDS = "/SpiffeWorkloadAPI/FetchX509SVID"
_METADATA = (("workload.spiffe.io", "true"),)
"""Keeps requests away that somebody was tricked into sending (SPIFFE Workload Endpoint §3)."""
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_BYTES),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.default_authority", "localhost"),
)
_MOST_SAID = 200
"""Characters of an agent's own words that are repeated."""
_DENIED = (
    "the agent at {socket} has no identity for this process ({said}): register it, or set "
    "allow_unauthenticated_verifiers in the agent's configuration if only bundles are needed"
)


class AgentFailed(CertgateError):
    """The agent gave no answer, or none that can be used: `kind` is for programs, the message for people."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@frozen()
class WorkloadApi:
    """The Workload API at a socket, `unix:///PATH`."""

    socket: str
    timeout: float = USUAL_TIMEOUT
    """Seconds for each question, with everything that is tried again."""
    pause: Callable[[float], object] = time.sleep

    def bundles(self) -> Mapping[str, tuple[bytes, ...]]:
        """The bundles by trust domain (`spiffe://…`), each as certificates in DER. Raises AgentFailed."""
        return self._read(_BUNDLES, read_bundles)

    def svids(self, *, with_keys: bool = False) -> tuple[X509Svid, ...]:
        """The SVIDs, at least one; the first is the default one. Raises AgentFailed."""
        found = self._read(_SVIDS, lambda message: read_svids(message, with_keys=with_keys))
        if not found:
            raise AgentFailed(FailureKind.NO_CERTIFICATE, f"the agent at {self.socket} gives no X509-SVID")
        return found

    def _read(self, method: str, read: Callable[[bytes], T]) -> T:
        try:
            return read(self._first_message(method))
        except BadMessage as error:
            kind = FailureKind.LIMIT if isinstance(error, TooMuch) else FailureKind.UNREADABLE
            failed = AgentFailed(kind, f"the agent at {self.socket} sends a message that is not usable: {error}")
        raise failed  # here, where nothing refers to the message, which may hold keys

    def _first_message(self, method: str) -> bytes:
        """The first message of a stream that has no end. A process that is refused asks again until the deadline.

        An agent knows a new entry a few seconds after it is made, and refuses until then.
        """
        try:
            grpc = import_module("grpc")
        except ImportError:
            message = f"the agent at {self.socket} cannot be asked: grpcio is not installed (certgate[spiffe])"
            raise AgentFailed(FailureKind.UNSUPPORTED, message) from None
        until = time.monotonic() + self.timeout
        while True:
            try:
                return self._asked(grpc, method, until - time.monotonic())
            except grpc.RpcError as error:
                code = error.code()
                if code is grpc.StatusCode.PERMISSION_DENIED and until - time.monotonic() > 2 * _PAUSE:
                    self.pause(_PAUSE)
                    continue
                raise self._failed(code.name, _shown(error.details())) from None

    def _asked(self, grpc: ModuleType, method: str, seconds: float) -> bytes:
        with grpc.insecure_channel(f"unix:{quote(self._path)}", options=_OPTIONS) as channel:
            stream = channel.unary_stream(method)(b"", timeout=seconds, metadata=_METADATA)
            try:
                message: bytes | None = next(iter(stream), None)
            finally:
                stream.cancel()
        if message is None:
            raise AgentFailed(FailureKind.API_FAILED, f"the agent at {self.socket} ends without an answer")
        return message

    def _failed(self, code: str, said: str) -> AgentFailed:
        match code:
            case "PERMISSION_DENIED":
                return AgentFailed(FailureKind.FORBIDDEN, _DENIED.format(socket=self.socket, said=said))
            case "UNAVAILABLE" if not Path(self._path).is_socket():
                return AgentFailed(FailureKind.UNREACHABLE, f"there is no agent: {self._path} is not a socket")
            case "UNAVAILABLE":
                message = f"the agent at {self.socket} cannot be reached, or does not speak gRPC: {said}"
                return AgentFailed(FailureKind.UNREACHABLE, message)
            case "DEADLINE_EXCEEDED":
                message = f"the agent at {self.socket} did not answer within {self.timeout:g} s"
                return AgentFailed(FailureKind.TIMED_OUT, message)
            case "RESOURCE_EXHAUSTED":
                message = f"the agent at {self.socket} sends more than {MAX_BYTES // 2**20} MiB, or has no resources: "
                return AgentFailed(FailureKind.LIMIT, message + said)
        return AgentFailed(FailureKind.API_FAILED, f"the agent at {self.socket} answers {code}: {said}")

    @property
    def _path(self) -> str:
        return self.socket.removeprefix("unix://")


def _shown(said: str | None) -> str:
    text = said or "without a reason"
    return text if len(text) <= _MOST_SAID else f"{text[: _MOST_SAID - 1]}…"
