"""The guarded fetcher against hostile names, addresses, URLs and servers: none gets through, each gives its reason."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from ipaddress import ip_network

import pytest

from certgate.lab.pki import issue
from certgate.observe.fetch import Fetcher
from certgate.observe.fetch_errors import FetchError, FetchFailure

PUBLIC = "9.9.9.9"
URL = "http://crl.example/1.crl"


def ok(body=b"body", *headers):
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


def redirect(to, status=302):
    return f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")


class World:
    """A resolver and a server under the test's control, and what was asked of them."""

    def __init__(self):
        self.names = {}
        self.answers = []
        self.look_ups = []
        self.dialled = []
        self.requests = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    def resolve(self, host, port):
        self.look_ups.append((host, port))
        found = self.names.get(host, [[PUBLIC]])
        return found.pop(0) if len(found) > 1 else found[0]

    def connect(self, address, port, seconds):
        self.dialled.append((address, port))
        threading.Thread(target=self._serve, daemon=True).start()
        return socket.create_connection(self._listener.getsockname(), seconds)

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(5)
            answer = self.answers.pop(0)
            try:
                if callable(answer):
                    answer(connection)
                else:
                    self.requests.append(request(connection))
                    connection.sendall(answer)
            except OSError:
                pass  # the fetcher hung up

    def fetcher(self, **options):
        return Fetcher(resolve=self.resolve, connect=self.connect, **{"timeout": 5.0, "max_bytes": 100_000} | options)

    def close(self):
        self._listener.close()


def request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    while received.startswith(b"POST") and received.endswith(b"\r\n\r\n"):
        received += connection.recv(4096)
    return received


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


@contextmanager
def fails(kind, text=None):
    with pytest.raises(FetchError, match=text) as caught:
        yield
    assert caught.value.kind is kind


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

    assert Fetcher(resolve=world.resolve, connect=connect).fetch(URL) == b"body"
    assert tried == ["9.9.9.9", "8.8.8.8"]


def test_the_environment_s_proxy_is_not_used(world, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert world.dialled == [(PUBLIC, 80)]


# --- addresses ---

SPECIAL = {
    "0.0.0.0/8": ["0.0.0.0", "0.255.255.255"],
    "10.0.0.0/8": ["10.0.0.0", "10.255.255.255"],
    "100.64.0.0/10": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "127.0.0.0/8": ["127.0.0.1", "127.255.255.255"],
    "169.254.0.0/16": ["169.254.169.254"],
    "172.16.0.0/12": ["172.16.0.0", "172.31.255.255"],
    "192.0.0.0/24": ["192.0.0.9", "192.0.0.170", "192.0.0.192"],
    "192.0.2.0/24": ["192.0.2.1"],
    "192.31.196.0/24": ["192.31.196.1"],
    "192.52.193.0/24": ["192.52.193.1"],
    "192.88.99.0/24": ["192.88.99.1"],
    "192.168.0.0/16": ["192.168.0.0", "192.168.255.255"],
    "192.175.48.0/24": ["192.175.48.1"],
    "198.18.0.0/15": ["198.18.0.0", "198.19.255.255"],
    "198.51.100.0/24": ["198.51.100.1"],
    "203.0.113.0/24": ["203.0.113.1"],
    "224.0.0.0/4": ["224.0.0.1", "239.255.255.255"],
    "240.0.0.0/4": ["240.0.0.1", "255.255.255.255"],
    "168.63.129.16/32": ["168.63.129.16"],
    "::1/128": ["::1"],
    "::/128": ["::"],
    "outside 2000::/3": ["::7f00:1", "fec0::1", "ff02::1", "4000::1", "1fff::1"],
    "::ffff:0:0/96": ["::ffff:127.0.0.1", "::ffff:9.9.9.9"],
    "64:ff9b::/96": ["64:ff9b::7f00:1", "64:ff9b::909:909"],
    "64:ff9b:1::/48": ["64:ff9b:1::a00:1"],
    "100::/64": ["100::1"],
    "2001::/23": ["2001::1", "2001:0:53aa:64c::1", "2001:20::1", "2001:1ff::1"],
    "2001:db8::/32": ["2001:db8::1"],
    "2002::/16": ["2002:7f00:1::1", "2002:a00:1::1"],
    "2620:4f:8000::/48": ["2620:4f:8000::1"],
    "3fff::/20": ["3fff::1"],
    "5f00::/16": ["5f00::1"],
    "fc00::/7": ["fd00:ec2::254", "fc00::1"],
    "fe80::/10": ["fe80::1", "fe80::1%eth0"],
}


@pytest.mark.parametrize(("block", "address"), [(b, a) for b, found in SPECIAL.items() for a in found])
def test_no_special_purpose_address_is_dialled(world, block, address):
    world.names = {"crl.example": [[address]], "both.example": [[PUBLIC, address]]}

    for url in (URL, "http://both.example/"):
        with fails(FetchFailure.FORBIDDEN_ADDRESS):
            world.fetcher().fetch(url)
    if "%" not in address:
        with fails(FetchFailure.FORBIDDEN_ADDRESS):
            world.fetcher().fetch(f"http://[{address}]/" if ":" in address else f"http://{address}/")

    assert world.dialled == []


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "11.0.0.0", "100.128.0.0", "172.32.0.0", "198.20.0.0", "223.255.255.255", "168.63.129.17",
                "2000::1", "2001:200::1", "2003::1", "2606:4700::1111", "3ffe::1"]
)  # fmt: skip
def test_an_ordinary_address_beside_a_special_one_is_dialled(world, address):
    world.names = {"crl.example": [[address]]}
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert world.dialled == [(address, 80)]


