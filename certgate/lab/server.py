"""Runs the lab's servers on loopback: one thread, one event loop, one port each."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from certgate.lab.service import Service, converse

__all__ = ["LOOPBACK", "Servers"]

LOOPBACK = "127.0.0.1"


class Servers:
    """Serves while entered; on exit, ends every conversation, closes every socket and ends the thread."""

    ports: tuple[int, ...]
    """The port of each service, in the same order; the system chooses free ones."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self._stack = ExitStack()
        self._conversations: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            sockets = [stack.enter_context(_bind(service)) for service in self._services]
            self.ports = tuple(bound.getsockname()[1] for bound in sockets)
            loop = asyncio.SelectorEventLoop()
            stack.callback(loop.close)
            thread = threading.Thread(target=loop.run_forever, name="certgate-lab", daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(loop.call_soon_threadsafe, loop.stop)
            asyncio.run_coroutine_threadsafe(self._start(sockets), loop).result()
            stack.callback(lambda: asyncio.run_coroutine_threadsafe(self._end(sockets), loop).result())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    async def _start(self, sockets: Sequence[socket.socket]) -> None:
        for service, bound in zip(self._services, sockets, strict=True):
            if service.listens:
                asyncio.get_running_loop().add_reader(bound, self._accept, service, bound)

    async def _end(self, sockets: Sequence[socket.socket]) -> None:
        for bound in sockets:
            asyncio.get_running_loop().remove_reader(bound)
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _accept(self, service: Service, bound: socket.socket) -> None:
        with suppress(OSError):  # the client has already disconnected
            client, _ = bound.accept()
            client.setblocking(False)
            conversation = asyncio.get_running_loop().create_task(converse(service, client))
            self._conversations.add(conversation)
            conversation.add_done_callback(lambda _: client.close())
            conversation.add_done_callback(self._conversations.discard)


def _bind(service: Service) -> socket.socket:
    bound = socket.socket()
    bound.setblocking(False)
    bound.bind((LOOPBACK, 0))
    if service.listens:
        bound.listen()
    return bound
