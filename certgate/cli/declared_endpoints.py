"""What arguments, target lists and certgate.yaml declare: live endpoints, and how they are observed."""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from certgate.cli import signals
from certgate.cli.session import ObserveAndComplete
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.observation import Observed
from certgate.model.target import Revocation, Target
from certgate.observe.evidence.rounds import Completion
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.config import Config, load_config
from certgate.policy.hosts import is_ip, join, parse_endpoint
from certgate.policy.mistakes import nearest
from certgate.policy.packs import DEFAULT_POLICY, read_text
from certgate.policy.targets import (
    Declaration,
    endpoint_targets,
    parse_argument,
    parse_lines,
    policy_word,
    trust_words,
)

__all__ = ["EndpointWords", "declare_endpoints"]


@dataclass(frozen=True)
class EndpointWords:
    """What the command line says of all endpoints; None and empty where it says nothing."""

    targets: Sequence[str] = ()
    targets_file: str | None = None
    config: Path | None = None
    policy: str | None = None
    trust: Sequence[str] = ()
    revocation: Revocation | None = None
    resolve: Sequence[str] = ()
    timeout: float | None = None
    concurrency: int = 64
    per_host: int = 2
    retries: int = 1
    expect: str = ""


def declare_endpoints(
    words: EndpointWords, fail_on: Severity | None
) -> tuple[Sequence[Target], Severity, ObserveAndComplete]:
    """The targets, and how they are observed. Raises UsageError."""
    defaults = load_config(words.config) if words.config else Config(None, (), None, None, ())
    declarations = [parse_argument(text) for text in words.targets]
    declarations += _listed(words.targets_file) if words.targets_file else []
    declarations += defaults.targets
    here = Path()
    declared = endpoint_targets(
        declarations,
        policy=policy_word(words.policy, here) if words.policy else defaults.policy or DEFAULT_POLICY,
        trust=trust_words(words.trust, here) if words.trust else defaults.trust or ("mozilla",),
        revocation=words.revocation or defaults.revocation or Revocation.OFF,
        expect=words.expect,
    )
    observing = ObserveOptions(
        concurrency=words.concurrency,
        per_host=words.per_host,
        timeout=words.timeout or defaults.timeout or 10.0,
        retries=words.retries,
        resolve=_resolutions(words.resolve, {(d.host, d.port) for d in declarations}),
    )

    def observe(source: Iterable[Target], completion: Completion | None) -> Iterator[Observed]:
        return observe_endpoints(source, observing, completion=completion, stop=signals.STOP)

    return declared, fail_on or defaults.fail_on or Severity.ERROR, observe


def _listed(path: str) -> list[Declaration]:
    if path == "-":
        found = parse_lines(_text(sys.stdin.buffer.read()).splitlines(), "standard input", Path())
    else:
        found = parse_lines(read_text(Path(path)).splitlines(), path, Path(path).parent)
    if not found:
        raise UsageError(f"{path}: holds no target; write one host[:port] a line")
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
            raise UsageError(f'--resolve "{text}": {join(*endpoint)} is no target{advice}')
        if endpoint in found:
            raise UsageError(f'--resolve "{text}": {join(*endpoint)} has an address already, {found[endpoint]}')
        found[endpoint] = address
    return found


def _resolution(text: str) -> tuple[tuple[str, int], str]:
    head, _, address = text.rpartition(":[") if text.endswith("]") else text.rpartition(":")
    address = address.rstrip("]")
    if not head or not is_ip(address):
        raise UsageError(f'--resolve "{text}" is not HOST:PORT:ADDRESS')
    return parse_endpoint(head), address
