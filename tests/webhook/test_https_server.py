"""The server answers every request, and no request costs it more than its share."""

import asyncio
import json
import socket
import ssl
import threading

import pytest
import requests

from certgate.lab.pki import issue, pem
from certgate.webhook import https_server
from certgate.webhook.admitting import Admitting
from certgate.webhook.https_server import MAX_BODY, WebhookServer, answer_seconds
from certgate.webhook.judgement import Answering
from certgate.webhook.webhook_metrics import Metrics
from tests.webhook.conftest import HerePool, review, secret

CA = issue("Serving CA", ca=True, days=36500)
HOST = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)
NEXT = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)


def context_of(credential, folder):
    (folder / "server.pem").write_bytes(pem(credential) + credential.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


class Running:
    """A server in a thread, and a session with it."""

    def __init__(self, judge, folder):
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.is_ready = True
        self.metrics = Metrics()
        (folder / "ca.pem").write_bytes(pem(CA))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()
        self.url = f"https://127.0.0.1:{self.address[1]}"
        self.do(self._start(judge))
        self.session = self.client()

    async def _start(self, judge):
        self.admitting = Admitting(pool=HerePool(judge), answering=Answering(), metrics=self.metrics)
        self.server = WebhookServer(
            self.admitting,
            is_ready=lambda: self.is_ready,
            metrics=lambda: self.metrics.text(under_way=0, not_after=None),
        )
        self.server.serve([self.socket], context_of(HOST, self.folder))

    def client(self):
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.folder / "ca.pem")
        return session

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def post(self, body, path="/validate?timeout=5s", **more):
        data = json.dumps(body) if isinstance(body, dict) else body
        return self.session.post(self.url + path, data=data, timeout=20, **more)

    def get(self, path):
        return self.session.get(self.url + path, timeout=20)

    def connect(self):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        return context.wrap_socket(socket.create_connection(self.address, timeout=20), server_hostname="127.0.0.1")

    def close(self):
        self.session.close()
        self.do(self.server.close(5))
        self.admitting.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def running(judge, tmp_path_factory):
    one = Running(judge, tmp_path_factory.mktemp("server"))
    yield one
    one.close()


def test_a_review_is_answered_as_json(running):
    answer = running.post(review(secret()))

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["response"] == {"uid": "u-1", "allowed": True}


def test_health_readiness_and_metrics(running):
    assert (running.get("/healthz").status_code, running.get("/healthz").text) == (200, "ok\n")
    assert running.get("/readyz").status_code == 200
    running.is_ready = False
    assert (running.get("/readyz").status_code, running.get("/healthz").status_code) == (503, 200)
    running.is_ready = True
    metrics = running.get("/metrics")
    assert metrics.headers["Content-Type"].startswith("application/openmetrics-text")
    assert metrics.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/validate/more", 404),
        ("GET", "/validate", 405),
        ("POST", "/healthz", 405),
        ("PUT", "/validate", 405),
    ],
)
def test_other_paths_and_methods_are_refused(running, method, path, status):
    assert running.session.request(method, running.url + path, timeout=20).status_code == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\x00" * 100, b"[" * 100_000, b'{"request": 1}'])
def test_what_is_no_review_is_a_bad_request(running, body):
    answer = running.post(body)

    assert answer.status_code == 400
    assert answer.text.startswith("the body ")


def test_a_body_that_is_too_large_is_refused_whether_it_is_announced_or_not(running):
    def chunks():
        for _ in range(5):
            yield b"x" * (1024 * 1024)

    before = running.metrics.refused["413"]
    for body in (b"x" * (MAX_BODY + 1), chunks()):
        answer = running.post(body)
        assert (answer.status_code, answer.text) == (413, "the body is larger than 3 MiB, the limit\n")
        assert answer.headers["Connection"] == "close"
    assert running.post(b"x" * MAX_BODY).status_code == 400
    assert running.server.held == 0
    assert running.metrics.refused["413"] - before == 2


def test_a_body_without_end_is_refused_before_it_is_sent(running):
    with running.connect() as client:
        client.sendall(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 4")
    assert running.get("/healthz").status_code == 200


def test_all_bodies_together_are_bounded(running, monkeypatch):
    monkeypatch.setattr(https_server, "_MAX_HELD", 1_000)

    assert running.post(b"x" * 2_000).status_code == 503
    assert running.server.held == 0


def test_a_client_that_leaves_in_the_middle_leaves_nothing(running):
    with running.connect() as client:
        client.sendall(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        while not running.server.held:
            running.get("/healthz")
    while running.server.held:
        running.get("/healthz")


def test_rubbish_and_plain_http_cost_their_connection_alone(running):
    for hello in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01", bytes(100)):
        with socket.create_connection(running.address, timeout=20) as client:
            client.sendall(hello)
    with running.connect() as client:
        client.sendall(b"NONSENSE\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert running.get("/healthz").status_code == 200


def test_connections_are_bounded(running, monkeypatch):
    assert running.get("/healthz").status_code == 200
    monkeypatch.setattr(https_server, "_MAX_CONNECTIONS", 0)
    with running.client() as other, pytest.raises(requests.ConnectionError):
        other.get(running.url + "/healthz", timeout=20)
    assert running.get("/healthz").status_code == 200


def test_a_bug_is_an_answer_without_details(running, monkeypatch, capfd):
    async def broken(*_):
        raise RuntimeError("s3cr3t")

    monkeypatch.setattr(running.admitting, "answer", broken)
    answer = running.post(review(secret()))

    assert answer.status_code == 500
    assert "a bug in certgate: RuntimeError" in answer.text
    assert "s3cr3t" not in answer.text + capfd.readouterr().err


def test_further_connections_get_the_next_certificate(running):
    def served():
        with running.connect() as client:
            return client.getpeercert(binary_form=True)

    async def use():
        running.server.use(context_of(NEXT, running.folder))

    assert served() == HOST.der
    running.do(use())
    assert served() == NEXT.der
    assert running.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("timeout=10s", 9.0),
        ("timeout=1s", 0.9),
        ("timeout=1m", 27.0),
        ("timeout=-3s", 0.09),
        ("timeout=1ms", 0.09),
        ("timeout=rubbish", 9.0),
        ("", 9.0),
        ("timeout=5s&timeout=1s", 4.5),
    ],
)
def test_the_answer_comes_before_the_api_server_gives_up(query, seconds):
    assert answer_seconds(query) == pytest.approx(seconds)


def test_at_the_end_what_is_under_way_is_answered(judge, tmp_path, monkeypatch):
    one = Running(judge, tmp_path)
    begun, answer = threading.Event(), one.admitting.answer

    async def at_the_end(*arguments):
        begun.set()
        while not one.server.is_ending:  # noqa: ASYNC110 (the server tells of it by no event)
            await asyncio.sleep(0.01)
        return await answer(*arguments)

    monkeypatch.setattr(one.admitting, "answer", at_the_end)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(one.post(review(secret()))))
    asking.start()
    assert begun.wait(20)
    one.close()
    asking.join()

    assert answers[0].json()["response"]["allowed"]
    assert answers[0].headers["Connection"] == "close"
