"""The guarded fetcher: what it fetches, and that no look-up, connection or server gets more of it than it may."""

import gzip
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from ipaddress import ip_network

import pytest

from certgate.lab.pki import issue
from certgate.net.errors import FetchError, FetchFailure
from certgate.net.fetcher import Fetcher
from certgate.net.resolver import Resolver
from tests.net.fetch_world import PUBLIC, URL, fails, ok, redirect, request, resolving

# --- what works ---


def test_a_body_is_fetched_from_the_address_that_was_checked(world):
    world.answers = [ok(b"\x30\x00")]

    body = world.fetcher().fetch("http://crl.example/a/b.crl?x=1#part")

    assert body == b"\x30\x00"
    assert (world.look_ups, world.dialled) == ([("crl.example", 80)], [(PUBLIC, 80)])
    assert world.requests[0].decode().splitlines() == [
        "GET /a/b.crl?x=1 HTTP/1.1",
        "Host: crl.example",
        "Accept-Encoding: identity",
        "Connection: close",
        "User-Agent: certgate",
        "",
    ]


def test_a_post_is_sent_with_its_type(world):
    world.answers = [ok()]

    body = world.fetcher().fetch(URL, post=b"\x30\x00", content_type="application/ocsp-request")

    assert body == b"body"
    assert world.requests[0].startswith(b"POST /1.crl HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/ocsp-request\r\n" in world.requests[0]
    assert world.requests[0].endswith(b"\r\n\r\n\x30\x00")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nbody",
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(),
        ok(b"body", b"Content-Encoding: identity"),
    ],
)
def test_a_body_in_any_plain_form_is_fetched(world, answer):
    world.answers = [answer]

    assert world.fetcher().fetch(URL) == b"body"