def test_the_message_names_host_address_and_block(world):
    world.names = {"crl.example": [["169.254.169.254"]]}

    with fails(
        FetchFailure.FORBIDDEN_ADDRESS,
        "^crl.example is at 169.254.169.254, in the special-purpose range 169.254.0.0/16: allow it with --allow-address if it is yours$",
    ):
        world.fetcher().fetch(URL)


def test_a_name_that_changes_its_address_between_look_up_and_connect_gains_nothing(world):
    world.names = {"crl.example": [[PUBLIC], ["127.0.0.1"]]}
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert (world.look_ups, world.dialled) == ([("crl.example", 80)], [(PUBLIC, 80)])


def test_a_name_that_changes_its_address_before_a_redirect_is_caught(world):
    world.names = {"crl.example": [[PUBLIC], ["127.0.0.1"]]}
    world.answers = [redirect("/again")]

    with fails(FetchFailure.FORBIDDEN_ADDRESS):
        world.fetcher().fetch(URL)
    assert world.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://127.0.0.1/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://inside.example/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://[::ffff:10.0.0.1]/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://crl.example:22/", FetchFailure.FORBIDDEN_PORT),
        ("file:///etc/passwd", FetchFailure.BAD_URL),
        ("ftp://crl.example/", FetchFailure.BAD_URL),
        ("http://user@crl.example/", FetchFailure.USER_INFO),
        ("http://[", FetchFailure.BAD_URL),
        ("http://crl.example/\xe9", FetchFailure.BAD_URL),
        ("/" + "a" * 3000, FetchFailure.BAD_URL),
    ],
)
def test_a_redirect_is_checked_as_the_first_url_is(world, location, kind):
    world.names = {"inside.example": [["192.168.1.1"]]}
    world.answers = [redirect(location)]

    with fails(kind):
        world.fetcher().fetch(URL)
    assert world.dialled == [(PUBLIC, 80)]


def test_a_fourth_redirect_is_one_too_many(world):
    world.answers = [redirect("/")] * 4

    with fails(FetchFailure.REDIRECTS, "more than 3 redirects"):
        world.fetcher().fetch(URL)
    assert len(world.dialled) == 4


def test_a_post_is_not_sent_elsewhere(world):
    world.answers = [redirect("http://b.example/", 307)]

    with fails(FetchFailure.REDIRECTS, "redirects a POST"):
        world.fetcher().fetch(URL, post=b"x", content_type="text/plain")
    assert world.dialled == [(PUBLIC, 80)]


# --- URLs ---


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("", FetchFailure.BAD_URL),
        ("crl.example/1.crl", FetchFailure.BAD_URL),
        ("ldap://crl.example/", FetchFailure.BAD_URL),
        ("gopher://crl.example/", FetchFailure.BAD_URL),
        ("file:///etc/passwd", FetchFailure.BAD_URL),
        ("http:///1.crl", FetchFailure.BAD_URL),
        ("http://", FetchFailure.BAD_URL),
        ("http://2130706433/", FetchFailure.BAD_URL),
        ("http://0177.0.0.1/", FetchFailure.BAD_URL),
        ("http://0x7f.0.0.1/", FetchFailure.BAD_URL),
        ("http://0x7f000001/", FetchFailure.BAD_URL),
        ("http://127.1/", FetchFailure.BAD_URL),
        ("http://127.0.0.1./", FetchFailure.BAD_URL),
        ("http://a.0x7f/", FetchFailure.BAD_URL),
        ("http://[127.0.0.1]/", FetchFailure.BAD_URL),
        ("http://[fe80::1%25eth0]/", FetchFailure.BAD_URL),
        ("http://crl.example:80:80/", FetchFailure.BAD_URL),
        ("http://crl.example:99999/", FetchFailure.BAD_URL),
        ("http://crl.example:x/", FetchFailure.BAD_URL),
        ("http://crl_.exa mple/", FetchFailure.BAD_URL),
        ("http://a..example/", FetchFailure.BAD_URL),
        ("http://-a.example/", FetchFailure.BAD_URL),
        ("http://%6c.example/", FetchFailure.BAD_URL),
        ("http://" + "a" * 64 + ".example/", FetchFailure.BAD_URL),
        ("http://" + "a." * 127 + "example/", FetchFailure.BAD_URL),
        ("http://b\u00fccher.example/", FetchFailure.BAD_URL),
        ("http://127\u30020.0.1/", FetchFailure.BAD_URL),
        ("http://crl.example/\r\nHost: inside.example", FetchFailure.BAD_URL),
        ("http://crl.example\r\n/", FetchFailure.BAD_URL),
        ("http://crl.example/\x00", FetchFailure.BAD_URL),
        ("http://crl.example/\t", FetchFailure.BAD_URL),
        (" http://crl.example/", FetchFailure.BAD_URL),
        ("http://crl.example\\@inside.example/", FetchFailure.BAD_URL),
        ("http://crl.example/" + "a" * 2048, FetchFailure.BAD_URL),
        ("http://user@crl.example/", FetchFailure.USER_INFO),
        ("http://user:word@crl.example/", FetchFailure.USER_INFO),
        ("http://crl.example:80@inside.example/", FetchFailure.USER_INFO),
        ("http://crl.example:8080/", FetchFailure.FORBIDDEN_PORT),
        ("http://crl.example:22/", FetchFailure.FORBIDDEN_PORT),
        ("http://crl.example:0/", FetchFailure.FORBIDDEN_PORT),
    ],
)
def test_a_url_of_any_other_form_is_refused_before_anything_is_looked_up(world, url, kind):
    with fails(kind):
        world.fetcher().fetch(url)
    assert (world.look_ups, world.dialled) == ([], [])


