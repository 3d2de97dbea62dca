"""What a server is shown beside the request, and by whose word it is believed: never more, never elsewhere."""

import ssl
import threading

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.net.access import PUBLIC as PUBLIC_SERVER
from certgate.net.access import Access, access_to, token_of
from certgate.net.errors import FetchError, FetchFailure
from tests.net.fetch_world import PUBLIC, fails, ok, redirect, request

ROOT = issue("Root", ca=True, days=36500)
URL = "https://opa.example/v1"


def issued(name, **options):
    return issue(name, issuer=ROOT, **{"sans": [name], "days": 36500} | options)


@pytest.fixture
def files(tmp_path):
    """`files(name, *contents)` is the path of a PEM file."""

    def write(name, *contents):
        path = tmp_path / name
        path.write_bytes(b"".join(c if isinstance(c, bytes) else pem(c) for c in contents))
        return str(path)

    return write


@pytest.fixture
def https(files):
    """`https(credential, answer)` serves one answer within TLS; `seen` are the names and certificates of clients."""
    seen = []

    def serve(credential, answer, *, client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files("server.pem", credential, credential.key_pem))
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        context.sni_callback = lambda _socket, name, _context: seen.append(name)

        def talk(connection):
            with context.wrap_socket(connection, server_side=True) as wrapped:
                seen.append(wrapped.getpeercert(binary_form=True))
                seen.append(request(wrapped))
                wrapped.sendall(answer)

        return talk

    serve.seen = seen
    return serve


def test_a_server_is_verified_by_ones_own_ca_for_the_name_in_the_url_at_the_address_that_was_checked(
    world, https, files
):
    world.answers = [https(issued("opa.example"), ok())]
    access = Access(authorities=files("ca.pem", ROOT))

    assert world.fetcher(access=access).fetch(URL) == b"body"
    name, shown, asked = https.seen
    assert (world.dialled, name, shown) == ([(PUBLIC, 443)], "opa.example", None)
    assert b"\r\nHost: opa.example\r\n" in asked


def test_a_name_that_ends_in_a_dot_is_verified_without_it(world, https, files):
    world.answers = [https(issued("opa.example"), ok())]

    assert world.fetcher(access=Access(authorities=files("ca.pem", ROOT))).fetch("https://opa.example./") == b"body"
    assert https.seen[0] == "opa.example"


def test_an_address_is_verified_as_one(world, https, files):
    fetcher = world.fetcher(access=Access(authorities=files("ca.pem", ROOT)))
    world.answers = [https(issued("9.9.9.9"), ok()), https(issued("opa.example"), ok())]

    assert fetcher.fetch("https://9.9.9.9/") == b"body"
    with fails(FetchFailure.TLS_FAILED, "^no TLS connection to 9.9.9.9: its certificate is for another name$"):
        fetcher.fetch("https://9.9.9.9/")


@pytest.mark.parametrize(
    ("credential", "why"),
    [
        (issued("other.example"), "its certificate is for another name"),
        (issued("opa.example", days=1), "its certificate has expired"),
        (issue("opa.example", sans=["opa.example"], days=36500), "its certificate is not trusted"),
        (issued("opa.example", ekus=["1.3.6.1.5.5.7.3.2"]), "its certificate is not trusted"),
    ],
)
def test_a_server_that_is_not_whom_it_should_be_gets_nothing(world, https, files, credential, why):
    world.answers = [https(credential, ok())]
    access = Access(authorities=files("ca.pem", ROOT), headers={"Authorization": "Bearer secret"})

    with fails(FetchFailure.TLS_FAILED, f"^no TLS connection to opa.example: {why}$"):
        world.fetcher(access=access).fetch(URL)
    assert https.seen in ([], ["opa.example"])


def test_mozilla_s_cas_do_not_count_beside_ones_own_and_ones_own_do_not_count_for_others(world, https, files):
    world.answers = [https(issued("opa.example"), ok())]

    assert Access(authorities=files("ca.pem", ROOT)).tls_context().cert_store_stats()["x509_ca"] == 1
    with fails(FetchFailure.TLS_FAILED, "its certificate is not trusted"):
        world.fetcher().fetch(URL)


def test_a_client_certificate_is_shown_to_who_asks_for_it(world, https, files):
    client = issued("client.example", ekus=["1.3.6.1.5.5.7.3.2"])
    ca = files("ca.pem", ROOT)
    together = Access(authorities=ca, certificate=files("client.pem", client, client.key_pem))
    apart = Access(authorities=ca, certificate=files("c.pem", client), key=files("c.key", client.key_pem))
    for access in (together, apart):
        world.answers = [https(issued("opa.example"), ok(), client_ca=ca)]
        assert world.fetcher(access=access).fetch(URL) == b"body"
    assert [shown for shown in https.seen if shown == client.der] == [client.der] * 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"authorities": "nothing.pem"}, "nothing.pem: no CA certificates in PEM"),
        ({"authorities": "junk.pem"}, "junk.pem: no CA certificates in PEM"),
        ({"certificate": "nothing.pem"}, "nothing.pem: no client certificate in PEM with its own key, not encrypted"),
        ({"certificate": "junk.pem"}, "junk.pem: no client certificate in PEM with its own key, not encrypted"),
        ({"certificate": "leaf.pem", "key": "junk.pem"}, "leaf.pem: no client certificate in PEM with its own key"),
        ({"certificate": "leaf.pem", "key": "locked.pem"}, "leaf.pem: no client certificate in PEM with its own key"),
    ],
)
def test_files_that_do_not_serve_are_told_and_nothing_is_sent(world, files, names, message):
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    leaf = issued("client.example")
    files("junk.pem", b"junk")
    files("leaf.pem", leaf)
    locked = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    folder = files("locked.pem", locked).removesuffix("locked.pem")
    access = Access(**{word: folder + name for word, name in names.items()})

    with fails(FetchFailure.TLS_FAILED, message):
        world.fetcher(access=access).fetch(URL)
    assert world.dialled == []


