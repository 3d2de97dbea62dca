"""A trust domain, and its bundle endpoint on loopback."""

import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from certgate.lab.pki import Credential, issue, pem

ROOT = issue("Root", ca=True, sans=["spiffe://corp.example"], days=36500)
CA = issue("CA", issuer=ROOT, ca=True, days=36500)
STRANGER = issue("Root", ca=True, sans=["spiffe://corp.example"], days=36500)
ID = "spiffe://corp.example/spire/server"
SVID = issue("", issuer=CA, sans=[ID], days=36500)


def bundle(*authorities: Credential, **members: object) -> bytes:
    keys = [{"kty": "EC", "use": "x509-svid", "x5c": [b64encode(one.der).decode()]} for one in authorities]
    return json.dumps({"keys": keys, "spiffe_sequence": 7, "spiffe_refresh_hint": 300} | members).encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(folder: Path, leaf: Credential, *issuers: Credential) -> Iterator[ThreadingHTTPServer]:
    file = folder / "endpoint.pem"
    file.write_bytes(b"".join(map(pem, (leaf, *issuers))) + leaf.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answer, server.paths, server.handle_error = (200, bundle(ROOT), {}), [], lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.url = f"https://127.0.0.1:{server.server_port}/bundle"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
