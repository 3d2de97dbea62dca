"""Messages to notification services, which a server on loopback plays."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest

from certgate.net.notifications import Notifications

pytestmark = pytest.mark.skipif(find_spec("apprise") is None, reason="apprise is not installed")


@pytest.fixture
def service():
    """A service that takes messages at /yes, refuses them at /no and never answers at /never."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/never":
                over.wait()
            self.server.heard.append(json.loads(body))
            self.send_response(500 if self.path == "/no" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.heard = []
        server.url = f"json://user:secret@127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        over.set()
        server.shutdown()
        thread.join()


def send(urls, **limits):
    services = Notifications(urls)
    try:
        return services.unknown(), services.send("certgate: violated", "**Problems**\n`a`", **limits)
    finally:
        services.close()


def test_a_message_goes_to_every_service_and_what_does_not_arrive_is_numbered(service):
    urls = [f"{service.url}/yes", f"{service.url}/no", "nonsense", "x://y", "json://127.0.0.1:1/", f"{service.url}/yes"]
    assert send(urls) == ([3, 4], [2, 3, 4, 5])
    taken = [(one["title"], one["message"]) for one in service.heard]
    assert taken == [("certgate: violated", "**Problems**\n`a`")] * 3


def test_a_service_that_does_not_answer_does_not_hold_the_run(service):
    assert send([f"{service.url}/never"], seconds=1.0) == ([], [1])


def test_a_process_that_does_not_answer_is_no_mistake_in_a_url_and_sends_nothing(service):
    services = Notifications([f"{service.url}/yes"])
    try:
        services._process.kill()
        assert (services.unknown(), services.send("title", "body")) == ((), [1])
    finally:
        services.close()
    assert service.heard == []
