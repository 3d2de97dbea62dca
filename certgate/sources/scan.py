"""The targets of `certgate scan`: endpoints from arguments and lists, and all targets of a certgate.yaml."""

import sys
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.target import Revocation
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.endpoint_words import parse_protocol
from certgate.policy.hosts import is_ip, join, parse_endpoint
from certgate.policy.mistakes import nearest
from certgate.policy.packs import read_text
from certgate.sources.config import Config, load_config
from certgate.sources.context import Context, Tell, defaults
from certgate.sources.declaration import Declaration
from certgate.sources.endpoints import EndpointDeclaration, parse_alpn, parse_argument, parse_lines
from certgate.sources.interface import Declared
from certgate.sources.several import Several

__all__ = ["EndpointOptions", "ScanTargets", "declare_scan"]


@dataclass(frozen=True, kw_only=True)
class ScanTargets:
    """Where the command line finds the targets."""

    arguments: Sequence[str] = ()
    list: str | None = None
    config: Path | None = None


@dataclass(frozen=True, kw_only=True)
class EndpointOptions:
    """What the command line says of all endpoints; None and empty where it says nothing."""

    policy: str | None = None
    trust: tuple[str, ...] = ()
    revocation: Revocation | None = None
    resolve: Sequence[str] = ()
    timeout: float | None = None
    concurrency: int = 64
    per_host: int = 2
    retries: int = 1
    expect: str = ""
    starttls: str | None = None
    alpn: Sequence[str] = ()


def declare_scan(
    where: ScanTargets, options: EndpointOptions, *, fail_on: Severity | None, outputs: Container[str] = (), tell: Tell
) -> Declared:
    """The targets. Raises UsageError, InvalidFile."""
    config = load_config(where.config) if where.config else Config()
    endpoints = [parse_argument(text) for text in where.arguments]
    endpoints += _listed(where.list) if where.list else []
    declarations: list[Declaration] = [*endpoints, *config.targets]
    common = replace(
        defaults(options.policy, options.trust, options.revocation, config.defaults),
        expect=options.expect,
        starttls=parse_protocol(options.starttls) if options.starttls else "",
        alpn=parse_alpn(options.alpn) if options.alpn else (),
    )
    known = {one.at(common) for one in declarations if isinstance(one, EndpointDeclaration)}
    observing = ObserveOptions(
        concurrency=options.concurrency,
        per_host=options.per_host,
        timeout=options.timeout or config.timeout or ObserveOptions.timeout,
        retries=options.retries,
        resolve=_resolutions(options.resolve, known),
    )
    context = Context(defaults=common, observing=observing, outputs=outputs, tell=tell)
    source = Several(source for one in declarations for source in one.sources(context))
    threshold = fail_on or config.fail_on or Severity.ERROR
    return Declared(source=source, fail_on=threshold, is_part=bool(where.arguments))


def _listed(path: str) -> list[EndpointDeclaration]:
    if path == "-":
        found = parse_lines(_text(sys.stdin.buffer.read()).splitlines(), "standard input", Path())
    else:
        found = parse_lines(read_text(Path(path)).splitlines(), path, Path(path).parent)
    if not found:
        raise UsageError(f"{path}: contains no target; write one host[:port] per line")
    return found


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input: is not UTF-8 text (byte {error.start})") from error


def _resolutions(texts: Iterable[str], declared: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Which address each host has. Raises UsageError for a host that is no target, and for one that is named twice."""
    found: dict[tuple[str, int], str] = {}
    for text in texts:
        endpoint, address = _resolution(text)
        if endpoint not in declared:
            advice = nearest(join(*endpoint), (join(*one) for one in islice(declared, 1000)))
            raise UsageError(f'--resolve "{text}": {join(*endpoint)} is not a target{advice}')
        if endpoint in found:
            raise UsageError(f'--resolve "{text}": {join(*endpoint)} already has an address, {found[endpoint]}')
        found[endpoint] = address
    return found


def _resolution(text: str) -> tuple[tuple[str, int], str]:
    head, _, address = text.rpartition(":[") if text.endswith("]") else text.rpartition(":")
    address = address.rstrip("]")
    if not head or not is_ip(address):
        raise UsageError(f'--resolve "{text}" is not HOST:PORT:ADDRESS')
    return parse_endpoint(head), address
