"""An agent of the Workload API within the tests' process, at a real socket, as good or as hostile as a test wants."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from cryptography.hazmat.primitives import serialization

from certgate.lab.pki import Credential

Answer = Callable[[grpc.ServicerContext], Iterator[bytes]]


def field(number: int, value: bytes) -> bytes:
    """A field with a length, as protobuf writes it."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """A number, as protobuf writes it."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def key_of(credential: Credential) -> bytes:
    """The key of a credential as the Workload API has it: PKCS#8, DER."""
    key = serialization.load_pem_private_key(credential.key_pem, None)
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def svid(id: str, *chain: Credential, hint: str = "", bundle: bytes = b"") -> bytes:
    """An X509SVID; the key is that of the first certificate."""
    der = b"".join(one.der for one in chain)
    parts = [(1, id.encode()), (2, der), (3, key_of(chain[0])), (4, bundle), (5, hint.encode())]
    return b"".join(field(number, value) for number, value in parts if value)


def svids(*each: bytes) -> bytes:
    """An X509SVIDResponse."""
    return b"".join(field(1, one) for one in each)


def bundles(**roots: Credential) -> bytes:
    """An X509BundlesResponse; `one_example` stands for spiffe://one.example."""
    entries = ((f"spiffe://{name.replace('_', '.')}".encode(), root.der) for name, root in roots.items())
    return b"".join(field(2, field(1, domain) + field(2, der)) for domain, der in entries)


class FakeAgent:
    """Gives `svids` and `bundles`, which tests may change at any time, and counts what it is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.svids = b""
        self.bundles = b""
        self.refusals = 0
        """How often it still refuses, as one that does not know a new entry yet."""
        self.asked: list[str] = []
        self.behave: Answer | None = None
        """What it does instead."""

    @property
    def socket(self) -> str:
        """The socket as users write it."""
        return f"unix://{self.path}"

    def handler(self, called: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler for a method."""
        what = called.method.removeprefix("/SpiffeWorkloadAPI/Fetch")
        if what not in {"X509SVID", "X509Bundles"}:
            return None

        def answer(_: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            self.asked.append(what)
            if ("workload.spiffe.io", "true") not in context.invocation_metadata():
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "security header missing from request")
            if self.behave:
                yield from self.behave(context)
                return
            if self.refusals:
                self.refusals -= 1
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "no identity issued")
            yield self.svids if what == "X509SVID" else self.bundles
            ended = threading.Event()
            context.add_callback(ended.set)
            ended.wait(30)

        return grpc.unary_stream_rpc_method_handler(answer)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, agent: FakeAgent) -> None:
        self._agent = agent

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._agent.handler(handler_call_details)


@contextmanager
def fake_agent() -> Iterator[FakeAgent]:
    """A running agent."""
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        agent = FakeAgent(Path(folder) / "api.sock")
        server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
        server.add_generic_rpc_handlers((_Handlers(agent),))
        server.add_insecure_port(agent.socket)
        server.start()
        try:
            yield agent
        finally:
            server.stop(None).wait(10)


@contextmanager
def raw_agent(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A socket at which every connection gets what `speak` says, which is not gRPC."""
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        path = Path(folder) / "api.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()

            def serve() -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        try:
                            speak(connection)
                        except OSError:
                            continue

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield f"unix://{path}"
            listener.shutdown(socket.SHUT_RDWR)
