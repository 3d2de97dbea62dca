"""An API server that answers from memory, over TLS on loopback."""

import base64
import json
import ssl
import tempfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from certgate.lab.pki import issue, pem

API_CA = issue("API CA", ca=True, days=36500)
API_SERVER = issue("127.0.0.1", issuer=API_CA, sans=["127.0.0.1"], days=36500)
TOKEN = "the-token-of-the-tests"


class FakeApi:
    """Objects by path: `api/v1/secrets`. What is asked is kept in `asked`."""

    def __init__(self):
        self.objects = {
            "apis/networking.k8s.io/v1/ingresses": [],
            "api/v1/secrets": [],
            "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": [],
            "apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": [],
            "apis/apiextensions.k8s.io/v1/customresourcedefinitions": [],
            "apis/apiregistration.k8s.io/v1/apiservices": [],
        }
        self.refused = {}
        """Status by the beginning of the path, for a number of requests: (status, count)."""
        self.broken = {}
        """Raw bodies by the beginning of the path."""
        self.asked = []
        self.page = None
        """Objects of a page at most, whatever the client wants."""
        self.token = TOKEN

    def add(self, resource, *objects):
        self.objects.setdefault(resource, []).extend(objects)

    def answer(self, path, query, headers):
        self.asked.append(path + ("?" + "&".join(sorted(f"{k}={v[0]}" for k, v in query.items())) if query else ""))
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"message": "Unauthorized"}
        for begin, (status, count) in list(self.refused.items()):
            if self.asked[-1].startswith(begin) and count:
                self.refused[begin] = (status, count - 1)
                return status, {"message": f"no {path}"}
        for begin, body in self.broken.items():
            if self.asked[-1].startswith(begin):
                return 200, body
        namespace, name = "", ""
        parts = path.split("/")
        if "namespaces" in parts:
            at = parts.index("namespaces")
            namespace = parts[at + 1]
            del parts[at : at + 2]
        if "/".join(parts) not in self.objects and "/".join(parts[:-1]) in self.objects:
            name = parts.pop()
        found = self.objects.get("/".join(parts))
        if found is None:
            return 404, {"message": "the server could not find the requested resource"}
        found = [one for one in found if not namespace or one["metadata"].get("namespace") == namespace]
        if name:
            single = [one for one in found if one["metadata"]["name"] == name]
            return (200, single[0]) if single else (404, {"message": f"{name} not found"})
        return 200, self._listed(found, query)

    def _listed(self, found, query):
        for selector in query.get("fieldSelector", []):
            key, _, value = selector.partition("=")
            found = [one for one in found if one.get(key) == value]
        for selector in query.get("labelSelector", []):
            key, _, value = selector.partition("=")
            found = [one for one in found if one["metadata"].get("labels", {}).get(key) == value]
        start = int(query.get("continue", ["0"])[0])
        limit = min(int(query["limit"][0]), self.page or 1000)
        more = {"continue": str(start + limit)} if start + limit < len(found) else {}
        return {"kind": "List", "metadata": more, "items": found[start : start + limit]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        status, value = self.server.api.answer(parts.path.strip("/"), parse_qs(parts.query), self.headers)
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(api, server=API_SERVER):
    """Serve the API; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(pem(server) + server.key_pem)
        context.load_cert_chain(file)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.daemon_threads = True
    listening.api = api
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def kubeconfig(url, *, ca=API_CA, token=TOKEN, namespace="shop", user=None, **cluster):
    """The text of a kubeconfig."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [
                {
                    "name": "c",
                    "cluster": {
                        "server": url,
                        **({"certificate-authority-data": base64.b64encode(pem(ca)).decode()} if ca else {}),
                        **cluster,
                    },
                }
            ],
            "users": [{"name": "u", "user": {"token": token} if user is None else user}],
            "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u", "namespace": namespace}}],
        }
    )
