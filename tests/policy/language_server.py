"""A client of the YAML language server, as editors are (Language Server Protocol 3.17)."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / ".ci/yaml/node_modules/.bin/yaml-language-server"


class Editor:
    """An editor with one open document."""

    def __init__(self, process, path):
        self._process = process
        self._document = {"uri": path.as_uri()}
        self._asked = 0
        self._told = []
        self.ask("initialize", processId=None, rootUri=None, capabilities={})
        self._tell("initialized")
        self._tell(
            "textDocument/didOpen",
            textDocument={**self._document, "languageId": "yaml", "version": 1, "text": path.read_text()},
        )

    def ask(self, method, **parameters):
        """The result of a request."""
        self._asked += 1
        self._send(id=self._asked, method=method, params=parameters)
        while (answer := self._next()).get("id") != self._asked:
            self._told.append(answer)
        return answer["result"]

    def at(self, method, line, character):
        """The result of a request about a place in the document; both count from 0."""
        position = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", textDocument=self._document, position=position)

    def underlined(self):
        """The lines that the server finds fault with, each with what it says."""
        while not (found := [m for m in self._told if m.get("method") == "textDocument/publishDiagnostics"]):
            self._told.append(self._next())
        return {fault["range"]["start"]["line"]: fault["message"] for fault in found[-1]["params"]["diagnostics"]}

    def _tell(self, method, **parameters):
        self._send(method=method, params=parameters)

    def _send(self, **message):
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._process.stdin.flush()

    def _next(self):
        """The next message that is not a request of the server's; those get an empty answer."""
        while True:
            length = 0
            while header := self._process.stdout.readline().strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            message = json.loads(self._process.stdout.read(length))
            if "id" not in message or "method" not in message:
                return message
            self._send(id=message["id"], result=[{} for _ in message.get("params", {}).get("items", ())])


@contextmanager
def editing(path):
    """An editor that has the file open."""
    if not SERVER.exists():
        pytest.skip("the YAML language server is not installed: npm ci --prefix .ci/yaml --ignore-scripts")
    with subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Editor(process, path)
        finally:
            process.kill()