# --- look-ups and connections ---


def test_a_name_without_an_address_is_not_resolved(world):
    world.names = {"crl.example": [[]]}

    with fails(FetchFailure.NAME_NOT_RESOLVED, "crl.example has no address"):
        world.fetcher().fetch(URL)


def test_a_name_that_does_not_exist_is_not_resolved():
    def resolve(_host, _port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with fails(FetchFailure.NAME_NOT_RESOLVED, "Name or service not known"):
        Fetcher(resolve=resolve).fetch(URL)


def test_a_look_up_that_hangs_ends_with_the_deadline():
    release = threading.Event()

    with fails(FetchFailure.TIMED_OUT, "was not resolved in time"):
        Fetcher(resolve=lambda _h, _p: release.wait(5), timeout=0.05).fetch(URL)
    release.set()


def test_a_refused_connection_is_unreachable():
    def connect(_address, _port, _seconds):
        raise ConnectionRefusedError(111, "Connection refused")

    with fails(FetchFailure.UNREACHABLE, "crl.example cannot be reached at 9.9.9.9: Connection refused"):
        Fetcher(resolve=lambda _h, _p: [PUBLIC], connect=connect).fetch(URL)


def test_a_connection_that_is_never_accepted_ends_with_the_deadline():
    def connect(_address, _port, seconds):
        assert seconds <= 0.05
        raise TimeoutError

    with fails(FetchFailure.TIMED_OUT):
        Fetcher(resolve=lambda _h, _p: [PUBLIC], connect=connect, timeout=0.05).fetch(URL)


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


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "server",
    [
        dribble(HEAD + b"\r\n", b"x", 0.01),
        dribble(HEAD + b"Content-Length: 1000\r\n\r\n", b"x", 0.01),
        dribble(HEAD, b"X", 0.01),
        dribble(b"", b"H", 0.01),
        dribble(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.01),
        lambda connection: connection.recv(1) and time.sleep(1),
    ],
)
def test_a_slow_or_silent_server_ends_with_the_deadline(world, server):
    world.answers = [server]
    started = time.monotonic()

    with fails(FetchFailure.TIMED_OUT, "crl.example did not answer in time"):
        world.fetcher(timeout=0.2).fetch(URL)
    assert time.monotonic() - started < 1


def test_a_slow_redirect_does_not_get_a_new_deadline(world):
    world.answers = [lambda c: (request(c), time.sleep(0.2), c.sendall(redirect("/")))] * 4

    with fails(FetchFailure.TIMED_OUT):
        world.fetcher(timeout=0.3).fetch(URL)
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


def test_a_server_that_hangs_up_is_unreachable(world):
    world.answers = [request]

    with fails(FetchFailure.UNREACHABLE, "the connection to crl.example broke"):
        world.fetcher().fetch(URL)


# --- https ---


def test_https_is_verified_and_a_stranger_s_certificate_refused(world, tmp_path):
    credential = issue("crl.example", sans=["crl.example"])
    (tmp_path / "key.pem").write_bytes(credential.key_pem)
    (tmp_path / "cert.pem").write_text(ssl.DER_cert_to_PEM_cert(credential.der))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    world.answers = [lambda connection: context.wrap_socket(connection, server_side=True).close()]

    with fails(FetchFailure.TLS_FAILED, "no TLS connection to crl.example: CERTIFICATE_VERIFY_FAILED"):
        world.fetcher().fetch("https://crl.example/")
    assert world.dialled == [(PUBLIC, 443)]


def test_plain_http_behind_an_https_url_is_no_tls(world):
    world.answers = [lambda connection: (connection.recv(1024), connection.sendall(ok()))]

    with fails(FetchFailure.TLS_FAILED):
        world.fetcher().fetch("https://crl.example/")


def test_a_silent_server_behind_an_https_url_ends_with_the_deadline(world):
    world.answers = [lambda connection: time.sleep(0.5)]

    with fails(FetchFailure.TIMED_OUT):
        world.fetcher(timeout=0.1).fetch("https://crl.example/")
