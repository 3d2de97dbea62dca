"""The yardstick: a bare pyOpenSSL loop. Handshake, chain as certificate objects, staple; nothing else.

Used as a program: a line `ADDRESS PORT NAME` on standard input for each endpoint; prints how many it saw whole, and how
many staples.
"""

import select
import socket
import sys
from itertools import islice

from OpenSSL import SSL

CONCURRENCY = 64


def main() -> None:
    endpoints = iter(sys.stdin.read().splitlines())
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    staples = []

    def keep_staple(_: SSL.Connection, staple: bytes, __: object) -> bool:
        staples.append(staple)
        return True

    context.set_ocsp_client_callback(keep_staple)
    poll = select.epoll()
    open_connections: dict[int, SSL.Connection] = {}
    whole = 0

    def start(endpoint: str) -> None:
        address, port, name = endpoint.split()
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex((address, int(port)))
        connection = SSL.Connection(context, sock)
        connection.set_tlsext_host_name(name.encode())
        connection.request_ocsp()
        connection.set_connect_state()
        open_connections[sock.fileno()] = connection
        poll.register(sock.fileno(), select.EPOLLOUT)

    for endpoint in islice(endpoints, CONCURRENCY):
        start(endpoint)
    while open_connections:
        for number, _ in poll.poll():
            connection = open_connections[number]
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                poll.modify(number, select.EPOLLIN)
                continue
            whole += bool(connection.get_peer_cert_chain(as_cryptography=True))
            poll.unregister(number)
            del open_connections[number]
            connection.close()
            for endpoint in islice(endpoints, 1):
                start(endpoint)
    print(whole, sum(map(bool, staples)))


main()
