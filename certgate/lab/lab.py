"""The lab as a whole: starts servers for scenarios, and tells where they are and how to scan them."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from types import TracebackType
from typing import Any, NamedTuple, Self

from certgate.lab.chain import issue_public, make_chain, make_client, make_root
from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import chosen
from certgate.lab.server import LOOPBACK, Servers
from certgate.lab.service import Service, tls_context
from certgate.system import leftovers

__all__ = ["SCENARIO_LABEL", "TIMEOUT_SECONDS", "Lab", "LabEndpoint"]

SCENARIO_LABEL = "scenario"
"""The label by which a target of the lab's configuration names its scenario."""
TIMEOUT_SECONDS = 8
"""The time limit for one target in the lab's configuration: on loopback only the silent servers exceed it."""


class LabEndpoint(NamedTuple):
    """The address at which a scenario is served."""

    scenario: Scenario
    host: str
    port: int
    port_behind: int | None = None
    """The port of the origin behind it; None for none."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


class Lab:
    """Serves scenarios on loopback while entered; all its files are in a temporary folder that is removed on exit."""

    folder: Path
    """Contains certgate.yaml, `NAME-root.pem` for each trusted root, `SCENARIO.pem` for each chain as sent (and
    `SCENARIO-second.pem` for a second one, `SCENARIO-origin.pem` for that of its origin), `SCENARIO.KIND.client.pem`
    for each client, and `SCENARIO.yaml` for each scenario with a policy of its own."""
    endpoints: tuple[LabEndpoint, ...]

    def __init__(self, scenarios: Iterable[Scenario] | None = None) -> None:
        """Use these scenarios, or all that can be evaluated here."""
        self._scenarios = tuple(chosen() if scenarios is None else scenarios)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = stack.enter_context(_temporary_folder())
            behind = [scenario.origin for scenario in self._scenarios if scenario.origin]
            services = [self._service(scenario, f"{scenario.name}.pem") for scenario in self._scenarios]
            services += [self._service(origin, f"{origin.name}-origin.pem") for origin in behind]
            servers = stack.enter_context(Servers(services))
            ports, ports_behind = servers.ports[: len(self._scenarios)], iter(servers.ports[len(self._scenarios) :])
            self.endpoints = tuple(
                LabEndpoint(scenario, LOOPBACK, port, next(ports_behind) if scenario.origin else None)
                for scenario, port in zip(self._scenarios, ports, strict=True)
            )
            for root in {scenario.trust for scenario in self._scenarios if not scenario.anchor}:
                self._write_root(root, make_root(root))
            for scenario in self._scenarios:
                if scenario.adds:
                    (self.folder / f"{scenario.name}.yaml").write_text(_policy(scenario), encoding="utf-8")
            self.config_file.write_text(self.config(), encoding="utf-8")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def config_file(self) -> Path:
        """The configuration that scans the whole lab."""
        return self.folder / "certgate.yaml"

    def scan_command(self) -> str:
        """The command line that scans the whole lab, at its clock."""
        return f"certgate scan --config {self.config_file} --at {CLOCK:%Y-%m-%dT%H:%M:%SZ}"

    def config(self) -> str:
        """The text of `config_file`; paths in it are relative to the lab's folder."""
        first = self._scenarios[0]
        lines = [
            f"policy: {first.policy}",
            f"trust: [{self._root_file(first.trust).name}]",
            "fail_on: error",
            f"timeout: {TIMEOUT_SECONDS}",
            "targets:",
        ]
        for endpoint in self.endpoints:
            lines += self._target(endpoint, first)
        return "\n".join(lines) + "\n"

    def _target(self, endpoint: LabEndpoint, defaults: Scenario) -> list[str]:
        scenario = endpoint.scenario
        words = list(_endpoint_keys(endpoint))
        if scenario.adds:
            words.append(f"policy: {scenario.name}.yaml")
        elif scenario.policy != defaults.policy:
            words.append(f"policy: {scenario.policy}")
        root = self._root_file(scenario.trust).name
        if scenario.trust_domain:
            words.append(f"trust: spiffe://{scenario.trust_domain}={self._bundle_file(scenario.trust).name}")
        elif scenario.trust != defaults.trust:
            words.append(f"trust: [{root}]")
        if scenario.spiffe_ids:
            words.append(f"spiffe_ids: {_sequence(scenario.spiffe_ids)}")
        if scenario.policy_oids:
            words.append(f"policy_oids: {_sequence(scenario.policy_oids)}")
        words.append(f"labels: {{{SCENARIO_LABEL}: {scenario.name}}}")
        return [f"  {'-' if word is words[0] else ' '} {word}" for word in words]

    def _root_file(self, root: str) -> Path:
        return self.folder / f"{root}-root.pem"

    def _bundle_file(self, root: str) -> Path:
        return self.folder / f"{root}-bundle.json"

    def _write_root(self, root: str, made: Credential) -> None:
        self._root_file(root).write_bytes(pem(made))
        key = {"kty": "EC", "use": "x509-svid", "x5c": [b64encode(made.der).decode("ascii")]}
        self._bundle_file(root).write_text(json.dumps({"keys": [key], "spiffe_sequence": 1}), encoding="utf-8")

    def _service(self, scenario: Scenario, chain_name: str) -> Service:
        root = scenario.trust if scenario.root is None else scenario.root
        public = scenario.policy == "webpki-public"
        made = issue_public(scenario.logs, scenario.logged) if public else issue
        chain = make_chain(scenario.host, scenario.leaf, scenario.issuers, root, made, scenario.anchor)
        if scenario.anchor:
            self._write_root(root, chain.root)
        labels = scenario.sent or ("leaf", *(f"issuer {n}" for n in range(1, len(chain.issuers) + 1)))
        chain_file = self.folder / chain_name
        chain_file.write_bytes(pem(*(chain.labelled(label) for label in labels)))
        for kind, changes in scenario.clients.items():
            client = make_client(kind, changes)
            _client_file(self.folder, scenario, kind).write_bytes(pem(client) + client.key_pem)
        served = [(chain_file, chain.labelled(labels[0]).key)]
        if scenario.second_leaf:
            second = make_chain(scenario.host, scenario.second_leaf, scenario.issuers, root, made)
            second_file = self.folder / f"{scenario.name}-second.pem"
            second_file.write_bytes(pem(second.leaf, *second.issuers))
            served.append((second_file, second.leaf.key))
        staple = scenario.staple(chain) if scenario.staple else None
        context = tls_context(served, staple, scenario.configure)
        return Service(
            behaviour=scenario.behaviour,
            context=context,
            opening=scenario.opening,
            framing=scenario.framing,
            instead=scenario.instead,
            answer=scenario.answer,
        )


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A new folder that is removed with the context, or with the process if a signal ends it."""
    folder = Path(gettempdir(), f"certgate-lab-{secrets.token_hex(8)}")
    leftovers.expect(folder)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
        leftovers.forget(folder)


def _endpoint_keys(endpoint: LabEndpoint) -> Iterator[str]:
    """The configuration lines for the target's address and the start of a connection."""
    scenario = endpoint.scenario
    if scenario.proxy:
        yield f"host: {scenario.host}"
        yield f"proxy: {scenario.proxy}://{endpoint.address}"
    else:
        yield f"host: {endpoint.address}"
        yield from [f"name: {scenario.host}"] * scenario.named
    if scenario.also:
        yield f"also: {_sequence(scenario.also)}"
    if scenario.protocol:
        yield f"starttls: {scenario.protocol}"
    if scenario.proxy_protocol:
        yield f"proxy_protocol: {scenario.proxy_protocol}"
    if endpoint.port_behind:
        origin = {"address": f"{endpoint.host}:{endpoint.port_behind}", **scenario.of_origin}
        yield f"origin: {json.dumps(origin)}"
    if scenario.mtls:
        yield f"mtls: {json.dumps(_mutual_tls(scenario))}"


def _client_file(folder: Path, scenario: Scenario, kind: str) -> Path:
    """The file with the certificate and the key of a client."""
    return folder / f"{scenario.name}.{kind}.client.pem"


def _mutual_tls(scenario: Scenario) -> Mapping[str, Any]:
    """The target's words about client certificates."""
    files = {kind: {"cert": _client_file(Path(), scenario, kind).name} for kind in scenario.clients}
    control = {"control": files.pop("control")} if "control" in files else {}
    return {**scenario.mtls, **control, **({"refuse": files} if files else {})}


def _policy(scenario: Scenario) -> str:
    rules = [{"rule": rule, **keys} for rule, keys in scenario.adds.items()]
    return f"extends: {scenario.policy}\nrules:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules)


def _sequence(values: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
