"""Servers for one test: what a client gets to hear is a function over its socket."""

import socket
import threading
import weakref
from contextlib import suppress

import pytest
from OpenSSL import SSL

from certgate.lab.pki import issue, pem
from certgate.model.target import Endpoint, Target
from certgate.observe.event_loop import EventLoop
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions

NAME = "db.corp.example"


class Server:
    """Accepts until closed; each client has a thread in which `talk(socket)` is called."""

    def __init__(self, talk, address="127.0.0.1", port=0):
        self.talk = talk
        self.clients = 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family)
        self.address = address
        self.port = self.listener.getsockname()[1]
        self.taken = None
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.clients += 1
                thread = threading.Thread(target=self.serve, args=(client,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def serve(self, client):
        with client, suppress(OSError, SSL.Error):
            self.talk(client)

    def close_listener(self):
        """Refuse connections from now on. The port stays taken, or the system might give it to another server."""
        if self.taken is not None:
            return
        place = self.listener.getsockname()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.taken = socket.socket(self.listener.family)
        self.taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        weakref.finalize(self, self.taken.close)
        self.taken.bind(place)

    def close(self):
        self.close_listener()
        for thread in self.threads:
            thread.join(5)
            assert not thread.is_alive(), "a server's conversation did not end"


@pytest.fixture
def serve():
    """`serve(talk)` starts a server; `talk` is called with each client's socket, and its end closes it."""
    servers = []

    def start(talk, **options):
        servers.append(Server(talk, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
        server.taken.close()


@pytest.fixture
def silence():
    """A conversation that says nothing until the client goes."""
    return _until_closed


@pytest.fixture(scope="session")
def pki():
    """A leaf for NAME, its CA, their root."""
    root = issue("Root", ca=True)
    middle = issue("CA", ca=True, issuer=root)
    return issue("", issuer=middle, sans=[NAME]), middle, root


@pytest.fixture(scope="session")
def tls(pki, tmp_path_factory):
    """`tls(…)` is a conversation: a handshake that shows the leaf and its CA, then silence until the client goes.

    `configure` gets the server's context, `spoil` all bytes that the server is about to send, to change them.
    """
    leaf, middle, _ = pki

    def conversation(*, chain=(leaf, middle), key=leaf.key, staple=None, configure=None, spoil=bytes):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        path = tmp_path_factory.mktemp("tls") / "chain.pem"
        path.write_bytes(pem(*chain))
        context.use_certificate_chain_file(str(path))
        context.use_privatekey(key)
        if staple is not None:
            context.set_ocsp_server_callback(lambda _connection, _data: staple)
        if configure is not None:
            configure(context)

        def talk(client):
            connection = SSL.Connection(context)
            connection.set_accept_state()
            while not _advance(connection, client, spoil):
                connection.bio_write(client.recv(65536))
            _until_closed(client)

        return talk

    return conversation


def _advance(connection, client, spoil):
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error:
        return True
    else:
        return True
    finally:
        with suppress(SSL.WantReadError):
            client.sendall(spoil(connection.bio_read(200_000)))


def _until_closed(client):
    while client.recv(65536):
        pass


@pytest.fixture
def target():
    """`target(server)` is the server as a target, by its address unless a host is given."""

    def declare(server, host=None, *, server_name=NAME, ordinal=0):
        host = host or server.address
        return Target(id=f"{host}:{server.port}", ordinal=ordinal, source=Endpoint(host, server.port, server_name))

    return declare


@pytest.fixture
def observe(observe_all):
    """`observe(server)` is the observation of it; keywords are options."""

    def run(server, host=None, **options):
        (observation,) = observe_all(server, host, **options)
        return observation

    return run


@pytest.fixture
def observe_all(target):
    """`observe_all(server)` are the observations of it, where these are several."""

    def run(server, host=None, *, server_name=NAME, **options):
        declared = target(server, host, server_name=server_name)
        (observed,) = observe_endpoints([declared], ObserveOptions(**options))
        assert observed.target is declared
        return observed.observations

    return run


@pytest.fixture
def in_a_loop():
    """`in_a_loop(coroutine)` is its result, or raises what it raises."""

    def run(coroutine, poller=None):
        loop = EventLoop(poller)
        task = loop.begin(coroutine, loop.stop)
        loop.run()
        if task.error:
            raise task.error
        return task.result

    return run


@pytest.fixture
def name_server(monkeypatch):
    """`name_server[host]` are the addresses of a name; names that are not in it do not exist."""
    names = {}
    system = socket.getaddrinfo

    def look_up(host, port, *, flags, **options):
        if flags & socket.AI_NUMERICHOST:
            return system(host, port, flags=flags, **options)
        if host.decode() not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = names[host.decode()]
        addresses = found() if callable(found) else found
        return [entry for a in addresses for entry in system(a, port, flags=socket.AI_NUMERICHOST, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names
