"""Real SPIRE on loopback: trust domains, each with a server and an agent, and what tests do with them."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from certgate.lab.pki import issue, pem
from tests.integration.build import built
from tests.integration.process import Process
from tests.ports import free_port

SYNC = "1s"
"""How often agents ask for new entries (usually every 5 seconds)."""


@dataclass
class TrustDomain:
    """A running server with one agent. Every process of the user who runs the tests is a workload, if registered."""

    name: str
    home: Path
    endpoint: str
    """The URL of its bundle endpoint."""
    endpoint_profile: str
    """`https_spiffe` or `https_web`."""
    processes: list[Process] = field(default_factory=list)
    agent_id: str = ""

    @property
    def id(self) -> str:
        """The SPIFFE ID of the trust domain."""
        return f"spiffe://{self.name}"

    @property
    def socket(self) -> Path:
        """The socket of the Workload API."""
        return self.home / "workload.sock"

    @property
    def workload_api(self) -> str:
        """The Workload API as SPIFFE_ENDPOINT_SOCKET has it."""
        return f"unix://{self.socket}"

    @property
    def web_root(self) -> Path:
        """The CA of the bundle endpoint's certificate, in PEM; only with the profile https_web."""
        return self.home / "web-root.pem"

    def server(self, *words: str) -> str:
        """What `spire-server` says to a command; a failure fails the test."""
        command = [built("spire") / "spire-server", *words, "-socketPath", self.home / "server.sock"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"spire-server {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def bundle(self, form: str = "spiffe") -> str:
        """The bundle as the server has it now: `spiffe` or `pem`."""
        return self.server("bundle", "show", "-format", form)

    def trust(self, other: "TrustDomain") -> None:
        """Give the server the present bundle of another trust domain. It does not look for newer ones."""
        file = self.home / f"{other.name}.json"
        file.write_text(other.bundle())
        self.server("bundle", "set", "-format", "spiffe", "-id", other.id, "-path", str(file))

    def federate(self, other: "TrustDomain") -> None:
        """Let the server fetch the bundle of another trust domain, with profile https_spiffe, from its endpoint."""
        file = self.home / f"{other.name}.json"
        file.write_text(other.bundle())
        words = ["-trustDomain", other.name, "-bundleEndpointURL", other.endpoint]
        words += ["-bundleEndpointProfile", "https_spiffe", "-endpointSpiffeID", f"{other.id}/spire/server"]
        words += ["-trustDomainBundleFormat", "spiffe", "-trustDomainBundlePath", str(file)]
        self.server("federation", "create", *words)

    def register(self, path: str, *options: str, selector: str = "unix:uid:0") -> str:
        """Make an entry for workloads; the agent knows it a moment later. The answer is its id."""
        words = ["-parentID", self.agent_id, "-spiffeID", f"{self.id}{path}", "-selector", selector]
        said = self.server("entry", "create", *words, *options)
        found = re.search(r"^Entry ID\s*: (\S+)", said, re.MULTILINE)
        assert found, said
        return found[1]

    def remove(self, entry: str) -> None:
        """Remove an entry; the agent knows that a moment later."""
        self.server("entry", "delete", "-entryID", entry)

    @contextmanager
    def registered(self, path: str, *options: str, selector: str = "unix:uid:0") -> Iterator[str]:
        """An entry for a while; the agent gives its SVID on entry, and gives it no more on exit."""
        entry = self.register(path, *options, selector=selector)
        try:
            self.wait_for(lambda ids: f"{self.id}{path}" in ids)
            yield entry
        finally:
            self.remove(entry)
            self.wait_for(lambda ids: f"{self.id}{path}" not in ids)

    def ids(self) -> list[str]:
        """The SPIFFE IDs of the SVIDs that the agent gives to this process."""
        command = [built("spire") / "spire-agent", "api", "fetch", "x509", "-socketPath", self.socket]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return re.findall(r"^SPIFFE ID:\s*(\S+)", done.stdout, re.MULTILINE)

    def wait_for(self, condition: Any, seconds: float = 30) -> None:
        """Wait until a condition holds for the SPIFFE IDs that the agent gives."""
        until = time.monotonic() + seconds
        while not condition(self.ids()):
            assert time.monotonic() < until, f"{self.name}: the agent gives {self.ids()}"
            time.sleep(0.1)


class RunningSpire:
    """Starts trust domains below one folder, and ends them on exit."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="certgate-spire-"))
        self._running: list[TrustDomain] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for domain in self._running:
            for process in reversed(domain.processes):
                process.end()
        shutil.rmtree(self._home, ignore_errors=True)

    def start(
        self,
        name: str,
        *,
        profile: str = "https_spiffe",
        server: dict[str, Any] | None = None,
        agent: dict[str, Any] | None = None,
    ) -> TrustDomain:
        """A new trust domain; `server` and `agent` are added to the configuration of each."""
        home = self._home / name
        home.mkdir()
        port, endpoint = free_port(), free_port()
        domain = TrustDomain(name, home, f"https://127.0.0.1:{endpoint}", profile)
        self._running.append(domain)
        listening = {"address": "127.0.0.1", "port": endpoint, "refresh_hint": "1m", "profile": _profile(domain)}
        _run(
            domain,
            "spire-server",
            {
                "server": {
                    "bind_address": "127.0.0.1",
                    "bind_port": str(port),
                    "socket_path": str(home / "server.sock"),
                    "trust_domain": name,
                    "data_dir": str(home / "server"),
                    "log_level": "WARN",
                    "federation": {"bundle_endpoint": listening},
                    **(server or {}),
                },
                "plugins": {
                    "DataStore": _plugin("sql", database_type="sqlite3", connection_string=str(home / "store.sqlite3")),
                    "NodeAttestor": _plugin("join_token"),
                    "KeyManager": _plugin("memory"),
                },
            },
        )
        _wait(domain, "spire-server", "healthcheck", "-socketPath", home / "server.sock")
        token = domain.server("token", "generate").split()[1]
        domain.agent_id = f"{domain.id}/spire/agent/join_token/{token}"
        _run(
            domain,
            "spire-agent",
            {
                "agent": {
                    "data_dir": str(home / "agent"),
                    "log_level": "WARN",
                    "server_address": "127.0.0.1",
                    "server_port": str(port),
                    "socket_path": str(domain.socket),
                    "trust_domain": name,
                    "insecure_bootstrap": True,
                    "join_token": token,
                    "experimental": {"sync_interval": SYNC},
                    **(agent or {}),
                },
                "plugins": {
                    "NodeAttestor": _plugin("join_token"),
                    "KeyManager": _plugin("memory"),
                    "WorkloadAttestor": _plugin("unix"),
                },
            },
        )
        _wait(domain, "spire-agent", "healthcheck", "-socketPath", domain.socket)
        return domain


def _plugin(name: str, **data: str) -> dict[str, Any]:
    return {name: {"plugin_data": data}}


def _profile(domain: TrustDomain) -> dict[str, Any]:
    """The profile of the bundle endpoint; for https_web with a certificate of a CA of its own."""
    if domain.endpoint_profile == "https_spiffe":
        return {"https_spiffe": {}}
    since = datetime.now(UTC) - timedelta(hours=1)
    root = issue("Web root", ca=True, not_before=since, days=2)
    web = issue("127.0.0.1", issuer=root, sans=["127.0.0.1"], not_before=since, days=2)
    domain.web_root.write_bytes(pem(root))
    cert, key = domain.home / "web.pem", domain.home / "web.key"
    cert.write_bytes(pem(web))
    key.write_bytes(web.key_pem)
    files = {"cert_file_path": str(cert), "key_file_path": str(key), "file_sync_interval": "1h"}
    return {"https_web": {"serving_cert_file": files}}


def _run(domain: TrustDomain, program: str, config: dict[str, Any]) -> None:
    file = domain.home / f"{program}.json"
    file.write_text(json.dumps(config))
    command = [built("spire") / program, "run", "-config", file]
    domain.processes.append(Process(command, domain.home / f"{program}.log"))


def _wait(domain: TrustDomain, program: str, *words: Any) -> None:
    until = time.monotonic() + 60
    while subprocess.run([built("spire") / program, *words], capture_output=True, check=False).returncode != 0:
        domain.processes[-1].require_running()
        assert time.monotonic() < until, f"{domain.name}: {program} did not become ready"
        time.sleep(0.1)