def test_redirects_are_followed_three_times_each_resolved_and_dialled_anew(world):
    world.names = {"b.example": [["8.8.8.8"]], "c.example": [["2606:4700::1111"]]}
    world.answers = [redirect("http://b.example/x", 301), redirect("y", 307), redirect("//c.example:443/z", 308), ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert world.dialled == [(PUBLIC, 80), ("8.8.8.8", 80), ("8.8.8.8", 80), ("2606:4700::1111", 443)]
    assert [r.split(b"\r\n")[1] for r in world.requests][-1] == b"Host: c.example:443"


def test_an_address_as_host_is_not_looked_up(world):
    world.answers = [ok(), ok()]

    assert world.fetcher().fetch("http://9.9.9.9/") == world.fetcher().fetch("http://[2606:4700::1111]/") == b"body"
    assert (world.look_ups, world.dialled) == ([], [("9.9.9.9", 80), ("2606:4700::1111", 80)])


def test_a_private_address_is_reached_only_if_it_is_allowed_by_name(world):
    world.names = {"crl.example": [["10.1.2.3"]]}
    world.answers = [ok()]

    assert world.fetcher(allowed=[ip_network("10.1.0.0/16")]).fetch(URL) == b"body"
    with fails(FetchFailure.FORBIDDEN_ADDRESS):
        world.fetcher(allowed=[ip_network("10.2.0.0/16"), ip_network("fc00::/7")]).fetch(URL)
    assert world.dialled == [("10.1.2.3", 80)]


def test_the_second_address_is_tried_where_the_first_refuses(world):
    world.names = {"crl.example": [["9.9.9.9", "8.8.8.8"]]}
    world.answers = [ok()]
    tried = []

    def connect(address, port, seconds):
        tried.append(address)
        if address == "9.9.9.9":
            raise ConnectionRefusedError(111, "Connection refused")
        return world.connect(address, port, seconds)

    assert Fetcher(resolver=Resolver(system=world.resolve), connect=connect).fetch(URL) == b"body"
    assert tried == ["9.9.9.9", "8.8.8.8"]


def test_the_environment_s_proxy_is_not_used(world, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert world.dialled == [(PUBLIC, 80)]


# --- look-ups and connections ---


def test_a_name_without_an_address_is_not_resolved(world):
    world.names = {"crl.example": [[]]}

    with fails(FetchFailure.NAME_NOT_RESOLVED, "crl.example has no address"):
        world.fetcher().fetch(URL)


def test_a_name_that_does_not_exist_is_not_resolved():
    def resolve(_host, _port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with fails(FetchFailure.NAME_NOT_RESOLVED, "Name or service not known"):
        Fetcher(resolver=Resolver(system=resolve)).fetch(URL)


def test_a_look_up_that_hangs_ends_with_the_deadline():
    release = threading.Event()

    with fails(FetchFailure.TIMED_OUT, "was not resolved in time"):
        Fetcher(resolver=Resolver(system=lambda _h, _p: release.wait(5)), timeout=0.05).fetch(URL)
    release.set()


def test_a_refused_connection_is_unreachable():
    def connect(_address, _port, _seconds):
        raise ConnectionRefusedError(111, "Connection refused")

    with fails(FetchFailure.UNREACHABLE, "crl.example cannot be reached at 9.9.9.9: Connection refused"):
        Fetcher(resolver=resolving(PUBLIC), connect=connect).fetch(URL)


def test_a_connection_that_is_never_accepted_ends_with_the_deadline():
    def connect(_address, _port, seconds):
        assert seconds <= 0.05
        raise TimeoutError

    with fails(FetchFailure.TIMED_OUT):
        Fetcher(resolver=resolving(PUBLIC), connect=connect, timeout=0.05).fetch(URL)


# --- servers ---


def dribble(first, piece, pause=0.0):
    """A server that says `first` and then `piece` for ever."""

    def serve(connection):
        request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return serve


def silent(connection):
    """A server that hears all and says nothing until the client hangs up."""
    while connection.recv(4096):
        pass


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "server",
    [
        dribble(HEAD + b"\r\n", b"x", 0.01),
        dribble(HEAD + b"Content-Length: 1000\r\n\r\n", b"x", 0.01),
        dribble(HEAD, b"X", 0.01),
        dribble(b"", b"H", 0.01),
        dribble(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.01),
        silent,
    ],
)
def test_a_slow_or_silent_server_ends_with_the_deadline(world, server):
    world.answers = [server]
    started = time.monotonic()

    with fails(FetchFailure.TIMED_OUT, "crl.example did not answer in time"):
        world.fetcher(timeout=0.5).fetch(URL)
    assert time.monotonic() - started < 2.5


def test_a_slow_redirect_does_not_get_a_new_deadline(world):
    world.answers = [lambda c: (request(c), time.sleep(1.5), c.sendall(redirect("/"))), silent]
    started = time.monotonic()

    with fails(FetchFailure.TIMED_OUT):
        world.fetcher(timeout=2.5).fetch(URL)
    assert time.monotonic() - started < 1.5 + 2.5
    assert len(world.dialled) == 2


@pytest.mark.parametrize(
    "server",
    [
        dribble(HEAD + b"\r\n", b"x" * 65536),
        dribble(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"8\r\nxxxxxxxx\r\n" * 1000),
        dribble(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"y" * 60_000 + b"\r\nx\r\n"),
        dribble(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        dribble(b"HTTP/1.1 200 OK\r\nContent-Length: 314572800\r\n\r\n", b"x" * 65536),
        ok(b"x" * 100_001),
    ],
)
def test_a_server_that_sends_too_much_is_cut_off(world, server):
    world.answers = [server]

    with fails(FetchFailure.TOO_LARGE):
        world.fetcher().fetch(URL)


def test_a_body_of_exactly_the_limit_is_fetched(world):
    world.answers = [ok(b"x" * 100_000)]

    assert len(world.fetcher().fetch(URL)) == 100_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x", "identity, gzip"])
def test_a_compressed_body_is_refused_and_never_unpacked(world, encoding):
    world.answers = [ok(gzip.compress(b"\x00" * 10_000_000), f"Content-Encoding: {encoding}".encode())]

    with fails(FetchFailure.ENCODED, "crl.example answered with the content encoding"):
        world.fetcher().fetch(URL)


@pytest.mark.parametrize("status", [204, 206, 300, 304, 401, 404, 500])
def test_any_other_status_is_no_answer(world, status):
    world.answers = [b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status]

    with fails(FetchFailure.STATUS, f"crl.example answered with status {status}"):
        world.fetcher().fetch(URL)


def test_what_a_redirect_carries_is_neither_unpacked_nor_read(world):
    bomb = gzip.compress(b"\x00" * 10_000_000)
    head = f"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Encoding: gzip\r\nContent-Length: {10**9}\r\n\r\n".encode()
    world.answers = [head + bomb, ok()]

    assert world.fetcher().fetch(URL) == b"body"


def test_a_redirect_to_nowhere_is_no_answer(world):
    world.answers = [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"]

    with fails(FetchFailure.STATUS, "crl.example answered with status 302"):
        world.fetcher().fetch(URL)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-server\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        HEAD + b"A: b\r\n" * 200 + b"\r\n",
        HEAD + b"A: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_whole_http_answer_is_refused(world, answer):
    world.answers = [answer]

    with fails(FetchFailure.NOT_HTTP):
        world.fetcher().fetch(URL)


@pytest.mark.parametrize(
    "server",
    [
        request,
        lambda connection: None,
        lambda connection: (request(connection), reset(connection)),
        lambda connection: (request(connection), connection.sendall(HEAD), reset(connection)),
    ],
)
def test_a_server_that_hangs_up_is_unreachable_and_not_asked_again(world, server):
    world.answers = [server]

    with fails(FetchFailure.UNREACHABLE, "^the connection to crl.example broke"):
        world.fetcher().fetch(URL)
    assert len(world.dialled) == 1


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_no_text_of_a_library_reaches_people(world):
    world.answers = [b"SSH-2.0-server\r\n"]

    with fails(FetchFailure.NOT_HTTP, "^crl.example did not answer in HTTP$"):
        world.fetcher().fetch(URL)


def test_hostile_headers_are_written_nowhere(world, capfd):
    world.answers = [b"HTTP/1.1 200 OK\r\nA\x1b[31m : b\r\nno colon\r\nContent-Length: 4\r\n\r\nbody"]

    with suppress(FetchError):
        world.fetcher().fetch(URL)
    assert capfd.readouterr() == ("", "")


# --- https ---


def test_https_is_verified_and_a_stranger_s_certificate_refused(world, tmp_path):
    credential = issue("crl.example", sans=["crl.example"])
    (tmp_path / "key.pem").write_bytes(credential.key_pem)
    (tmp_path / "cert.pem").write_text(ssl.DER_cert_to_PEM_cert(credential.der))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    world.answers = [lambda connection: context.wrap_socket(connection, server_side=True).close()]

    with fails(FetchFailure.TLS_FAILED, "^no TLS connection to crl.example: its certificate is not trusted$"):
        world.fetcher().fetch("https://crl.example/")
    assert world.dialled == [(PUBLIC, 443)]


def test_plain_http_behind_an_https_url_is_no_tls(world):
    world.answers = [lambda connection: (connection.recv(1024), connection.sendall(ok()))]

    with fails(FetchFailure.TLS_FAILED):
        world.fetcher().fetch("https://crl.example/")


def test_a_silent_server_behind_an_https_url_ends_with_the_deadline(world):
    world.answers = [silent]

    with fails(FetchFailure.TIMED_OUT):
        world.fetcher(timeout=0.1).fetch("https://crl.example/")