def test_headers_go_to_the_origin_that_was_named_and_to_no_other(world):
    secret = Access(headers={"Authorization": "Bearer secret", "Host": "other.example", "connection": "keep-alive"})
    world.answers = [redirect("/b"), redirect("http://b.example/"), redirect("http://crl.example:443/"), ok()]

    assert world.fetcher(access=secret).fetch("http://crl.example/a") == b"body"
    assert [b"secret" in r for r in world.requests] == [True, True, False, False]
    assert world.requests[0].count(b"\r\nHost: crl.example\r\n") == world.requests[0].lower().count(b"host:") == 1
    assert b"\r\nConnection: close\r\n" in world.requests[0]


def test_secrets_are_in_no_representation():
    assert "secret" not in repr(Access(headers={"Authorization": "Bearer secret"}))


# --- the environment ---


def test_nothing_of_the_environment_is_obeyed(world, https, files, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine crl.example login user password secret\n")
    ca = files("ca.pem", ROOT)
    for name, value in {
        "NETRC": str(tmp_path / "netrc"),
        "HTTP_PROXY": "http://127.0.0.1:9/",
        "http_proxy": "http://127.0.0.1:9/",
        "https_proxy": "http://127.0.0.1:9/",
        "ALL_PROXY": "http://127.0.0.1:9/",
        "REQUESTS_CA_BUNDLE": ca,
        "CURL_CA_BUNDLE": ca,
        "SSL_CERT_FILE": ca,
        "SSLKEYLOGFILE": str(tmp_path / "keys.log"),
    }.items():
        monkeypatch.setenv(name, value)
    world.answers = [ok(), https(issued("opa.example"), ok())]

    assert world.fetcher().fetch("http://crl.example/") == b"body"
    with fails(FetchFailure.TLS_FAILED, "its certificate is not trusted"):
        world.fetcher().fetch(URL)
    assert b"Authorization" not in world.requests[0]
    assert world.dialled == [(PUBLIC, 80), (PUBLIC, 443)]
    assert not (tmp_path / "keys.log").exists()


def test_cookies_are_not_kept(world):
    fetcher = world.fetcher()
    cookie = b"Set-Cookie: a=secret; Path=/"
    world.answers = [redirect("/b").replace(b"Location", cookie + b"\r\nLocation"), ok(b"body", cookie), ok()]

    assert fetcher.fetch("http://crl.example/a") == fetcher.fetch("http://crl.example/a") == b"body"
    assert not any(b"Cookie" in r for r in world.requests)


# --- within TLS too ---


def test_bytes_and_time_are_bounded_within_tls(world, https, files):
    release = threading.Event()
    access = Access(authorities=files("ca.pem", ROOT))
    fetcher = world.fetcher(access=access)
    world.answers = [https(issued("opa.example"), ok(b"x" * 100_001))]
    with fails(FetchFailure.TOO_LARGE):
        fetcher.fetch(URL)

    talk = https(issued("opa.example"), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")
    world.answers = [lambda connection: (talk(connection), release.wait(5))]
    with fails(FetchFailure.NOT_HTTP, "closed the connection 4 bytes too early"):
        fetcher.fetch(URL)
    release.set()


# --- what a policy says of it ---


def test_the_words_of_a_policy_come_to_ca_client_certificate_and_token(files, monkeypatch):
    monkeypatch.setenv("OPA_TOKEN", " s3cret\n")
    words = {"ca": "ca.pem", "client_certificate": "c.pem", "client_key": "c.key"}
    expected = Access(
        authorities="ca.pem", certificate="c.pem", key="c.key", headers={"Authorization": "Bearer s3cret"}
    )
    assert access_to(ServerAccess(token_env="OPA_TOKEN", **words)) == expected
    assert access_to(ServerAccess(token_file=files("token", b"s3cret\n"), **words)) == expected
    assert access_to(ServerAccess(ca="ca.pem")) == Access(authorities="ca.pem")
    assert access_to(PUBLIC_ACCESS) is PUBLIC_SERVER


@pytest.mark.parametrize("text", ["", " \n", "two words", "a\r\nX-Other: b", "gr\u00fcn"])
def test_what_is_no_token_is_never_sent_and_never_shown(files, monkeypatch, text):
    monkeypatch.setenv("OPA_TOKEN", text)
    for server in (ServerAccess(token_env="OPA_TOKEN"), ServerAccess(token_file=files("token", text.encode()))):
        with pytest.raises(FetchError, match="holds no token: one word of printable ASCII") as caught:
            token_of(server)
        assert not text.strip() or text.strip() not in str(caught.value)


def test_a_token_file_has_a_largest_size(files):
    with pytest.raises(FetchError, match="is larger than 16 KiB"):
        token_of(ServerAccess(token_file=files("token", b"a" * 17_000)))
